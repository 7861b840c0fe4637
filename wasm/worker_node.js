// Threads of Node, from both ends.

import { builtin } from './node.js';

/**
 * @typedef {object} WorkerEvents
 * @property {(message: any) => void} onMessage
 * @property {(why: string, cause?: unknown) => void} onDeath  once, and not after end()
 */

/**
 * A worker from the outside.
 *
 * @typedef {object} RunningWorker
 * @property {(message: object, transfer?: Transferable[]) => void} post
 * @property {(isBusy: boolean) => void} keepAlive  whether the program must not end before it
 * @property {() => Promise<void>} end
 */

/**
 * @param {URL} script
 * @param {WorkerEvents} events
 * @returns {Promise<RunningWorker>}
 */
export async function startNodeWorker(script, { onMessage, onDeath }) {
  const { Worker } = await builtin('node:worker_threads');
  // A program given on the command line is of an --input-type, the worker is a file. Else the flags are left out here:
  // a worker inherits all of them, but may be given none of V8's, as --max-old-space-size.
  const isText = process.execArgv.some((flag) => flag.startsWith('--input-type'));
  const worker = new Worker(script, isText ? { execArgv: [] } : {});
  let hasEnded = false;
  /** @type {typeof onDeath} */
  const die = (why, cause) => {
    if (hasEnded) return;
    hasEnded = true;
    onDeath(why, cause);
  };
  worker.on('message', onMessage);
  worker.on('messageerror', (error) => die(error.message, error));
  worker.on('error', (error) => die(error.message, error));
  worker.on('exit', (code) => die(`it has exited with code ${code}`));
  return {
    post: (message, transfer) => worker.postMessage(message, /** @type {any} */ (transfer)),
    keepAlive: (isBusy) => (isBusy ? worker.ref() : worker.unref()),
    async end() {
      hasEnded = true;
      await worker.terminate();
    },
  };
}

/**
 * The end inside the worker. What was sent before it listens waits for it.
 *
 * @param {(message: any) => void} onMessage
 * @returns {Promise<(message: object, transfer: Transferable[]) => void>}  sends a message
 */
export async function nodeWorkerPort(onMessage) {
  const { parentPort } = await builtin('node:worker_threads');
  if (!parentPort) throw new Error('this file is to be run in a worker');
  parentPort.on('message', onMessage);
  return (message, transfer) => parentPort.postMessage(message, /** @type {any} */ (transfer));
}
