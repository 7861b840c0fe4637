// Rounds in turn, and what is printed of them.

/** @typedef {{ min: number, median: number, all: number[] }} Times */

/** Which tables are wanted: BENCH=insert,recall, or all. */
const wanted = process.env.BENCH?.split(',').map((name) => name.trim());

/** @param {string} name */
export const isWanted = (name) => !wanted || wanted.includes(name);

/** @param {string[]} names  all there are */
export function refuseUnknown(names) {
  const unknown = wanted?.filter((name) => !names.includes(name)) ?? [];
  if (unknown.length === 0) return;
  console.error(`BENCH: no table '${unknown.join("', '")}'; there are ${names.join(', ')}`);
  process.exit(2);
}

/** @param {number[]} list */
export function timesOf(list) {
  const sorted = [...list].sort((a, b) => a - b);
  return { min: sorted[0], median: sorted[sorted.length >> 1], all: list };
}

/**
 * Runs each job once a round, in turn, so that a slow phase of the machine hits all of them.
 *
 * @param {Record<string, () => number | Promise<number>>} jobs  each gives what it took
 * @param {number} rounds
 * @returns {Promise<Record<string, Times>>}
 */
export async function alternate(jobs, rounds) {
  const lists = Object.fromEntries(Object.keys(jobs).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, job] of Object.entries(jobs)) lists[name].push(await job());
  }
  return Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, timesOf(list)]));
}

/**
 * @param {string} title
 * @param {(string | number)[][]} rows  the first cell is the row's name
 * @param {string[]} [head]
 */
export function table(title, rows, head) {
  console.log(`\n${title}`);
  const lines = (head ? [head, ...rows] : rows).map((row) => row.map(String));
  const widths = [];
  for (const line of lines) line.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  for (const [name, ...cells] of lines) {
    const columns = cells.map((cell, i) => cell.padStart(widths[i + 1]));
    console.log(`  ${[name.padEnd(widths[0]), ...columns].join('  ')}`);
  }
}

/** @param {string} line */
export const note = (line) => console.log(`  ${line}`);

/**
 * @param {number} value
 * @param {number} [digits]
 */
export const number = (value, digits = 1) => value.toFixed(digits);

/** @param {number} value  seconds */
export const milliseconds = (value) => `${number(value * 1e3, value < 0.01 ? 3 : 1)} ms`;
/** @param {number} value  seconds */
export const microseconds = (value) => `${number(value * 1e6, value < 1e-4 ? 1 : 0)} us`;
/** @param {number} bytes */
export const megabytes = (bytes) => `${number(bytes / 1e6, 0)} MB`;
/** @param {number} value */
export const times = (value) => `${value.toFixed(2)} x`;

/** @param {number} start  of performance.now() */
export const secondsSince = (start) => (performance.now() - start) / 1000;

/** @param {number} ms */
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
