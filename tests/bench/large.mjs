// A million vectors in little memory: `make bench-large`. BENCH_ROWS scales it, BENCH_MEMORY is the client's limit;
// BENCH_SQ=SQ4U codes vectors in 4 bits a dimension instead of 8.
//
// Rows are made, inserted and forgotten batch by batch; the exact answers are found while they pass.

import fs from 'node:fs';
import path from 'node:path';

const memories = [];
/** The client does not show its memory. */
globalThis.WebAssembly.Memory = class extends WebAssembly.Memory {
  constructor(descriptor) {
    super(descriptor);
    memories.push(this);
  }
};

const { DataType, MilvusClient } = await import('../../js/index.js');
const { idsOf, indexed, indexOf, NAME } = await import('./collection.mjs');
const { recallOf } = await import('./exact.mjs');
const { generate, vectorSource } = await import('./generate.mjs');
const { megabytes, milliseconds, note, number, secondsSince, timesOf } = await import('./report.mjs');
const { BATCH, K, ROOT, ROWS_GIVEN } = await import('./settings.mjs');

const SHAPE = { dim: 384 };
const N = ROWS_GIVEN ?? 1_000_000;
const SQ_TYPE = process.env.BENCH_SQ;
const N_QUERIES = 50;
const EFS = [20, 40, 80, 160, 320];
const EVERY_SECONDS = 15;

const folder = path.join(ROOT, 'build/bench/large');
fs.rmSync(folder, { recursive: true, force: true });
fs.mkdirSync(folder, { recursive: true });
process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
const file = path.join(folder, 'large.db');
const options = { uri: file, memory_limit: process.env.BENCH_MEMORY ?? '1GB' };

const began = performance.now();
const wasmBytes = () => memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
const memoryText = () => `wasm ${megabytes(wasmBytes())}, process ${megabytes(process.memoryUsage().rss)}`;

/** Prints at most every so often. */
function progressPrinter() {
  let last = performance.now();
  return (text) => {
    if (secondsSince(last) < EVERY_SECONDS) return;
    last = performance.now();
    note(`${number(secondsSince(began), 0).padStart(5)} s: ${text()}; ${memoryText()}`);
  };
}

/** Keeps the nearest K rows of each query, as rows come by. */
function exactAnswers(queries) {
  const best = Array.from({ length: N_QUERIES }, () => []);
  return {
    see(vector, row) {
      for (let q = 0; q < N_QUERIES; q++) {
        const from = q * SHAPE.dim;
        let score = 0;
        for (let d = 0; d < SHAPE.dim; d++) score += vector[d] * queries[from + d];
        const list = best[q];
        if (list.length === K && score <= list[K - 1].score) continue;
        list.push({ row, score });
        list.sort((a, b) => b.score - a.score);
        list.length = Math.min(list.length, K);
      }
    },
    rows: () => best.flatMap((list) => list.map(({ row }) => row)),
  };
}

async function createCollection(client) {
  const schema = client
    .create_schema()
    .add_field('id', DataType.INT64, { is_primary: true })
    .add_field('vector', DataType.FLOAT_VECTOR, { dim: SHAPE.dim });
  const properties = { 'mmap.enabled': true };
  const index = indexOf('HNSW', 'IP');
  if (SQ_TYPE) Object.assign(index, { index_type: 'HNSW_SQ', params: { ...index.params, sq_type: SQ_TYPE } });
  await client.create_collection({ collection_name: NAME, schema, index_params: [index], properties });
  // from the first search on the collection is in memory, and its index follows the rows
  await client.search({ collection_name: NAME, data: [new Float32Array(SHAPE.dim)], limit: 1 });
}

/** Inserts until all are in, or there is no more room. Gives the rows that are in. */
async function insertRows(client, answers) {
  const progress = progressPrinter();
  const next = vectorSource(SHAPE, 1);
  let inserting = 0;
  let done = 0;
  while (done < N) {
    const length = Math.min(BATCH, N - done);
    const data = Array.from({ length }, (_, i) => {
      const vector = new Float32Array(SHAPE.dim);
      next(vector);
      return { id: done + i, vector };
    });
    const start = performance.now();
    try {
      await client.insert(NAME, data);
    } catch (error) {
      note(`after ${done} rows: ${error.message}`);
      break;
    }
    inserting += secondsSince(start);
    for (const { id, vector } of data) answers.see(vector, id);
    done += length;
    progress(() => `${done} rows inserted`);
  }
  note(`inserted ${done} rows in ${number(inserting)} s: ${number(done / inserting, 0)} rows/s; ${memoryText()}`);
  return done;
}

async function searchWith(client, queries, ef) {
  const found = [];
  const seconds = [];
  for (const query of queries) {
    const start = performance.now();
    const [hits] = await client.search({ collection_name: NAME, data: [query], limit: K, search_params: { ef } });
    seconds.push(secondsSince(start));
    for (let i = 0; i < K; i++) found.push(idsOf(hits)[i] ?? -1);
  }
  return { found, ...timesOf(seconds) };
}

async function searchAll(client, queries, truth) {
  for (const ef of EFS) {
    await searchWith(client, queries, ef); // reads what it needs from the file
    const { found, median, min } = await searchWith(client, queries, ef);
    const recall = recallOf(found, truth, K).all;
    note(`search with ef ${ef}: median ${milliseconds(median)}, minimum ${milliseconds(min)}, recall@${K} ${number(recall, 4)}`);
    if (recall >= 0.999) break;
  }
  note(memoryText());
}

console.log(`${N} x ${SHAPE.dim}${SQ_TYPE ? `, ${SQ_TYPE}` : ''}, memory limit ${options.memory_limit}; this takes many minutes`);
const matrix = generate(SHAPE, N_QUERIES, 7);
const queries = Array.from({ length: N_QUERIES }, (_, q) => matrix.slice(q * SHAPE.dim, (q + 1) * SHAPE.dim));
const answers = exactAnswers(matrix);
let client = new MilvusClient(options);
await createCollection(client);
const n = await insertRows(client, answers);

const start = performance.now();
const progress = progressPrinter();
await indexed(client, (done, total) => progress(() => `${done} of ${total} rows in the graph`));
note(`the index followed in ${number(secondsSince(start))} s: ${number(n / secondsSince(start), 0)} rows/s; ${memoryText()}`);
await searchAll(client, queries, answers.rows());
await client.close();
note(`file: ${megabytes(fs.statSync(file).size)}, ${number(fs.statSync(file).size / (n * SHAPE.dim * 4), 3)} of the raw vectors`);

memories.length = 0;
const opening = performance.now();
client = new MilvusClient(options);
await client.search({ collection_name: NAME, data: [queries[0]], limit: K });
note(`open again to the first answer: ${milliseconds(secondsSince(opening))}; ${memoryText()}`);
await client.close();
