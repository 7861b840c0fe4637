// One engine in one WebAssembly instance: the only file that touches wasm memory.

import { FileError, fileErrorOf } from './files.js';

const ABI = 1;
const PAGE_BYTES = 65536;

/** What the module is linked to start with, and the most that 32 bits can address. */
export const MEMORY_LEAST = 64 * PAGE_BYTES;
export const MEMORY_MOST = 65536 * PAGE_BYTES;

const text = new TextDecoder();

/** There is no memory for a request or its reply. The engine goes on. */
export class OutOfMemory extends Error {}

/**
 * @typedef {object} EngineExports  what wasm/exports.c exports; pointers are unsigned only after `>>> 0`
 * @property {() => void} [_initialize]
 * @property {() => number} mvl_abi
 * @property {() => number} mvl_describe
 * @property {(bytes: number) => number} mvl_alloc
 * @property {(at: number) => void} mvl_free
 * @property {() => number} mvl_new
 * @property {(engine: number, at: number, bytes: number) => number} mvl_call
 * @property {(engine: number) => number} mvl_reply
 * @property {(engine: number) => number} mvl_reply_bytes
 * @property {(engine: number) => void} mvl_delete
 */

export class Instance {
  #memory;
  #files;
  /** @type {EngineExports} */
  #x;
  #engine = 0;
  #alive = true;
  /** @type {Set<number>} */
  #handles = new Set();
  /** @type {unknown} */
  #lastError;

