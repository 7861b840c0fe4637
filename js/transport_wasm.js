// The engine in this thread: opens it when it is first needed, and runs one request after another.

import { FileError, fileErrorOf } from '../wasm/files.js';
import { Instance, OutOfMemory } from '../wasm/instance.js';
import { finishImport, IMPORT, sealImport } from '../wasm/replace.js';
import { SliceSize } from './building.js';
import { decode, encode, isSuccess, recycle, workLeft } from './codec.js';
import { describeStorage, openStorage } from './connect.js';
import { Code } from './constants.js';
import { Export, Import } from './copies.js';
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

/**
 * A copy out or in, during which calls wait.
 *
 * @typedef {object} Session
 * @property {number} id
 * @property {Export | Import} copy
 * @property {() => void} over
 * @property {ReturnType<typeof setTimeout>} [timer]
 */

/** Short calls come one after another, and a slice of an index would stand in the way of each: they get as much time as it. */
const SHORT_MILLISECONDS = 2;
const PAUSE_MILLISECONDS = 5;

/** Whoever copies is gone when nothing was heard of it for so long. */
const SESSION_MILLISECONDS = 60_000;

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
  /** @type {{ pause: number, timer: ReturnType<typeof setTimeout> } | undefined} until indexes go on */
  #wait;
  /** @type {Session | undefined} */
  #session;
  #lastSession = 0;

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
    // nobody before it and nothing to wait for: no turn need be taken
    if (this.#queued === 0 && this.#instance && !this.#storage?.settle) {
      return this.#answer(this.#instance, request);
    }
    return this.#enqueue(async () => {
      const reply = this.#answer(this.#instance ?? (await this.#start()), request);
      await this.#settle();
      return reply;
    });
  }

  /**
   * @param {Instance} instance
   * @param {Uint8Array<ArrayBuffer>} request
   */
  #answer(instance, request) {
    const start = performance.now();
    const reply = this.#run(instance, request);
    const isShort = performance.now() - start < SHORT_MILLISECONDS;
    recycle(request);
    this.#maintainWhenIdle(reply, isShort ? PAUSE_MILLISECONDS : 0);
    return reply;
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

  /** What there is to know of where the database is kept, and how much memory the engine has. */
  async storage() {
    this.#checkOpen();
    return this.#enqueue(async () => {
      const where = await describeStorage(await this.#open());
      return { ...where, memory: this.#instance?.memoryBytes ?? 0 };
    });
  }

  /**
   * A step of copying the database out or in. Calls wait from the first step, 'export' or 'import',
   * to the last one, 'end' or 'replace'.
   *
   * @param {'export' | 'import' | 'read' | 'write' | 'replace' | 'end'} step
   * @param {number} [id]     as the first step answered
   * @param {Uint8Array} [piece]
   * @returns {Promise<any>}
   */
  async copy(step, id, piece) {
    if (step === 'export' || step === 'import') {
      this.#checkOpen();
      return this.#hold(() => (step === 'export' ? this.#beginExport() : this.#beginImport()));
    }
    const session = this.#session;
    if (session?.id !== id || !session) {
      if (step === 'end') return undefined;
      throw new MilvusException(Code.ServiceInternal, 'the copy was interrupted');
    }
    this.#watch(session);
    const { copy } = session;
    if (step === 'read') return /** @type {Export} */ (copy).read();
    if (step === 'write') {
      return guardFiles(() => /** @type {Import} */ (copy).write(/** @type {Uint8Array} */ (piece)));
    }
    try {
      if (step === 'replace') await guardFiles(() => this.#replace(/** @type {Import} */ (copy)));
    } finally {
      await this.#endSession(session);
    }
  }

  /** Leaves one plain file and lets others open it. Waits for the calls before it. */
  close() {
    this.#closing ??= this.#enqueue(() => this.#stop());
    return this.#closing;
  }

  /**
   * Has calls wait while a copy is made.
   *
   * @param {() => Promise<Export | Import>} begin
   * @returns {Promise<{ id: number, bytes?: number }>}
   */
  #hold(begin) {
    return new Promise((resolve, reject) => {
      const held = this.#enqueue(async () => {
        const copy = await guardFiles(begin);
        await new Promise((/** @type {(value?: unknown) => void} */ over) => {
          const session = { id: ++this.#lastSession, copy, over };
          this.#session = session;
          this.#watch(session);
          resolve({ id: session.id, bytes: copy instanceof Export ? copy.bytes : undefined });
        });
      });
      held.catch(reject);
    });
  }

  /** @param {Session} session */
  #watch(session) {
    clearTimeout(session.timer);
    session.timer = setTimeout(() => this.#endSession(session), SESSION_MILLISECONDS);
    session.timer.unref?.();
  }

  /** @param {Session} session */
  async #endSession(session) {
    if (this.#session !== session) return;
    this.#session = undefined;
    clearTimeout(session.timer);
    await session.copy.end().catch(() => {}); // what it leaves is cleared away by the next opening
    session.over();
  }

  async #beginExport() {
    const instance = this.#instance ?? (await this.#start());
    const { bytes, cause } = this.#run(instance, encode('checkpoint', {}));
    decode(bytes, {}, cause);
    await this.#settle();
    return new Export(/** @type {import('./connect.js').Storage} */ (this.#storage));
  }

  async #beginImport() {
    // what cannot be opened can be replaced, if it looks like one of ours
    const isOurs = await Promise.resolve(this.#instance ?? this.#start()).then(
      () => true,
      () => false,
    );
    const storage = await this.#open();
    if (storage.readOnly || this.#options.open.read_only) {
      const message = 'the database is read-only: writing is refused';
      throw new MilvusException(Code.ServiceQuotaExceeded, message);
    }
    return new Import(storage, isOurs);
  }

  /**
   * The copy takes the place of the database, once an engine has opened it.
   *
   * @param {Import} copy
   */
  async #replace(copy) {
    await copy.complete();
    const storage = await this.#open();
    const { files, path } = storage;
    const settle = async () => storage.settle?.();
    const { wasmBinary, wasmUrl, memoryBytes } = this.#options;
    const module = await loadModule(wasmBinary, wasmUrl);
    const judge = guarded(() => new Instance(module, files, memoryBytes));
    try {
      const request = encode('open', { path: path + IMPORT, read_only: true });
      decode(judge.call(request), {}, judge.lastError);
    } finally {
      judge.drop();
    }
    if (this.#instance) {
      const { bytes, cause } = this.#run(this.#instance, encode('close', {}));
      this.#drop();
      decode(bytes, {}, cause);
      await settle();
    }
    sealImport(files, path);
    await settle();
    await finishImport(files, path, { settle });
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
   * @param {number} pause  milliseconds until then
   */
  #maintainWhenIdle({ bytes }, pause) {
    if (this.#closing || workLeft(bytes) === 0) return;
    if (this.#wait && this.#wait.pause >= pause) return;
    clearTimeout(this.#wait?.timer);
    const timer = setTimeout(() => {
      this.#wait = undefined;
      if (this.#closing || this.#queued > 0) return; // the next reply asks again
      this.#enqueue(async () => {
        if (!this.#instance) return;
        const { bytes, cause } = await this.#slice(this.#instance, {}, this.#idle);
        decode(bytes, {}, cause);
      }).catch(() => {}); // no memory for an index: searches do without, and the next call tries again
    }, pause);
    timer.unref?.(); // not setImmediate: one without a reference waits for other events
    this.#wait = { pause, timer };
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
    await this.#settle();
    if (isSuccess(reply.bytes)) this.#maintainWhenIdle(reply, 0);
    return reply;
  }

  #checkOpen() {
    if (!this.#closing) return;
    const message = 'should create connection first';
    throw new ConnectionNotExistException(Code.ConnectionConfig, message);
  }

  async #open() {
    const { storage: where, open } = this.#options;
    const how = { readOnly: Boolean(open.read_only), relaxed: open.durability === 'relaxed' };
    this.#storage ??= await openStorage({ ...where, ...how });
    return this.#storage;
  }

  async #start() {
    const { open, memoryBytes, wasmBinary, wasmUrl } = this.#options;
    const storage = await this.#open();
    try {
      await storage.refresh?.();
      const module = await loadModule(wasmBinary, wasmUrl);
      this.#instance = guarded(() => new Instance(module, storage.files, memoryBytes));
      const read_only = open.read_only || storage.readOnly;
      const temporary = storage.kind === 'memory';
      const atomic = storage.isAtomic;
      const request = encode('open', { path: storage.path, ...open, read_only, temporary, atomic });
      const { bytes, cause } = this.#run(this.#instance, request);
      decode(bytes, {}, cause);
      const instance = this.#instance;
      await this.#settle();
      return instance;
    } catch (error) {
      await this.#release();
      if (error instanceof MilvusException) throw error;
      const message = `the engine does not start: ${/** @type {Error} */ (error).message}`;
      throw new MilvusException(Code.ServiceInternal, message, { cause: error });
    }
  }

  /**
   * Waits until what was written is kept. Where it cannot be, the engine knows rows that nobody
   * keeps, so it ends, and the next call opens what is kept.
   */
  async #settle() {
    try {
      await this.#storage?.settle?.();
    } catch (error) {
      this.#drop();
      throw notKept(error);
    }
  }

  async #stop() {
    if (!this.#instance) return this.#release();
    try {
      const { bytes, cause } = this.#run(this.#instance, encode('close', {}));
      decode(bytes, {}, cause);
      await this.#settle();
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

/**
 * The error of a storage that did not keep what was written.
 *
 * @param {unknown} cause
 */
function notKept(cause) {
  const isFull = fileErrorOf(cause) === FileError.NO_SPACE;
  const code = isFull ? Code.ServiceDiskLimitExceeded : Code.IoFailed;
  const { name, message: said } = /** @type {Error} */ (cause);
  const why = said || name; // a browser may say no more
  const message = isFull ? `the storage is full: ${why}` : `what was written is not kept: ${why}`;
  return new MilvusException(code, message, { cause });
}

/**
 * @template T
 * @param {() => Promise<T>} work  with files, and without the engine
 * @returns {Promise<T>}
 */
async function guardFiles(work) {
  try {
    return await work();
  } catch (error) {
    throw error instanceof MilvusException ? error : notKept(error);
  }
}

/** Lets everything else that waits for the thread have it first. */
function nextTurn() {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}
