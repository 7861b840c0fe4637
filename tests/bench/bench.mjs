/*
 * Speed and sizes, each beside a peer in the same run: `make bench`.
 *
 * The peer for rows is SQLite itself (node:sqlite, native code) with what a careful user would write: one
 * transaction a batch, synchronous=FULL, vectors as blobs, an index on the key. The peer for search is a plain loop
 * over Float32Arrays. Rounds alternate, so that a slow phase of the machine hits both; ratios are of the minima.
 */
import { createRequire } from 'node:module';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { DataType, MilvusClient } from '../../js/index.js';

const DIM = 384;
const N_ROWS = Number(process.env.BENCH_ROWS ?? 100_000);
const BATCH = 10_000;
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);

const { DatabaseSync } = createRequire(import.meta.url)('node:sqlite');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'milvus-lite-bench-'));
process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));

/** mulberry32: the same rows in every run. */
function randomOf(seed) {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function makeRows(n, vectorOf) {
  const random = randomOf(1);
  return Array.from({ length: n }, (_, id) => ({
    id,
    text: `passage ${id} `.padEnd(100, 'lorem ipsum dolor sit amet '),
    vector: vectorOf(Float32Array.from({ length: DIM }, () => random() - 0.5)),
  }));
}

/** Runs each job once a round, in turn; gives [{ name, min, median }] in the unit the jobs return. */
async function alternate(jobs, rounds = ROUNDS) {
  const times = new Map(Object.keys(jobs).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, job] of Object.entries(jobs)) times.get(name).push(await job());
  }
  return Object.fromEntries([...times].map(([name, list]) => {
    list.sort((a, b) => a - b);
    return [name, { min: list[0], median: list[list.length >> 1] }];
  }));
}

function table(title, rows) {
  console.log(`\n${title}`);
  const width = Math.max(...rows.map(([name]) => name.length));
  for (const [name, ...cells] of rows) console.log(`  ${name.padEnd(width)}  ${cells.join('  ')}`);
}

const number = (value, digits = 1) => value.toFixed(digits).padStart(9);
const seconds = (since) => (performance.now() - since) / 1000;

function fresh(name) {
  const file = path.join(folder, name);
  for (const end of ['', '-wal', '-shm', '-journal', '-lock']) fs.rmSync(file + end, { force: true });
  return file;
}

async function insertOurs(rows, file) {
  const client = new MilvusClient(file);
  await client.create_collection({ collection_name: 'bench', dimension: DIM });
  const start = performance.now();
  for (let i = 0; i < rows.length; i += BATCH) {
    await client.insert({ collection_name: 'bench', data: rows.slice(i, i + BATCH) });
  }
  const time = seconds(start);
  await client.close();
  return time;
}

function insertSqlite(rows, file, journal) {
  const db = new DatabaseSync(file);
  db.exec(`PRAGMA journal_mode = ${journal}; PRAGMA synchronous = FULL;
    CREATE TABLE bench (row INTEGER PRIMARY KEY, id INTEGER NOT NULL UNIQUE, text TEXT, vector BLOB)`);
  const insert = db.prepare('INSERT INTO bench (id, text, vector) VALUES (?, ?, ?)');
  const start = performance.now();
  for (let i = 0; i < rows.length; i += BATCH) {
    db.exec('BEGIN');
    for (const { id, text, vector } of rows.slice(i, i + BATCH)) {
      const floats = vector instanceof Float32Array ? vector : Float32Array.from(vector);
      insert.run(id, text, new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength));
    }
    db.exec('COMMIT');
  }
  const time = seconds(start);
  db.close();
  return time;
}

