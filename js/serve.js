// A worker's side: messages in, a transport's answers out. It knows no operation.

import { isNode } from '../wasm/node.js';
import { nodeWorkerPort } from '../wasm/worker_node.js';
import { answerWith, transferables } from './port.js';
import { TabTransport } from './tabs.js';
import { WasmTransport } from './transport_wasm.js';

/** @typedef {import('./options.js').Transport} Transport */

/** Listens at once: a browser drops what is sent before. */
export function serveWorker() {
  /** @type {Transport | TabTransport} */
  let transport;

  /** @param {import('./port.js').Question} question */
  const receive = async (question) => {
    const { method, args } = question;
    if (method === 'start') {
      const [wasm, tabs] = args;
      const open = () => new WasmTransport(wasm);
      transport = tabs ? new TabTransport(open, tabs) : open();
      return;
    }
    if (method === 'suspend' || method === 'resume') {
      if (transport instanceof TabTransport) transport[method]();
      return;
    }
    const answer = await answerWith(transport, question);
    (await post)(answer, transferables(answer.value));
  };

  const post = isNode ? nodeWorkerPort(receive) : workerPort(receive);
}

/** @param {(message: any) => void} onMessage */
function workerPort(onMessage) {
  const scope = /** @type {any} */ (globalThis);
  scope.onmessage = (/** @type {MessageEvent} */ { data }) => onMessage(data);
  return (/** @type {object} */ message, /** @type {Transferable[]} */ transfer) =>
    scope.postMessage(message, transfer);
}
