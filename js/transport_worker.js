// The engine in a worker: this side sends requests there and hands replies to those who wait.

import { isNode } from '../wasm/node.js';
import { startNodeWorker } from '../wasm/worker_node.js';
import { moduleInside, nodeWorkerScript, startPackageWorker } from './assets.js';
import { Code } from './constants.js';
import { MilvusException } from './errors.js';
import { asking, notConnected, transferables, unpackError } from './port.js';

/** @typedef {import('../wasm/worker_node.js').RunningWorker} RunningWorker */
/** @typedef {import('../wasm/worker_node.js').WorkerEvents} WorkerEvents */
/** @typedef {import('./options.js').Transport} Transport */

/**
 * @typedef {object} WorkerOptions
 * @property {import('./transport_wasm.js').WasmOptions} wasm
 * @property {import('./tabs.js').Sharing} [tabs]  with other tabs; left out: with nobody
 * @property {string | URL} [url]  of the worker's script, instead of the package's
 */

/** @implements {Transport} */
export class WorkerTransport {
  #options;
  /** @type {(events: WorkerEvents) => RunningWorker | Promise<RunningWorker>} */
  #start;
  /** @type {Promise<RunningWorker> | undefined} */
  #worker;
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  #waiting = new Map();
  #lastId = 0;
  /** @type {Promise<void> | undefined} */
  #closing;
  #remote = asking((method, args) => this.ask(method, ...args));
  #forget = () => {};

  /**
   * @param {WorkerOptions} options
   * @param {(events: WorkerEvents) => RunningWorker | Promise<RunningWorker>} [start]  for tests
   */
  constructor(options, start) {
    this.#options = options;
    this.#start = start ?? ((events) => startWorker(options.url, events));
  }

  /** @type {Transport['call']} */
  call(...args) {
    return this.#remote.call(...args);
  }

  /**
   * @param {{ collection_name: string, index_name: string }} params
   * @param {import('./building.js').SliceSize} size
   */
  maintain(params, size) {
    return this.#remote.maintain(params, size);
  }

  /** @type {Transport['copy']} */
  copy(...args) {
    return this.#remote.copy(...args);
  }

  storage() {
    return this.#remote.storage();
  }

  close() {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /**
   * Any method of the transport in the worker, in order. Bytes and streams are handed over.
   *
   * @param {string} method
   * @param {...any} args
   * @returns {Promise<any>}
   */
  async ask(method, ...args) {
    if (this.#closing) throw notConnected();
    return this.#ask(method, args);
  }

  /**
   * @param {string} method
   * @param {any[]} args
   * @returns {Promise<any>}
   */
  async #ask(method, args) {
    this.#worker ??= this.#begin();
    const starting = this.#worker;
    const id = ++this.#lastId;
    /** @type {Promise<any>} */
    const answer = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    answer.catch(() => {}); // it may be told before anybody listens
    const worker = await starting.catch((error) => this.#died(starting, error.message, error));
    if (worker && this.#waiting.has(id)) {
      worker.keepAlive(true);
      worker.post({ id, method, args }, transferables(args));
    }
    return answer;
  }

  async #begin() {
    const { wasm, tabs } = this.#options;
    const running = this.#start({
      onMessage: (message) => this.#answered(message),
      onDeath: (why, cause) => this.#died(this.#worker, why, cause),
    });
    const wasmBinary = wasm.wasmBinary ?? (wasm.wasmUrl ? undefined : await moduleInside());
    const worker = await running;
    worker.post({ id: 0, method: 'start', args: [{ ...wasm, wasmBinary }, tabs] });
    if (tabs) this.#forget = watchPage((event) => worker.post({ id: 0, method: event, args: [] }));
    return worker;
  }

  /** @param {import('./port.js').Answer} answer */
  #answered({ id, value, error }) {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#worker?.then((worker) => this.#rest(worker));
    if (error) waiting?.reject(unpackError(error));
    else waiting?.resolve(value);
  }

  /** @param {RunningWorker} worker */
  #rest(worker) {
    if (this.#waiting.size === 0) worker.keepAlive(false);
  }

  /**
   * The file is as after a crash: what was answered is in it. The next call starts another worker.
   *
   * @param {Promise<RunningWorker> | undefined} starting
   * @param {string} why
   * @param {unknown} [cause]
   */
  #died(starting, why, cause) {
    if (starting !== this.#worker) return;
    this.#worker = undefined;
    this.#forget();
    starting?.then((worker) => worker.end()).catch(() => {});
    const message = `the engine's worker stopped: ${why}; the next call starts another`;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) {
      reject(new MilvusException(Code.ServiceInternal, message, { cause }));
    }
  }

  async #close() {
    const starting = this.#worker;
    if (!starting) return;
    try {
      await this.#ask('close', []);
    } finally {
      this.#forget();
      this.#worker = undefined;
      await starting.then((worker) => worker.end()).catch(() => {});
    }
  }
}

/**
 * @param {string | URL | undefined} url
 * @param {WorkerEvents} events
 * @returns {RunningWorker | Promise<RunningWorker>}
 */
function startWorker(url, events) {
  if (isNode) return startNodeWorker(url === undefined ? nodeWorkerScript() : new URL(url), events);
  const worker = url === undefined ? startPackageWorker() : startScript(new URL(url));
  worker.onmessage = ({ data }) => events.onMessage(data);
  worker.onmessageerror = () => events.onDeath('a message cannot be read');
  worker.onerror = (event) => {
    event.preventDefault?.();
    events.onDeath(event.message || 'its script cannot be loaded');
  };
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    keepAlive() {},
    async end() {
      worker.onmessage = worker.onerror = worker.onmessageerror = null;
      worker.terminate();
    },
  };
}

/**
 * A worker of a script, also of another origin, which a browser starts only in this roundabout way.
 *
 * @param {URL} url
 */
function startScript(url) {
  if (url.origin === globalThis.location.origin) return new Worker(url, { type: 'module' });
  const text = `import ${JSON.stringify(url.href)};`;
  const blob = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  return new Worker(blob, { type: 'module' });
}

/**
 * A page that goes out of sight for good, or into a cache, lets others have the database, and asks
 * for it again when it comes back.
 *
 * @param {(event: 'suspend' | 'resume') => void} tell
 * @returns {() => void}  ends it
 */
function watchPage(tell) {
  const page = globalThis.document;
  if (!page) return () => {};
  const ending = new AbortController();
  const options = { capture: true, signal: ending.signal };
  addEventListener('pagehide', () => tell('suspend'), options);
  addEventListener('pageshow', () => tell('resume'), options);
  page.addEventListener('freeze', () => tell('suspend'), options);
  page.addEventListener('resume', () => tell('resume'), options);
  return () => ending.abort();
}
