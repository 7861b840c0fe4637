// A number of places, and a line of those who wait for one.

import { MilvusException } from './errors.js';
import { RestCode } from './server_rest.js';

export class Gate {
  #free;
  #places;
  #most;
  /** @type {{ n: number, enter: () => void }[]} */
  #line = [];
  /** @type {(() => void)[]} */
  #whenEmpty = [];

  /**
   * @param {number} places
   * @param {number} most  who may wait; one more is refused
   */
  constructor(places, most) {
    this.#places = places;
    this.#free = places;
    this.#most = most;
  }

  /**
   * Resolves when n places are the caller's, in the order of calls.
   *
   * @param {number} n
   * @param {AbortSignal} signal  leaves the line
   * @returns {Promise<void>}
   * @throws {MilvusException} 8 too many wait
   */
  async take(n, signal) {
    signal.throwIfAborted();
    if (this.#line.length === 0 && this.#free >= n) {
      this.#free -= n;
      return;
    }
    if (this.#line.length >= this.#most) {
      const message = `rate limit exceeded: ${this.#most} requests wait already; retry later`;
      throw new MilvusException(RestCode.RateLimit, message);
    }
    await new Promise((resolve, reject) => {
      const leave = () => {
        this.#line.splice(this.#line.indexOf(waiting), 1);
        this.#admit();
        reject(signal.reason);
      };
      const waiting = {
        n,
        enter: () => {
          signal.removeEventListener('abort', leave);
          resolve(undefined);
        },
      };
      this.#line.push(waiting);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  /** @param {number} n */
  give(n) {
    this.#free += n;
    this.#admit();
  }

  /**
   * Does work in one place. What was not begun in time, or whose caller has left, is not begun; what
   * was begun is finished, whoever still waits for it.
   *
   * @template T
   * @param {() => Promise<T>} work
   * @param {number} seconds
   * @param {AbortSignal} [signal]
   * @returns {Promise<T>}
   * @throws {MilvusException} 10001 it took too long
   */
  async run(work, seconds, signal) {
    const late = new AbortController();
    const message = `context deadline exceeded: no answer within ${seconds} seconds`;
    const timer = setTimeout(() => late.abort(new MilvusException(RestCode.DeadlineExceeded, message)), seconds * 1000);
    try {
      await this.take(1, AbortSignal.any([late.signal, ...(signal ? [signal] : [])]));
      const done = Promise.resolve().then(work).finally(() => this.give(1));
      done.catch(() => {});
      const isLate = new Promise((_, reject) => {
        if (late.signal.aborted) reject(late.signal.reason);
        late.signal.addEventListener('abort', () => reject(late.signal.reason), { once: true });
      });
      isLate.catch(() => {});
      return await Promise.race([done, /** @type {Promise<never>} */ (isLate)]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resolves when nobody is in or waits. */
  async empty() {
    if (this.#free === this.#places && this.#line.length === 0) return;
    await new Promise((resolve) => this.#whenEmpty.push(() => resolve(undefined)));
  }

  #admit() {
    while (this.#line.length > 0 && this.#line[0].n <= this.#free) {
      const { n, enter } = /** @type {{ n: number, enter: () => void }} */ (this.#line.shift());
      this.#free -= n;
      enter();
    }
    if (this.#free === this.#places && this.#line.length === 0) {
      for (const tell of this.#whenEmpty.splice(0)) tell();
    }
  }
}