  /**
   * @param {WebAssembly.Module} module
   * @param {import('./files.js').Files} files
   * @param {number} [memoryBytes]  what the engine may use at most, see MEMORY_LEAST and MEMORY_MOST
   * @throws {OutOfMemory} when that is not even enough to start
   */
  constructor(module, files, memoryBytes = MEMORY_MOST) {
    this.#files = files;
    this.#memory = newMemory(memoryBytes);
    const imports = { env: { memory: this.#memory }, platform: this.#platform() };
    const { exports } = new WebAssembly.Instance(module, imports);
    this.#x = /** @type {EngineExports} */ (/** @type {unknown} */ (exports));
    this.#x._initialize?.();
    if (this.#x.mvl_abi() !== ABI) {
      throw new Error(`the wasm file has ABI ${this.#x.mvl_abi()}, and this client speaks ${ABI}`);
    }
    this.#engine = this.#x.mvl_new();
    if (this.#engine === 0)
      throw new OutOfMemory(`the engine cannot start in ${memoryBytes} bytes`);
  }

  /** What the last call that failed in a file met, if it did. */
  get lastError() {
    return this.#lastError;
  }

  /** What the engine has taken of its memory so far; it gives none back. */
  get memoryBytes() {
    return this.#memory.buffer.byteLength;
  }

  /**
   * Runs one request. A reply is a copy and belongs to the caller.
   *
   * @param {Uint8Array} message
   * @returns {Uint8Array<ArrayBuffer>}
   * @throws {OutOfMemory} nothing was done
   * @throws {Error}       anything else: the engine has trapped, and this instance is of no more use
   */
  call(message) {
    if (!this.#alive) throw new Error('the engine has stopped');
    this.#lastError = undefined;
    try {
      const at = this.#alloc(message.length);
      if (at === 0) throw new OutOfMemory(`no room for a request of ${message.length} bytes`);
      this.#bytes().set(message, at); // a fresh view: memory may have grown
      const failed = this.#x.mvl_call(this.#engine, at, message.length);
      this.#x.mvl_free(at);
      if (failed) throw new OutOfMemory('no room for the reply');
      const from = this.#x.mvl_reply(this.#engine) >>> 0;
      return this.#bytes().slice(from, from + (this.#x.mvl_reply_bytes(this.#engine) >>> 0));
    } catch (error) {
      if (!(error instanceof OutOfMemory)) this.#alive = false;
      throw error;
    }
  }

  /**
   * Room for a request. Where there is none, the engine is asked to make some.
   *
   * @param {number} bytes
   */
  #alloc(bytes) {
    const at = this.#x.mvl_alloc(bytes) >>> 0;
    if (at !== 0) return at;
    this.#x.mvl_call(this.#engine, 0, 0);
    return this.#x.mvl_alloc(bytes) >>> 0;
  }

  /** The engine's tables of codes, types, operations and limits. */
  describe() {
    const from = this.#x.mvl_describe() >>> 0;
    const bytes = this.#bytes();
    return JSON.parse(text.decode(bytes.subarray(from, bytes.indexOf(0, from))));
  }

  /** Ends the engine, and closes what files it left open. */
  drop() {
    const alive = this.#alive;
    this.#alive = false;
    try {
      if (alive) this.#x.mvl_delete(this.#engine);
    } finally {
      for (const handle of this.#handles) this.#close(handle);
    }
  }

  /** @param {number} handle */
  #close(handle) {
    this.#handles.delete(handle);
    this.#files.close(handle);
  }

  /** @returns {Uint8Array<ArrayBuffer>} */
  #bytes() {
    return new Uint8Array(this.#memory.buffer);
  }

  /**
   * @param {number} at
   * @param {number} bytes
   */
  #view(at, bytes) {
    return new Uint8Array(this.#memory.buffer, at >>> 0, bytes >>> 0);
  }

  /**
   * What the engine imports: the Files object in numbers, the time and randomness.
   *
   * @returns {Record<string, (...numbers: number[]) => number>}
   */
  #platform() {
    const files = this.#files;
    /** @param {() => number | void} operation */
    const attempt = (operation) => {
      try {
        const result = operation() ?? 0;
        return result < 0 ? FileError.IO : result;
      } catch (error) {
        this.#lastError = error;
        return fileErrorOf(error);
      }
    };
    /** @type {(at: number, bytes: number) => string} */
    const path = (at, bytes) => text.decode(this.#view(at, bytes));

    return {
      open: (at, bytes, flags) =>
        attempt(() => {
          const handle = files.open(path(at, bytes), flags);
          if (handle >= 0) this.#handles.add(handle);
          return handle;
        }),
      close: (handle) => attempt(() => this.#close(handle)),
      read: (handle, to, bytes, offset) =>
        attempt(() => files.read(handle, this.#view(to, bytes), offset)),
      write: (handle, from, bytes, offset) =>
        attempt(() => files.write(handle, this.#view(from, bytes), offset)),
      truncate: (handle, bytes) => attempt(() => files.truncate(handle, bytes)),
      sync: (handle) => attempt(() => files.sync(handle)),
      size: (handle) => attempt(() => files.size(handle)),
      unlink: (at, bytes) => attempt(() => files.unlink(path(at, bytes))),
      exists: (at, bytes) => attempt(() => files.exists(path(at, bytes))),
      now: () => files.now?.() ?? performance.timeOrigin + performance.now(),
      random: (to, bytes) => {
        const MOST_AT_ONCE = 65536; // what getRandomValues takes
        for (let done = 0; done < bytes; done += MOST_AT_ONCE) {
          crypto.getRandomValues(this.#view(to + done, Math.min(MOST_AT_ONCE, bytes - done)));
        }
        return 0;
      },
    };
  }
}

/** @param {number} bytes */
function newMemory(bytes) {
  if (bytes < MEMORY_LEAST) {
    throw new OutOfMemory(`the engine needs ${MEMORY_LEAST} bytes to start, and may use ${bytes}`);
  }
  try {
    const maximum = Math.min(Math.floor(bytes / PAGE_BYTES), MEMORY_MOST / PAGE_BYTES);
    return new WebAssembly.Memory({ initial: MEMORY_LEAST / PAGE_BYTES, maximum });
  } catch (cause) {
    throw new OutOfMemory('the system gives no memory for the engine', { cause });
  }
}
