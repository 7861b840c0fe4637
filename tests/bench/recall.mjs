// Time at equal recall: each engine searches with rising ef, and its time at a recall lies between two of them.

import { MilvusClient } from '../../js/index.js';
import { NAME, openIndexed } from './collection.mjs';
import { available, startEngine } from './engines.mjs';
import { recallOf } from './exact.mjs';
import { alternate, microseconds, note, number, secondsSince, table, times, timesOf } from './report.mjs';
import { openSet, setsWanted } from './sets.mjs';
import { K, M, EF_CONSTRUCTION, ROUNDS } from './settings.mjs';

const EFS = [10, 14, 20, 28, 40, 56, 80, 112, 160, 224, 320, 448, 640];
const TARGETS = [0.9, 0.95, 0.99];
const ENOUGH = 0.993; // no higher ef is tried

/**
 * @typedef {object} Point
 * @property {number} ef
 * @property {number} recall
 * @property {Record<string, number>} kinds
 * @property {import('./report.mjs').Times} time  seconds a query
 */

/**
 * Sweeps engines that are built, in turn.
 *
 * @param {import('./engines.mjs').Engine[]} engines
 * @param {import('./sets.mjs').Set} set
 * @returns {Promise<Map<string, Point[]>>}
 */
export async function sweep(engines, set) {
  const points = new Map();
  for (const engine of engines) points.set(engine.name, await findPoints(engine, set));
  for (let round = 0; round < ROUNDS; round++) {
    for (const ef of EFS) {
      for (const engine of engines) {
        const point = points.get(engine.name).find((candidate) => candidate.ef === ef);
        if (point) point.list.push(await engine.pass(ef));
      }
    }
  }
  for (const list of points.values()) for (const point of list) point.time = timesOf(point.list);
  return points;
}

/** How much is found at each ef, up to enough. */
async function findPoints(engine, set) {
  const points = [];
  for (const ef of EFS) {
    const { all, kinds } = recallOf(await engine.find(ef), set.truth, K, set.kinds);
    const last = points.at(-1);
    if (last && all - last.recall < 1e-4 && all > 0.98) break; // it takes no ef, or has no more to find
    points.push({ ef, recall: all, kinds, list: [] });
    if (all >= ENOUGH) break;
  }
  return points;
}

/**
 * Where a target lies between two points: ln(1 - recall) is about linear in ef's logarithm, and so in time's.
 *
 * @param {Point[]} points   by ef
 * @param {number} target
 * @param {(point: Point) => number} valueOf
 * @returns {{ value: number, atMost: boolean } | undefined}  atMost: already the lowest ef finds more
 */
export function at(points, target, valueOf) {
  const next = points.findIndex(({ recall }) => recall >= target);
  if (next < 0) return undefined;
  if (next === 0) return { value: valueOf(points[0]), atMost: true };
  const miss = ({ recall }) => Math.log(1 - Math.min(recall, 0.9999));
  const [before, after] = [points[next - 1], points[next]];
  const share = (Math.log(1 - target) - miss(before)) / (miss(after) - miss(before));
  const [low, high] = [valueOf(before), valueOf(after)].map(Math.log);
  return { value: Math.exp(low + share * (high - low)), atMost: false };
}

/**
 * @param {Map<string, Point[]>} sweeps
 * @param {string} title
 * @param {string[]} references  the engines that all are compared with, where they are there
 */
export function printSweeps(sweeps, title, references) {
  const minimum = (point) => point.time.min;
  const compared = references.filter((name) => sweeps.has(name));
  const ratio = (value, reference, target) => {
    const there = at(sweeps.get(reference), target, minimum);
    return there && !there.atMost ? times(there.value / value) : '';
  };
  const rows = [...sweeps].map(([name, points]) => [
    name,
    ...TARGETS.flatMap((target) => {
      const here = at(points, target, minimum);
      if (!here) return ['-', '', ...compared.map(() => '')];
      const median = at(points, target, (point) => point.time.median).value;
      const ratios = compared.map((reference) => ratio(here.value, reference, target));
      return [`${here.atMost ? '<=' : ''}${microseconds(here.value)}`, microseconds(median), ...ratios];
    }),
  ]);
  table(title, rows, ['', ...TARGETS.flatMap((target) => [`@${target}`, 'median', ...compared])]);
}

