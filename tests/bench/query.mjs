// Rows by what they hold: filters, queries and iterators, beside better-sqlite3 with the same rows and an index on the column.
// No filter comes twice: answers are kept.

import { createRequire } from 'node:module';
import { DataType, MilvusClient } from '../../js/index.js';
import { randomOf } from './generate.mjs';
import { alternate, milliseconds, note, number, secondsSince, table } from './report.mjs';
import { BATCH, freshFile, ROUNDS, ROWS } from './settings.mjs';

const MANY = 10 * ROWS;
const FOUND = 100; // rows that a query finds
const QUERIES = 50; // a round
const LONGEST = 2; // seconds of a round
const OLDEST_NODE = 22; // of better-sqlite3
const KINDS = ['news', 'blog', 'paper', 'forum', 'mail'];
const collection_name = 'bench';

/** Each row's n is its place in a random order. */
function makeRows(n) {
  const random = randomOf(3);
  const place = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [place[i], place[j]] = [place[j], place[i]];
  }
  return place.map((at, id) => ({
    id,
    n: at,
    kind: KINDS[Math.floor(random() * KINDS.length)],
    text: `passage ${id} `.padEnd(100, 'lorem ipsum dolor sit amet '),
    tags: [KINDS[id % 5], `tag${at % 1000}`],
    vector: [1, id],
  }));
}

async function openOurs(rows) {
  const client = new MilvusClient(':memory:');
  const schema = client
    .create_schema()
    .add_field('id', DataType.INT64, { is_primary: true })
    .add_field('vector', DataType.FLOAT_VECTOR, { dim: 2 })
    .add_field('n', DataType.INT64)
    .add_field('kind', DataType.VARCHAR, { max_length: 20 })
    .add_field('text', DataType.VARCHAR, { max_length: 200 })
    .add_field('tags', DataType.ARRAY, { element_type: DataType.VARCHAR, max_capacity: 4, max_length: 20 });
  await client.create_collection({ collection_name, schema });
  for (let i = 0; i < rows.length; i += BATCH) await client.insert({ collection_name, data: rows.slice(i, i + BATCH) });
  return client;
}

/** Its binaries come with the package. They end an older Node. */
function findSqlite() {
  try {
    if (parseInt(process.versions.node) < OLDEST_NODE) throw new Error(`it needs Node.js ${OLDEST_NODE}`);
    const Database = createRequire(import.meta.url)('better-sqlite3');
    new Database(':memory:').close();
    return Database;
  } catch (error) {
    note(`better-sqlite3 is left out: ${error.message}`);
    return undefined;
  }
}

/** Native, all of it in memory, with an index on n. */
function openSqlite(Database, rows) {
  if (!Database) return undefined;
  const db = new Database(freshFile('query-peer.db'));
  db.exec('PRAGMA cache_size = -1000000; CREATE TABLE bench (id INTEGER PRIMARY KEY, n INTEGER, kind TEXT, text TEXT); CREATE INDEX by_n ON bench (n); BEGIN');
  const insert = db.prepare('INSERT INTO bench VALUES (?, ?, ?, ?)');
  for (const { id, n, kind, text } of rows) insert.run(id, n, kind, text);
  db.exec('COMMIT');
  return {
    count: db.prepare('SELECT count(*) FROM bench WHERE n > ? AND kind = ?'),
    range: db.prepare('SELECT id, text FROM bench WHERE n >= ? AND n < ? ORDER BY id'),
    point: db.prepare('SELECT id, text FROM bench WHERE n = ?'),
    first: db.prepare('SELECT id, text FROM bench ORDER BY n DESC LIMIT 10'),
    groups: db.prepare('SELECT kind, count(*), avg(n), max(n) FROM bench GROUP BY kind'),
    firstByText: db.prepare('SELECT id, text FROM bench ORDER BY kind, text DESC LIMIT 10'),
    close: () => db.close(),
  };
}

let constant = 0;
/** Another number each time. */
const fresh = (n) => (constant += 7919) % (n - FOUND);

