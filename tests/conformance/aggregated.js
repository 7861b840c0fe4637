// The slow twin of functions of groups of rows: all rows, one by one.

import { compareValues } from './ordered.js';

/** Equal values have equal texts. */
const textOf = (value) => (value == null ? 'null' : `${Array.isArray(value) ? 'list' : typeof value === 'bigint' ? 'number' : typeof value} ${typeof value === 'object' ? JSON.stringify(value) : value}`);

/**
 * @param {any[]} rows
 * @param {((row: any) => any)[]} keys
 * @returns {any[][]}
 */
export function groupsOf(rows, keys) {
  const groups = new Map(keys.length === 0 ? [['', []]] : []);
  for (const row of rows) {
    const key = keys.map((of) => textOf(of(row))).join('\n');
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(row);
  }
  return [...groups.values()];
}

/** The sum of doubles without an error, rounded once (Shewchuk, 1997). */
function exactSum(numbers) {
  let parts = [];
  for (let x of numbers) {
    const next = [];
    for (let y of parts) {
      if (Math.abs(x) < Math.abs(y)) [x, y] = [y, x];
      const sum = x + y;
      const lost = y - (sum - x);
      if (lost !== 0) next.push(lost);
      x = sum;
    }
    parts = [...next, x];
  }
  return parts.reduce((sum, part) => sum + part, 0);
}

const isWhole = (value) => typeof value === 'bigint' || Number.isInteger(value);

/**
 * What a function tells of a group.
 *
 * @param {any[]} values
 * @param {boolean} areIntegers  so that their sum is one
 * @returns {Record<'count' | 'sum' | 'avg' | 'min' | 'max', { value: any, tolerance: number }>}  a sum of integers is a bigint
 */
export function toldOf(values, areIntegers) {
  const there = values.filter((value) => value != null);
  const sorted = there.toSorted(compareValues);
  const numbers = there.filter((value) => typeof value === 'number' || typeof value === 'bigint');
  const reals = numbers.map(Number);
  const whole = numbers.filter(isWhole).reduce((sum, value) => sum + BigInt(value), 0n);
  const sum = exactSum([...reals.filter((value) => !isWhole(value)), Number(whole)]);
  const tolerance = 4e-16 * Math.abs(sum) + 1e-30 * exactSum(reals.map(Math.abs));
  const none = numbers.length === 0;
  return {
    count: { value: there.length, tolerance: 0 },
    sum: { value: none ? null : areIntegers ? whole : sum, tolerance },
    avg: { value: none ? null : sum / numbers.length, tolerance },
    min: { value: sorted[0] ?? null, tolerance: 0 },
    max: { value: sorted.at(-1) ?? null, tolerance: 0 },
  };
}
