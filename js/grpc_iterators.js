// Where the search iterators of clients are. A Milvus server says it with two values: a token, which stays the same,
// and a bound, of which an exact cursor has no room. So the cursor is kept here, and the bound is a page's number.

import { randomUUID } from 'node:crypto';
import { Code } from './constants.js';
import { ParamError } from './errors.js';

const MOST_ITERATORS = 1000; // the one that nobody has asked for longest goes
const PAGES_KEPT = 2; // the last one may be asked for again

export class SearchIterators {
  /** @type {Map<string, Map<number, object>>}  the cursor behind each page, by token */
  #pages = new Map();

  /**
   * Where the next page begins.
   *
   * @param {string} token  '' for the first
   * @param {number} bound
   * @returns {object}
   * @throws {ParamError} there is no such iterator (any more)
   */
  cursor(token, bound) {
    if (token === '') return {};
    const cursor = this.#pages.get(token)?.get(bound);
    if (cursor) return cursor;
    const message = `search_iter_id '${token}' is no iterator that this server knows at ${bound}: begin again`;
    throw new ParamError(Code.ParameterInvalid, message);
  }

  /**
   * Keeps the cursor behind a page.
   *
   * @param {string} token  as the request had it
   * @param {number} bound
   * @param {object} cursor
   * @returns {{ token: string, last_bound: number }}
   */
  keep(token, bound, cursor) {
    const name = token === '' ? randomUUID() : token;
    const pages = this.#pages.get(name) ?? new Map();
    const page = token === '' ? 1 : bound + 1;
    pages.set(page, cursor);
    pages.delete(page - PAGES_KEPT);
    this.#pages.delete(name);
    this.#pages.set(name, pages); // now the last in order
    const [oldest] = this.#pages.keys();
    if (this.#pages.size > MOST_ITERATORS) this.#pages.delete(oldest);
    return { token: name, last_bound: page };
  }
}
