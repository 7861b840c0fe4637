// Iterators: all rows of a query or a search, batch by batch. Where the next batch begins is a cursor
// that the engine gives with each page; it keeps nothing itself, so that closing is only politeness.

import { Code } from './constants.js';
import { ParamError } from './errors.js';
import { kindOf } from './rows.js';

const MOST_ROWS_AT_ONCE = 16384;
const UNLIMITED = -1;

/**
 * Asks for the next page, of up to `limit` rows, behind a cursor.
 *
 * @template Item
 * @typedef {(page: { limit: number, offset?: number, iterator: object }) => Promise<Item[] & { cursor?: any }>} Ask
 */

/**
 * @template Item
 * @typedef {object} IteratorSettings
 * @property {number} [batch_size]  1000 when left out
 * @property {number} [limit]       of all batches together; -1: none
 * @property {number} [offset]      items to pass over
 * @property {object} [begin]       the first cursor
 * @property {(batch: Item[]) => Item[] | Promise<Item[]>} [external_filter_func]
 */

/**
 * Batches one after another:
 *
 *     for await (const batch of await client.query_iterator({ collection_name: 'documents' })) ...
 *
 * or as in pymilvus, next() until a batch is empty, then close().
 *
 * @template Item
 */
export class BatchIterator {
  #ask;
  #batchSize;
  #left;
  #offset;
  #cursor;
  #keep;
  /** @type {Item[]} */
  #ready = [];
  #isAtEnd = false;
  #isClosed = false;
  /** @type {Promise<unknown>} */
  #turn = Promise.resolve();

  /**
   * @param {Ask<Item>} ask
   * @param {IteratorSettings<Item>} settings
   * @throws {ParamError} one of them is against its rule
   */
  constructor(ask, settings) {
    const { batch_size = 1000, limit = UNLIMITED, offset, begin = {}, external_filter_func } = settings;
    checkSettings(settings);
    this.#ask = ask;
    this.#batchSize = batch_size;
    this.#left = limit < 0 ? Infinity : limit;
    this.#offset = offset;
    this.#cursor = begin;
    this.#keep = external_filter_func;
  }

  /**
   * The next batch: batch_size items, fewer only in the last one, none at the end and when closed.
   * Calls that overlap are answered one after another.
   *
   * @returns {Promise<Item[]>}
   */
  next() {
    const batch = this.#turn.then(() => this.#nextBatch());
    this.#turn = batch.catch(() => {});
    return batch;
  }

  /** Ends the iteration. */
  close() {
    this.#isClosed = true;
    this.#ready = [];
  }

  /** The batches, for `for await`; leaving the loop closes the iterator. */
  async *[Symbol.asyncIterator]() {
    try {
      for (let batch = await this.next(); batch.length > 0; batch = await this.next()) yield batch;
    } finally {
      this.close();
    }
  }

  async #nextBatch() {
    const wanted = Math.min(this.#batchSize, this.#left);
    while (!this.#isClosed && !this.#isAtEnd && this.#ready.length < wanted) {
      const page = await this.#nextPage(this.#keep ? this.#batchSize : wanted);
      this.#ready.push(...(this.#keep ? await filtered(page, this.#keep) : page));
    }
    if (this.#isClosed) return [];
    const batch = this.#ready.splice(0, wanted);
    this.#left -= batch.length;
    return batch;
  }

  /** @param {number} limit */
  async #nextPage(limit) {
    const page = await this.#ask({ limit, offset: this.#offset, iterator: this.#cursor });
    this.#offset = undefined;
    this.#isAtEnd = page.length < limit;
    this.#cursor = page.cursor;
    return page;
  }
}

/**
 * The hits of one query, nearest first. A batch has the shorthands of pymilvus' SearchPage.
 *
 * @template {object} [Entity=import('./requests.js').Row]
 * @extends {BatchIterator<import('./requests.js').Hit<Entity>>}
 */
export class SearchIterator extends BatchIterator {
  /**
   * @override
   * @returns {Promise<SearchPage<Entity>>}
   */
  async next() {
    const hits = await super.next();
    return Object.defineProperties(/** @type {any} */ (hits), {
      ids: { value: () => hits.map((hit) => hit.id) },
      distances: { value: () => hits.map((hit) => hit.distance) },
    });
  }
}

/**
 * @template {object} [Entity=import('./requests.js').Row]
 * @typedef {import('./requests.js').Hit<Entity>[] & { ids(): import('./results.js').Id[], distances(): number[] }} SearchPage
 */

/**
 * @template Item
 * @param {Item[]} page
 * @param {(batch: Item[]) => Item[] | Promise<Item[]>} keep
 * @returns {Promise<Item[]>}
 */
async function filtered(page, keep) {
  const kept = page.length > 0 ? await keep(page) : [];
  if (Array.isArray(kept)) return kept;
  throw refused('external_filter_func', 'must return a list of hits', kindOf(kept));
}

/** @param {IteratorSettings<any>} settings */
function checkSettings({ batch_size, limit, offset, external_filter_func }) {
  const isInteger = Number.isSafeInteger;
  if (batch_size !== undefined) {
    if (!isInteger(batch_size)) throw refused('batch_size', 'must be an integer', batch_size);
    if (batch_size < 1 || batch_size > MOST_ROWS_AT_ONCE) {
      throw refused('batch_size', `must be 1 to ${MOST_ROWS_AT_ONCE}`, batch_size);
    }
  }
  if (limit !== undefined && !(isInteger(limit) && limit >= UNLIMITED)) {
    throw refused('limit', 'must be an integer, at least 0, or -1 for all', limit);
  }
  if (offset !== undefined && !(isInteger(offset) && offset >= 0)) {
    throw refused('offset', 'must be an integer, at least 0', offset);
  }
  if (external_filter_func !== undefined && typeof external_filter_func !== 'function') {
    throw refused('external_filter_func', 'must be a function', kindOf(external_filter_func));
  }
}

/**
 * @param {string} name
 * @param {string} rule
 * @param {unknown} got
 */
function refused(name, rule, got) {
  const message = `${name} ${rule}, got ${typeof got === 'string' ? got : String(got)}`;
  return new ParamError(Code.ParameterInvalid, message, { detail: { field: name } });
}
