// Vectors, queries and exact answers: of a folder that is given, or synthetic ones.
//
// BENCH_SET names a folder with base.f16.npy, queries.f16.npy, gt_public.i32.npy (best rows first, at least ten a query,
// by inner product of the normalised vectors) and queries_kind.txt (a word a query). Every set is kept as plain float32
// in build/bench/sets, where the peers read it too.

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { MilvusClient } from '../../js/index.js';
import { idsOf, insertAll, makeIndex, NAME } from './collection.mjs';
import { generate, SHAPES } from './generate.mjs';
import { readNpy } from './npy.mjs';
import { note } from './report.mjs';
import { CACHE, K, ROWS, ROWS_GIVEN } from './settings.mjs';

/**
 * @typedef {object} Set
 * @property {string} name
 * @property {string} folder         for what belongs to it
 * @property {number} n
 * @property {number} dim
 * @property {'IP' | 'L2'} metric
 * @property {number} n_queries
 * @property {string[]} kinds        of queries, empty where there is one only
 * @property {string} baseFile
 * @property {string} queriesFile
 * @property {Float32Array} base     [n][dim]
 * @property {Float32Array} queries  [n_queries][dim]
 * @property {Int32Array} truth      [n_queries][K], best first
 * @property {(i: number) => Float32Array} row
 * @property {(i: number) => Float32Array} query
 */

const GENERATION = 3; // of the generator: sets made by an earlier one are not taken
const N_QUERIES = 1000;
const ROW_SEED = 1;
const QUERY_SEED = 7;

const given = process.env.BENCH_SET;

/** The set of tables that use one. */
export const MAIN_SET = given ? 'given' : 'clustered';

/** Sets of the recall tables: BENCH_SETS=clustered,outlier or all. */
export function setsWanted() {
  const text = process.env.BENCH_SETS;
  if (!text) return [MAIN_SET];
  const all = [...(given ? ['given'] : []), ...Object.keys(SHAPES)];
  const names = text === 'all' ? all : text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !all.includes(name));
  if (unknown.length === 0) return names;
  console.error(`BENCH_SETS: no set '${unknown.join("', '")}'; there are ${all.join(', ')}`);
  return process.exit(2);
}

/**
 * @param {string} [name]
 * @param {number} [most]  rows; a synthetic set has just as many
 * @returns {Promise<Set>}
 */
export async function openSet(name = MAIN_SET, most = undefined) {
  const n = most ?? (name === 'given' ? (ROWS_GIVEN ?? Infinity) : ROWS);
  const folder = path.join(CACHE, name === 'given' ? `given-${fingerprint()}-${n}` : `${name}-${n}-v${GENERATION}`);
  if (!fs.existsSync(path.join(folder, 'set.json'))) {
    const source = name === 'given' ? readGiven(n) : generated(name, n);
    await keep(folder, name, source);
  }
  return readKept(folder);
}

/** What tells one given folder from another. */
function fingerprint() {
  const { size, mtimeMs } = fs.statSync(path.join(given, 'base.f16.npy'));
  return createHash('sha256').update(`${path.resolve(given)} ${size} ${mtimeMs}`).digest('hex').slice(0, 12);
}

function generated(name, n) {
  note(`making ${name}: ${n} x ${SHAPES[name].dim}`);
  const { dim, metric = 'IP' } = SHAPES[name];
  const base = generate(SHAPES[name], n, ROW_SEED);
  return { dim, metric, base, queries: generate(SHAPES[name], N_QUERIES, QUERY_SEED), kinds: [], truth: undefined };
}

function readGiven(most) {
  const { shape, values } = readNpy(path.join(given, 'base.f16.npy'));
  const [rows, dim] = shape;
  const n = Math.min(rows, most);
  const queries = normalised(readNpy(path.join(given, 'queries.f16.npy')).values, dim);
  const kinds = fs.readFileSync(path.join(given, 'queries_kind.txt'), 'utf8').split('\n').filter(Boolean);
  const answers = readNpy(path.join(given, 'gt_public.i32.npy'));
  const [count, width] = answers.shape;
  const truth = Int32Array.from({ length: count * K }, (_, i) => answers.values[Math.floor(i / K) * width + (i % K)]);
  const base = normalised(values.subarray(0, n * dim), dim);
  return { dim, metric: 'IP', base, queries, kinds, truth: n === rows ? truth : undefined };
}

/** Half precision has moved the lengths away from 1. */
function normalised(values, dim) {
  for (let from = 0; from < values.length; from += dim) {
    let squares = 0;
    for (let d = 0; d < dim; d++) squares += values[from + d] ** 2;
    const factor = 1 / Math.sqrt(squares);
    for (let d = 0; d < dim; d++) values[from + d] *= factor;
  }
  return values;
}

/** What says what a set is comes last, so that half a set is none. */
async function keep(folder, name, { dim, metric, base, queries, kinds, truth }) {
  fs.mkdirSync(folder, { recursive: true });
  const vectors = withRows({ n: base.length / dim, dim, metric, base, queries, n_queries: queries.length / dim });
  const write = (file, values) =>
    fs.writeFileSync(path.join(folder, file), new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  write('base.f32', base);
  write('queries.f32', queries);
  write('truth.i32', truth ?? (await exactAnswers(vectors)));
  fs.writeFileSync(path.join(folder, 'set.json'), JSON.stringify({ name, dim, metric, kinds }));
}

/** Of our FLAT index. */
async function exactAnswers(vectors) {
  const client = new MilvusClient(':memory:');
  await insertAll(client, vectors);
  await makeIndex(client, 'FLAT', vectors.metric);
  const truth = new Int32Array(vectors.n_queries * K);
  for (let q = 0; q < vectors.n_queries; q++) {
    const [hits] = await client.search(NAME, [vectors.query(q)], { limit: K });
    truth.set(idsOf(hits), q * K);
  }
  await client.close();
  return truth;
}

/** @returns {Set} */
function readKept(folder) {
  const { name, dim, metric, kinds } = JSON.parse(fs.readFileSync(path.join(folder, 'set.json'), 'utf8'));
  const baseFile = path.join(folder, 'base.f32');
  const queriesFile = path.join(folder, 'queries.f32');
  const base = readFloats(baseFile);
  const queries = readFloats(queriesFile);
  const words = readFloats(path.join(folder, 'truth.i32'));
  const truth = new Int32Array(words.buffer, words.byteOffset, words.length);
  const sizes = { n: base.length / dim, n_queries: queries.length / dim };
  return withRows({ name, folder, ...sizes, dim, metric, kinds, baseFile, queriesFile, base, queries, truth });
}

/** @param {string} file */
export function readFloats(file) {
  const { buffer, byteOffset, length } = fs.readFileSync(file);
  if (byteOffset % 4 === 0) return new Float32Array(buffer, byteOffset, length / 4);
  return new Float32Array(buffer.slice(byteOffset, byteOffset + length));
}

function withRows(set) {
  const { dim, base, queries } = set;
  return {
    ...set,
    row: (i) => base.subarray(i * dim, (i + 1) * dim),
    query: (i) => queries.subarray(i * dim, (i + 1) * dim),
  };
}