async function benchInsert() {
  const typed = makeRows(N_ROWS, (v) => v);
  const plain = typed.map((row) => ({ ...row, vector: Array.from(row.vector) }));
  const result = await alternate({
    'ours, Float32Array': () => insertOurs(typed, fresh('ours.db')),
    'SQLite, Float32Array': () => insertSqlite(typed, fresh('peer.db'), 'DELETE'),
    'SQLite WAL, Float32Array': () => insertSqlite(typed, fresh('peer.db'), 'WAL'),
    'ours, number[]': () => insertOurs(plain, fresh('plain.db')),
    'SQLite, number[]': () => insertSqlite(plain, fresh('peer.db'), 'DELETE'),
  });
  const rate = (name) => N_ROWS / result[name].min;
  table(`insert ${N_ROWS} rows of ${DIM} floats and 100 bytes of text, ${BATCH} a batch, durable (floor 0.35, aim 0.7)`,
    Object.keys(result).map((name) => {
      const peer = name.includes('number[]') ? 'SQLite, number[]' : 'SQLite, Float32Array';
      return [name, `${number(rate(name), 0)} rows/s`, `median ${number(N_ROWS / result[name].median, 0)}`,
        `${(rate(name) / rate(peer)).toFixed(2)} x SQLite`];
    }));
  return path.join(folder, 'ours.db');
}

