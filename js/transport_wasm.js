// The engine in this thread: opens it when it is first needed, and runs one request after another.

import { Instance, OutOfMemory } from '../wasm/instance.js';
import { SliceSize } from './building.js';
import { decode, encode, isSuccess, recycle, workLeft } from './codec.js';
import { openStorage } from './connect.js';
import { Code } from './constants.js';
import { ConnectionNotExistException, MilvusException } from './errors.js';
import { loadModule } from './module.js';

/** @typedef {import('./options.js').Reply} Reply */
/** @typedef {import('./options.js').Transport} Transport */

/**
 * @typedef {object} WasmOptions
 * @property {Parameters<typeof openStorage>[0]} storage
 * @property {Record<string, unknown>} open  parameters of the engine's operation
 * @property {number} [memoryBytes]
 * @property {import('./module.js').WasmBinary} [wasmBinary]
 * @property {string} [wasmUrl]
 */

/** @implements {Transport} */
export class WasmTransport {
  #options;
  /** @type {import('./connect.js').Storage | undefined} */
  #storage;
  /** @type {Instance | undefined} */
  #instance;
  /** @type {Promise<unknown>} */
  #tail = Promise.resolve();
  /** @type {Promise<void> | undefined} */
  #closing;
  #queued = 0;
  #idle = new SliceSize();

  /** @param {WasmOptions} options */
  constructor(options) {
    this.#options = options;
  }

  /**
   * Runs a request when all earlier ones are done. The request's memory is not the caller's any more.
   *
   * @param {Uint8Array<ArrayBuffer>} request
   * @returns {Promise<Reply>}
   */
  async call(request) {
    this.#checkOpen();
    return this.#enqueue(async () => {
      const instance = this.#instance ?? (await this.#start());
      const reply = this.#run(instance, request);
      recycle(request);
      await this.#storage?.settle();
      this.#maintainWhenIdle(reply);
      return reply;
    });
  }

  /**
   * A slice of index maintenance for somebody who waits for it. It takes its turn like a call, and
   * then lets go of the thread once, so that neither calls nor timers starve.
   *
   * @param {{ collection_name: string, index_name: string }} params
   * @param {SliceSize} size
   * @returns {Promise<Reply>}
   */
  async maintain(params, size) {
    this.#checkOpen();
    return this.#enqueue(async () => {
      await nextTurn();
      this.#checkOpen();
      return this.#slice(this.#instance ?? (await this.#start()), params, size);
    });
  }

  /** Leaves one plain file and lets others open it. Waits for the calls before it. */
  close() {
    this.#closing ??= this.#enqueue(() => this.#stop());
    return this.#closing;
  }

  /**
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  #enqueue(work) {
    this.#queued++;
    const done = this.#tail.then(work).finally(() => this.#queued--);
    this.#tail = done.catch(() => {}); // the error is the caller's, the queue goes on
    return done;
  }

  /**
   * Indexes follow their rows in slices, while nobody is waiting.
   *
   * @param {Reply} reply
   */
  #maintainWhenIdle({ bytes }) {
    if (this.#closing || workLeft(bytes) === 0) return;
    whenIdle(() => {
      if (this.#closing || this.#queued > 0) return; // the next reply asks again
      this.#enqueue(async () => {
        if (!this.#instance) return;
        const { bytes, cause } = await this.#slice(this.#instance, {}, this.#idle);
        decode(bytes, {}, cause);
      }).catch(() => {}); // no memory for an index: searches do without, and the next call tries again
    });
  }

  /**
   * @param {Instance} instance
   * @param {object} params
   * @param {SliceSize} size
   */
  async #slice(instance, params, size) {
    const start = performance.now();
    const reply = this.#run(instance, encode('maintain', { ...params, effort: size.effort }));
    if (workLeft(reply.bytes) > 0) size.took(performance.now() - start);
    await this.#storage?.settle();
    if (isSuccess(reply.bytes)) this.#maintainWhenIdle(reply);
    return reply;
  }

  #checkOpen() {
    if (!this.#closing) return;
    const message = 'should create connection first';
    throw new ConnectionNotExistException(Code.ConnectionConfig, message);
  }

  async #start() {
    const { storage: where, open, memoryBytes, wasmBinary, wasmUrl } = this.#options;
    const storage = (this.#storage ??= await openStorage(where));
    try {
      const module = await loadModule(wasmBinary, wasmUrl);
      this.#instance = guarded(() => new Instance(module, storage.files, memoryBytes));
      const read_only = open.read_only || storage.readOnly;
      const temporary = storage.kind === 'memory';
      const request = encode('open', { path: storage.path, ...open, read_only, temporary });
      const { bytes, cause } = this.#run(this.#instance, request);
      decode(bytes, {}, cause);
      return this.#instance;
    } catch (error) {
      await this.#release();
      if (error instanceof MilvusException) throw error;
      const message = `the engine does not start: ${/** @type {Error} */ (error).message}`;
      throw new MilvusException(Code.ServiceInternal, message, { cause: error });
    }
  }

  async #stop() {
    if (!this.#instance) return this.#release();
    try {
      const { bytes, cause } = this.#run(this.#instance, encode('close', {}));
      decode(bytes, {}, cause);
      await this.#storage?.settle();
    } finally {
      await this.#release();
    }
  }

  async #release() {
    const storage = this.#storage;
    this.#storage = undefined;
    try {
      this.#drop();
    } finally {
      await storage?.release();
    }
  }

  #drop() {
    const instance = this.#instance;
    this.#instance = undefined;
    instance?.drop();
  }

  /**
   * @param {Instance} instance
   * @param {Uint8Array} request
   * @returns {Reply}
   */
  #run(instance, request) {
    try {
      return { bytes: guarded(() => instance.call(request)), cause: instance.lastError };
    } catch (error) {
      if (error instanceof MilvusException) throw error;
      throw this.#stopped(error);
    }
  }

  /**
   * After a trap the engine's memory is not to be trusted; the file is, as after a crash. The lock
   * stays ours.
   *
   * @param {unknown} cause
   */
  #stopped(cause) {
    this.#drop();
    const why = /** @type {Error} */ (cause).message;
    const message = `the engine stopped: ${why}; the next call opens the database again`;
    return new MilvusException(Code.ServiceInternal, message, { cause });
  }
}

/**
 * @template T
 * @param {() => T} work
 * @returns {T}
 */
function guarded(work) {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof OutOfMemory)) throw error;
    throw new MilvusException(Code.ServiceMemoryLimitExceeded, error.message, { cause: error });
  }
}

/** Lets everything else that waits for the thread have it first. */
function nextTurn() {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}

/** @param {() => void} work */
function whenIdle(work) {
  setTimeout(work, 0).unref?.(); // not setImmediate: one without a reference waits for other events
}
