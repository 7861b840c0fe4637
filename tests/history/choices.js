// What is left to chance: the same for the same seed.
import { randomOf } from '../conformance/exact.js';

/**
 * @typedef {object} Choices
 * @property {(n: number) => number} pick         a whole number below n
 * @property {<T>(list: readonly T[]) => T} one
 * @property {(share: number) => boolean} chance  true so often
 * @property {<T>(make: (i: number) => T, most: number, least?: number) => T[]} some
 * @property {<T>(weighted: readonly [number, T][]) => T} weighted
 */

/**
 * @param {number} seed
 * @returns {Choices}
 */
export function choices(seed) {
  const random = randomOf(Math.imul(seed, 7919) + 1);
  for (let i = 0; i < 3; i++) random(); // seeds that follow each other begin alike
  const pick = (n) => Math.floor(random() * n);
  return {
    pick,
    one: (list) => list[pick(list.length)],
    chance: (share) => random() < share,
    some: (make, most, least = 0) => Array.from({ length: least + pick(most - least + 1) }, (_, i) => make(i)),
    weighted(weighted) {
      let at = random() * weighted.reduce((sum, [weight]) => sum + weight, 0);
      return (weighted.find(([weight]) => (at -= weight) < 0) ?? weighted[weighted.length - 1])[1];
    },
  };
}