/** Seconds of one call, of some that follow each other. */
async function timeOf(call, n) {
  const start = performance.now();
  let done = 0;
  for (; done < QUERIES && secondsSince(start) < LONGEST; done++) await call(fresh(n));
  return secondsSince(start) / done;
}

/** What is asked of both. */
function jobsOf(name, client, sqlite, n) {
  const query = (filter) => client.query({ collection_name, filter, output_fields: ['text'] });
  const count = (filter) => client.query({ collection_name, filter, output_fields: ['count(*)'] });
  const first = (order_by) => client.query({ collection_name, limit: 10, output_fields: ['text'], order_by });
  const groups = { group_by_fields: ['kind'], output_fields: ['kind', 'count(*)', 'avg(n)', 'max(n)'] };
  const jobs = {
    [`${name}: two predicates, counted`]: () => timeOf((at) => count(`n > ${at} and kind == "paper"`), n),
    [`${name}: ${FOUND} rows of a range`]: () => timeOf((at) => query(`n >= ${at} and n < ${at + FOUND}`), n),
    [`${name}: one row by its value`]: () => timeOf((at) => query(`n == ${at}`), n),
    [`${name}: the first ten by a number`]: () => timeOf(() => first('n:desc'), n),
    [`${name}: the first ten by two texts`]: () => timeOf(() => first('kind,text:desc'), n),
    [`${name}: three functions of ${KINDS.length} groups`]: () => timeOf(() => client.query({ collection_name, ...groups }), n),
  };
  if (!sqlite) return jobs;
  return {
    [`${name}: two predicates, counted`]: () => timeOf((at) => sqlite.count.get(at, 'paper'), n),
    [`${name}: ${FOUND} rows of a range`]: () => timeOf((at) => sqlite.range.all(at, at + FOUND), n),
    [`${name}: one row by its value`]: () => timeOf((at) => sqlite.point.all(at), n),
    [`${name}: the first ten by a number`]: () => timeOf(() => sqlite.first.all(), n),
    [`${name}: the first ten by two texts`]: () => timeOf(() => sqlite.firstByText.all(), n),
    [`${name}: three functions of ${KINDS.length} groups`]: () => timeOf(() => sqlite.groups.all(), n),
  };
}

const shown = (result) => Object.entries(result).map(([name, { min, median }]) => [name, milliseconds(min), `median ${milliseconds(median)}`]);

export async function benchQuery() {
  const Database = findSqlite();
  for (const n of [ROWS, MANY]) {
    const rows = makeRows(n);
    const [plain, indexed] = [await openOurs(rows), await openOurs(rows)];
    await indexed.create_index(collection_name, { field_name: 'n', index_type: 'STL_SORT' });
    const sqlite = openSqlite(Database, rows);
    const jobs = {
      ...jobsOf('scan', plain, undefined, n),
      ...jobsOf('STL_SORT', indexed, undefined, n),
      ...(sqlite && jobsOf('better-sqlite3, indexed', undefined, sqlite, n)),
    };
    for (const job of Object.values(jobs)) await job(); // columns are read, and sorted
    table(`filters over ${n} rows (aim 1 ms for two predicates of 100,000)`, shown(await alternate(jobs, ROUNDS)));
    if (n === ROWS) await benchIterator(plain, n);
    await plain.close();
    await indexed.close();
    sqlite?.close();
  }
}

async function benchIterator(client, n) {
  const walk = async () => {
    const start = performance.now();
    let seen = 0;
    const batches = await client.query_iterator({ collection_name, batch_size: 1000, output_fields: ['text'] });
    for (let batch = await batches.next(); batch.length; batch = await batches.next()) seen += batch.length;
    if (seen !== n) throw new Error(`the iterator gave ${seen} of ${n} rows`);
    return secondsSince(start);
  };
  const { all } = await alternate({ all: walk }, ROUNDS);
  table(`query_iterator over ${n} rows, 1000 a batch`, [['all rows', milliseconds(all.min), `${number(n / all.min, 0)} rows/s`]]);
}