/** @param {Map<string, Point[]>} sweeps */
function printPoints(sweeps) {
  for (const [name, points] of sweeps) {
    const cells = points.map(({ ef, recall, time }) => `ef ${ef} ${number(recall, 4)} ${microseconds(time.min)}`);
    note(`${name}: ${cells.join(', ')}`);
  }
}

/**
 * @param {Map<string, Point[]>} sweeps
 * @param {import('./sets.mjs').Set} set
 */
function printKinds(sweeps, set) {
  const kinds = [...new Set(set.kinds)];
  if (kinds.length === 0) return;
  const rows = [...sweeps].flatMap(([name, points]) => {
    const point = points.find(({ recall }) => recall >= 0.95);
    return point ? [[name, `ef ${point.ef}`, number(point.recall, 4), ...kinds.map((kind) => number(point.kinds[kind], 4))]] : [];
  });
  table('recall@10 by kind of query, at the first ef past .95', rows, ['', '', 'all', ...kinds]);
}

/** Adds an engine to the others when it has built its index. A peer that fails is left out. */
async function startBuilt(name, set, engines) {
  const engine = startEngine(name, set);
  try {
    const time = await engine.build();
    note(`${name}: ${Number.isNaN(time) ? 'graph kept from an earlier run' : `built in ${number(time)} s`}`);
    engines.push(engine);
  } catch (error) {
    await engine.close();
    if (engine.isOurs) throw error;
    note(`${error.message}: left out`);
  }
}

/** Searches of the whole set, by everybody but hnswlib-wasm, which would take minutes to build it. */
export async function benchRecall() {
  for (const name of setsWanted()) {
    const set = await openSet(name);
    const { there, missing } = available(['HNSW', 'AUTOINDEX', 'hnswlib', 'usearch', 'JavaScript loop']);
    for (const peer of missing) note(`${peer} is not there: left out`);
    const graph = `M ${M}, efConstruction ${EF_CONSTRUCTION}`;
    console.log(`\nsearch of ${set.name}: ${set.n} x ${set.dim}, ${set.metric}, ${set.n_queries} queries; ${graph}`);
    const engines = [];
    try {
      for (const engine of there) {
        await startBuilt(engine, set, engines);
      }
      const sweeps = await sweep(engines, set);
      printSweeps(sweeps, `time a query at recall@10, minimum and median of ${ROUNDS} rounds, how many times as fast as`, ['hnswlib']);
      printPoints(sweeps);
      printKinds(sweeps, set);
    } finally {
      for (const engine of engines) await engine.close();
    }
  }
}

/** What a call costs without the work. */
export async function benchCrossing() {
  const dim = 384;
  const CALLS = 3000;
  const query = Float32Array.from({ length: dim }, (_, d) => Math.sin(d));
  const client = await openIndexed({ n: 1, dim, metric: 'IP', row: () => query }, 'FLAT');
  const empty = new MilvusClient(':memory:');
  const timed = (call) => async () => {
    const start = performance.now();
    for (let i = 0; i < CALLS; i++) await call();
    return secondsSince(start) / CALLS;
  };
  const result = await alternate(
    {
      'has_collection': timed(() => empty.has_collection('none')),
      [`search of one row of ${dim} dimensions`]: timed(() => client.search(NAME, [query], { limit: K })),
    },
    5,
  );
  await client.close();
  await empty.close();
  table('a call, without the work', Object.entries(result).map(([name, { min, median }]) => [
    name, microseconds(min), `median ${microseconds(median)}`]));
}
