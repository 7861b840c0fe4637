// Writes that are too large for one request, or that somebody watches: in pieces, one after another.

import { checkWaiting } from './building.js';
import { rowsOfColumns, sliceColumns } from './column_data.js';
import { Code } from './constants.js';
import { MilvusException } from './errors.js';

/** What a piece may hold: enough for its commit not to count, little enough to stop soon. */
const PIECE_BYTES = 8e6;
const MOST_ROWS = 10000;

/**
 * @typedef {object} Watching
 * @property {(progress: { done: number, total: number }) => void} [on_progress]  after each piece: rows written
 * @property {AbortSignal} [signal]  abort: no further piece is begun, and what is written stays
 */

/**
 * Writes data as `write` does, but when somebody watches piece by piece: each is written whole or not at
 * all, and an error says in its detail how many rows were `done` before.
 *
 * @param {(data: unknown) => Promise<any>} write
 * @param {any} data
 * @param {Watching} watching
 * @returns {Promise<any>}  as of one write
 */
export async function inPieces(write, data, watching) {
  const { on_progress, signal } = watching;
  checkWaiting(watching);
  const columns = rowsOfColumns(data);
  const total = columns ?? (Array.isArray(data) ? data.length : 1);
  if ((!on_progress && !signal) || total === 0) return write(data);
  const pieceOf = (/** @type {number} */ from, /** @type {number} */ to) =>
    columns === undefined ? [data].flat().slice(from, to) : sliceColumns(data, total, from, to);
  const step = rowsOfPiece(pieceOf(0, 1), columns !== undefined);
  let result;
  for (let done = 0; done < total; ) {
    const end = Math.min(done + step, total);
    if (signal?.aborted) throw stopped(signal.reason, done, total);
    const piece = await write(pieceOf(done, end)).catch((error) => Promise.reject(moved(error, done)));
    result = result ? joined(result, piece) : piece;
    done = end;
    on_progress?.({ done, total });
  }
  return result;
}

/**
 * @param {any} first     the first row, as data of a write
 * @param {boolean} isColumns
 */
function rowsOfPiece(first, isColumns) {
  const values = Object.values((isColumns ? first : first[0]) ?? {});
  const bytes = values.reduce((sum, value) => sum + bytesOf(value), 0);
  return Math.min(Math.max(Math.floor(PIECE_BYTES / bytes), 1), MOST_ROWS);
}

/**
 * About what a value takes; of a column's list, what its first one does.
 *
 * @param {any} value
 * @returns {number}
 */
function bytesOf(value) {
  if (Array.isArray(value)) return 16 + value.length * (typeof value[0] === 'number' ? 8 : bytesOf(value[0]));
  return 16 + (value?.byteLength ?? value?.length ?? 0);
}

/**
 * @param {any} result
 * @param {any} piece
 */
function joined(result, piece) {
  const sum = { ...result, ids: result.ids };
  for (const id of piece.ids) sum.ids.push(id);
  for (const key of ['insert_count', 'upsert_count', 'cost']) if (key in sum) sum[key] += piece[key];
  return sum;
}

/**
 * @param {unknown} error
 * @param {number} done
 */
function moved(error, done) {
  if (!(error instanceof MilvusException)) return error;
  const { row } = error.detail;
  error.detail = { ...error.detail, ...(row !== undefined && { row: row + done }), done };
  if (done > 0) error.message += ` (in the rows from ${done} on; those before are written)`;
  return error;
}

/**
 * @param {unknown} reason
 * @param {number} done
 * @param {number} total
 */
function stopped(reason, done, total) {
  const message = `aborted: ${done} of ${total} rows are written, and stay`;
  const error = new MilvusException(Code.Unexpected, message, { detail: { done }, cause: reason });
  error.name = 'AbortError';
  return error;
}
