// Rows in, beside SQLite itself: native code, with what a careful user would write: one transaction a batch,
// synchronous=FULL, vectors as blobs, an index on the key.

import { createRequire } from 'node:module';
import { MilvusClient } from '../../js/index.js';
import { randomOf } from './generate.mjs';
import { alternate, milliseconds, note, number, secondsSince, table, times } from './report.mjs';
import { BATCH, freshFile, ROUNDS, ROWS } from './settings.mjs';

const DIM = 384;
const SINGLE_ROWS = 300;

/** Node's own, from version 22 on. */
function findSqlite() {
  try {
    return createRequire(import.meta.url)('node:sqlite').DatabaseSync;
  } catch {
    return undefined;
  }
}

export const DatabaseSync = findSqlite();

function makeRows(n) {
  const random = randomOf(1);
  return Array.from({ length: n }, (_, id) => ({
    id,
    text: `passage ${id} `.padEnd(100, 'lorem ipsum dolor sit amet '),
    vector: Float32Array.from({ length: DIM }, () => random() - 0.5),
  }));
}

/** Batches of rows. */
function batchesOf(rows) {
  return Array.from({ length: Math.ceil(rows.length / BATCH) }, (_, i) => rows.slice(i * BATCH, (i + 1) * BATCH));
}

/** The same batch as columns. */
function columnsOf(rows) {
  const vector = new Float32Array(rows.length * DIM);
  rows.forEach((row, i) => vector.set(row.vector, i * DIM));
  return { id: BigInt64Array.from(rows, ({ id }) => BigInt(id)), text: rows.map(({ text }) => text), vector };
}

async function insertOurs(batches, file) {
  const client = new MilvusClient(file);
  await client.create_collection({ collection_name: 'bench', dimension: DIM });
  const start = performance.now();
  for (const data of batches) await client.insert({ collection_name: 'bench', data });
  const time = secondsSince(start);
  await client.close();
  return time;
}

function openSqlite(file, journal) {
  const db = new DatabaseSync(file);
  db.exec(`PRAGMA journal_mode = ${journal}; PRAGMA synchronous = FULL;
    CREATE TABLE bench (row INTEGER PRIMARY KEY, id INTEGER NOT NULL UNIQUE, text TEXT, vector BLOB)`);
  const insert = db.prepare('INSERT OR REPLACE INTO bench (id, text, vector) VALUES (?, ?, ?)');
  return { db, insert };
}

function insertSqlite(rows, file, journal) {
  const { db, insert } = openSqlite(file, journal);
  const start = performance.now();
  for (let i = 0; i < rows.length; i += BATCH) {
    db.exec('BEGIN');
    for (const { id, text, vector } of rows.slice(i, i + BATCH)) {
      const floats = vector instanceof Float32Array ? vector : Float32Array.from(vector);
      insert.run(id, text, new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength));
    }
    db.exec('COMMIT');
  }
  const time = secondsSince(start);
  db.close();
  return time;
}

export async function benchInsert() {
  const typed = makeRows(ROWS);
  const plain = typed.map((row) => ({ ...row, vector: Array.from(row.vector) }));
  const columns = batchesOf(typed).map(columnsOf);
  const peers = DatabaseSync && {
    'SQLite, Float32Array': () => insertSqlite(typed, freshFile('peer.db'), 'DELETE'),
    'SQLite WAL, Float32Array': () => insertSqlite(typed, freshFile('peer.db'), 'WAL'),
    'SQLite, number[]': () => insertSqlite(plain, freshFile('peer.db'), 'DELETE'),
  };
  if (!peers) note('this Node has no SQLite: left out');
  const result = await alternate(
    {
      'ours, Float32Array': () => insertOurs(batchesOf(typed), freshFile('ours.db')),
      'ours, number[]': () => insertOurs(batchesOf(plain), freshFile('plain.db')),
      'ours, columns': () => insertOurs(columns, freshFile('columns.db')),
      ...peers,
    },
    ROUNDS,
  );
  const rate = (name) => ROWS / result[name].min;
  table(
    `insert ${ROWS} rows of ${DIM} floats and 100 bytes of text, ${BATCH} a batch, durable (floor 0.35, aim 0.7)`,
    Object.keys(result).map((name) => {
      const peer = name.includes('number[]') ? 'SQLite, number[]' : 'SQLite, Float32Array';
      const ratio = peers ? `${times(rate(name) / rate(peer))} SQLite` : '';
      return [name, `${number(rate(name), 0)} rows/s`, `median ${number(ROWS / result[name].median, 0)}`, ratio];
    }),
  );
  const gain = (name) => times(rate('ours, columns') / rate(name));
  note(`columns: ${gain('ours, number[]')} rows of number[] (aim 1.5), ${gain('ours, Float32Array')} rows of Float32Array`);
}

export async function benchSingleRows() {
  const rows = makeRows(SINGLE_ROWS);
  const client = new MilvusClient(freshFile('single.db'));
  await client.create_collection({ collection_name: 'bench', dimension: DIM });
  const peer = DatabaseSync && openSqlite(freshFile('single-peer.db'), 'WAL');
  const jobs = {
    ours: async () => {
      const start = performance.now();
      for (const row of rows) await client.insert({ collection_name: 'bench', data: [row] });
      return secondsSince(start) / rows.length;
    },
  };
  if (peer) {
    jobs['SQLite WAL'] = () => {
      const start = performance.now();
      for (const { id, text, vector } of rows) peer.insert.run(id, text, new Uint8Array(vector.buffer));
      return secondsSince(start) / rows.length;
    };
  }
  const result = await alternate(jobs, ROUNDS);
  await client.close();
  peer?.db.close();
  table('one row a call, durable', Object.entries(result).map(([name, { min, median }]) => [
    name, milliseconds(min), `median ${milliseconds(median)}`]));
}
