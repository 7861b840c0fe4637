// What is measured of each engine: what a page waits for, whatever worker does it.

import { generate, SHAPES } from '../generate.mjs';

/**
 * @typedef {object} Row
 * @property {number} id
 * @property {string} text
 * @property {Float32Array} vector  of length 1
 */

/**
 * @typedef {object} Engine
 * @property {(place: string) => Promise<void>} open        makes the database where there is none
 * @property {(rows: Row[]) => Promise<void>} insert        one durable transaction
 * @property {(vector: Float32Array) => Promise<number>} nearest  id of the first of the ten nearest by cosine
 * @property {() => Promise<void>} close
 */

export const DIM = 384;
export const K = 10;
const BATCH = 5000;
const SINGLE_ROWS = 200;
const SEARCHES = 100;

/**
 * @param {number} n
 * @returns {Row[]}
 */
export function makeRows(n) {
  const vectors = generate(SHAPES.clustered, n, 1);
  return Array.from({ length: n }, (_, id) => ({
    id,
    text: `passage ${id} `.padEnd(100, 'lorem ipsum dolor sit amet '),
    vector: vectors.slice(id * DIM, (id + 1) * DIM),
  }));
}

/** @param {number[]} list */
export const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];

/** Milliseconds. */
export async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function search(engine, { id, vector }) {
  const found = await engine.nearest(vector);
  if (found !== id) throw new Error(`the row nearest to row ${id} is said to be ${found}`);
}

/**
 * @param {Engine} engine
 * @param {string} place
 * @param {number} n
 * @returns {Promise<Record<'insert' | 'one' | 'search', number>>} milliseconds: of all rows, of one row, of one search
 */
export async function fill(engine, place, n) {
  const rows = makeRows(n + SINGLE_ROWS);
  await engine.open(place);
  const insert = await timed(async () => {
    for (let i = 0; i < n; i += BATCH) await engine.insert(rows.slice(i, Math.min(i + BATCH, n)));
  });
  const ones = [];
  for (const row of rows.slice(n)) ones.push(await timed(() => engine.insert([row])));
  const searches = [];
  for (let i = 0; i < SEARCHES; i++) searches.push(await timed(() => search(engine, rows[(i * 37) % n])));
  await engine.close();
  return { insert, one: median(ones), search: median(searches) };
}

/** The first answer after opening. */
export async function reopen(engine, place) {
  const [row] = makeRows(1);
  await engine.open(place);
  await search(engine, row);
}
