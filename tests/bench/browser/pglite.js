// PostgreSQL for browsers with pgvector: a transaction a batch, many rows a statement, searches that scan all rows.

import { PGlite } from '/build/bench/browser/node_modules/@electric-sql/pglite/dist/index.js';
import { vector } from '/build/bench/browser/node_modules/@electric-sql/pglite-pgvector/dist/index.js';
import { DIM, K } from './job.js';

const ROWS_A_STATEMENT = 1000;
const PLACES = { opfs: 'opfs-ahp://bench', idb: 'idb://bench' };

/** @type {PGlite} */
let db;

/** @param {Float32Array} numbers */
const literal = (numbers) => `[${numbers.join()}]`;

/** @type {import('./job.js').Engine} */
export const engine = {
  async open(place) {
    db = await PGlite.create({ dataDir: PLACES[place], extensions: { vector } });
    await db.exec(`CREATE EXTENSION IF NOT EXISTS vector;
      CREATE TABLE IF NOT EXISTS bench (id INTEGER PRIMARY KEY, text TEXT, vector vector(${DIM}))`);
  },
  async insert(rows) {
    await db.transaction(async (transaction) => {
      for (let from = 0; from < rows.length; from += ROWS_A_STATEMENT) {
        const some = rows.slice(from, from + ROWS_A_STATEMENT);
        const values = some.map((_, i) => `($${3 * i + 1}, $${3 * i + 2}, $${3 * i + 3})`).join();
        const parameters = some.flatMap((row) => [row.id, row.text, literal(row.vector)]);
        await transaction.query(`INSERT INTO bench VALUES ${values}`, parameters);
      }
    });
  },
  async nearest(query) {
    const { rows } = await db.query(`SELECT id FROM bench ORDER BY vector <=> $1 LIMIT ${K}`, [literal(query)]);
    return rows[0].id;
  },
  close: () => db.close(),
};