async function benchSingleRows() {
  const rows = makeRows(300, (v) => v);
  const client = new MilvusClient(fresh('single.db'));
  await client.create_collection({ collection_name: 'bench', dimension: DIM });
  const peer = new DatabaseSync(fresh('single-peer.db'));
  peer.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE bench (row INTEGER PRIMARY KEY, id INTEGER NOT NULL UNIQUE, text TEXT, vector BLOB)`);
  const insert = peer.prepare('INSERT OR REPLACE INTO bench (id, text, vector) VALUES (?, ?, ?)');
  const result = await alternate({
    ours: async () => {
      const start = performance.now();
      for (const row of rows) await client.insert({ collection_name: 'bench', data: [row] });
      return seconds(start) / rows.length;
    },
    'SQLite WAL': () => {
      const start = performance.now();
      for (const { id, text, vector } of rows) insert.run(id, text, new Uint8Array(vector.buffer));
      return seconds(start) / rows.length;
    },
  });
  await client.close();
  peer.close();
  table('one row a call, durable', Object.entries(result).map(([name, { min, median }]) => [
    name, `${number(min * 1e3, 3)} ms`, `median ${number(median * 1e3, 3)}`]));
}

/** Cosine by a plain loop: what one would write without a library. */
function loopSearch(vectors, norms, query, k) {
  const queryNorm = Math.hypot(...query);
  const best = [];
  for (let i = 0; i < vectors.length; i++) {
    const v = vectors[i];
    let dot = 0;
    for (let d = 0; d < DIM; d++) dot += v[d] * query[d];
    const score = dot / (norms[i] * queryNorm);
    if (best.length < k || score > best[best.length - 1].score) {
      best.push({ i, score });
      best.sort((a, b) => b.score - a.score);
      if (best.length > k) best.pop();
    }
  }
  return best;
}

/** Vectors with some 32 degrees of freedom and a little noise: nearer to embeddings than independent numbers. */
function makeEmbeddings(n, seed) {
  const LATENT = 32;
  const random = randomOf(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const mixing = randomOf(99);
  const matrix = Float32Array.from({ length: LATENT * DIM }, () => mixing() - 0.5);
  return Array.from({ length: n }, () => {
    const v = Float32Array.from({ length: DIM }, () => 0.15 * normal());
    for (let l = 0; l < LATENT; l++) {
      const weight = normal();
      for (let d = 0; d < DIM; d++) v[d] += weight * matrix[l * DIM + d];
    }
    return v;
  });
}

/** A client with a collection of these vectors, whose index has caught up with them. */
async function indexed(vectors, index_type) {
  const client = new MilvusClient(':memory:');
  const schema = client.create_schema().add_field('id', DataType.INT64, { is_primary: true })
    .add_field('vector', DataType.FLOAT_VECTOR, { dim: DIM });
  const index_params = [{ field_name: 'vector', index_type, metric_type: 'COSINE' }];
  await client.create_collection({ collection_name: 'bench', schema, index_params });
  for (let i = 0; i < vectors.length; i += BATCH) {
    const data = vectors.slice(i, i + BATCH).map((vector, k) => ({ id: i + k, vector }));
    await client.insert({ collection_name: 'bench', data });
  }
  await client.load_collection('bench');
  const name = { collection_name: 'bench', index_name: 'vector' };
  while ((await client.describe_index(name)).pending_index_rows > 0) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return client;
}

const idsOf = (hits) => hits.map((hit) => hit.id);

/** Seconds a query, one query a call and all in one call. */
const searchJobs = (name, client, queries) => ({
  [`${name}, one query a call`]: async () => {
    const start = performance.now();
    for (const query of queries) await client.search('bench', [query], { limit: 10 });
    return seconds(start) / queries.length;
  },
  [`${name}, ${queries.length} queries a call`]: async () => {
    const start = performance.now();
    await client.search('bench', queries, { limit: 10 });
    return seconds(start) / queries.length;
  },
});

async function benchSearch(n) {
  const vectors = makeEmbeddings(n, 1);
  const queries = makeEmbeddings(50, 7);
  const norms = vectors.map((v) => Math.hypot(...v));
  const flat = await indexed(vectors, 'FLAT');
  const auto = await indexed(vectors, 'AUTOINDEX');
  let wrong = 0;
  let found = 0;
  for (const query of queries) {
    const expected = loopSearch(vectors, norms, query, 10).map(({ i }) => i);
    const [exact] = await flat.search('bench', [query], { limit: 10 });
    const [coded] = await auto.search('bench', [query], { limit: 10 });
    wrong += idsOf(exact).filter((id, i) => id !== expected[i]).length;
    found += idsOf(coded).filter((id) => expected.includes(id)).length;
  }
  const result = await alternate({
    ...searchJobs('FLAT', flat, queries),
    ...searchJobs('AUTOINDEX', auto, queries),
    'JavaScript loop': () => {
      const start = performance.now();
      for (const query of queries) loopSearch(vectors, norms, query, 10);
      return seconds(start) / queries.length;
    },
  }, 5);
  await flat.close();
  await auto.close();
  const loop = result['JavaScript loop'].min;
  const recall = (found / (10 * queries.length)).toFixed(4);
  table(`search of ${n} x ${DIM}, k 10 (floor 5 x the loop; FLAT: ${wrong} hits differ, AUTOINDEX: recall ${recall})`,
    Object.entries(result).map(([name, { min, median }]) => [
      name, `${number(min * 1e3, 3)} ms`, `median ${number(median * 1e3, 3)}`, `${(loop / min).toFixed(1)} x`]));
}

async function benchReopen(file) {
  const query = Float32Array.from({ length: DIM }, (_, d) => Math.sin(d));
  const result = await alternate({
    'open to the first answer': async () => {
      const start = performance.now();
      const client = new MilvusClient(file);
      await client.search({ collection_name: 'bench', data: [query], limit: 10 });
      const time = seconds(start);
      await client.close();
      return time;
    },
    'read the file': () => {
      const start = performance.now();
      fs.readFileSync(file);
      return seconds(start);
    },
  }, 5);
  table(`reopen ${N_ROWS} rows`, Object.entries(result).map(([name, { min, median }]) => [
    name, `${number(min * 1e3)} ms`, `median ${number(median * 1e3)}`]));
}

function gzipBytes(files) {
  return files.reduce((sum, file) => sum + gzipSync(fs.readFileSync(file), { level: 9 }).length, 0);
}

function benchSizes(file) {
  const raw = N_ROWS * DIM * 4;
  const root = new URL('../../', import.meta.url).pathname;
  const listed = (dir) => fs.readdirSync(root + dir).filter((f) => f.endsWith('.js')).map((f) => root + dir + f);
  const scripts = [...listed('js/'), ...listed('wasm/')];
  const wasm = gzipBytes([`${root}build/milvus_lite.wasm`]);
  table('sizes', [
    ['file / raw vectors (limit 1.2)', `${(fs.statSync(file).size / raw).toFixed(3)}`],
    ['wasm, gzip', `${(wasm / 1000).toFixed(0)} KB`],
    ['wasm and scripts, gzip (limit 600 KB)', `${((wasm + gzipBytes(scripts)) / 1000).toFixed(0)} KB`],
  ]);
}

const cpu = os.cpus()[0]?.model ?? 'unknown';
console.log(`Node ${process.version}, ${cpu}, ${os.platform()}; minima of ${ROUNDS} rounds in turn`);
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
console.log(`commit ${commit}`);
const file = await benchInsert();
await benchSingleRows();
await benchSearch(10_000);
await benchSearch(N_ROWS);
await benchReopen(file);
benchSizes(file);
