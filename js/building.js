// Index maintenance in slices, and waiting for an index to be complete.

import { decode } from './codec.js';
import { Code } from './constants.js';
import { ParamError } from './errors.js';
import { kindOf } from './rows.js';

/** How long a slice should take: no call waits much longer for it. */
const SLICE_MS = 5;
const SMALLEST_EFFORT = 128;
const FIRST_EFFORT = 512;
const LARGEST_EFFORT = 65536;

/** on_progress is called at most so often, and for the last row. */
const PROGRESS_MS = 60;

/** The effort of slices, in about microseconds: small at first, then what their time makes of it. */
export class SliceSize {
  effort = FIRST_EFFORT;

  /** @param {number} ms  what a slice of this effort took */
  took(ms) {
    const effort = Math.round(this.effort * Math.min(SLICE_MS / Math.max(ms, 0.1), 2));
    this.effort = Math.min(Math.max(effort, SMALLEST_EFFORT), LARGEST_EFFORT);
  }
}

/**
 * @typedef {object} IndexProgress
 * @property {string} collection_name
 * @property {string} field_name
 * @property {number} done   rows that the index serves
 * @property {number} total
 */

/**
 * How to wait for an index.
 *
 * @typedef {object} Waiting
 * @property {boolean} [sync]         false: resolve at once, and let the index follow in idle time
 * @property {(progress: IndexProgress) => void} [on_progress]  called some ten times a second, and at the end
 * @property {AbortSignal} [signal]   stop waiting; the index follows in idle time
 */

/**
 * @param {Waiting} waiting
 * @throws {ParamError}
 */
export function checkWaiting({ sync, on_progress, signal }) {
  const rules = [
    ['sync', 'a boolean', sync, typeof sync === 'boolean'],
    ['on_progress', 'a function', on_progress, typeof on_progress === 'function'],
    ['signal', 'an AbortSignal', signal, typeof signal?.throwIfAborted === 'function'],
  ];
  for (const [name, rule, given, fits] of rules) {
    if (given == null || fits) continue;
    const message = `${name} must be ${rule}, got ${kindOf(given)}`;
    throw new ParamError(Code.ParameterInvalid, message, { detail: { field: String(name) } });
  }
}

/**
 * Resolves when the indexes know all rows. Each slice waits its turn like a call.
 *
 * @param {import('./options.js').Transport} transport
 * @param {{ collection_name: string, db_name?: string }} collection
 * @param {string[]} names  of indexes
 * @param {Waiting} waiting
 */
export async function untilBuilt(transport, collection, names, { on_progress, signal }) {
  if (!transport.maintain) return; // tests' transports
  const size = new SliceSize();
  let told = -Infinity;
  for (const index_name of names) {
    let isBuilt = false;
    while (!isBuilt) {
      signal?.throwIfAborted();
      const request = { ...collection, index_name };
      const reply = await transport.maintain(request, size);
      const { index, has_work } = decode(reply.bytes, {}, reply.cause);
      isBuilt = index.pending_index_rows === 0 || !has_work;
      const now = performance.now();
      if (!on_progress || (!isBuilt && now - told < PROGRESS_MS)) continue;
      told = now;
      const { field_name, indexed_rows: done, total_rows: total } = index;
      on_progress({ collection_name: collection.collection_name, field_name, done, total });
    }
  }
}
