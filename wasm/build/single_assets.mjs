// js/assets.js in the build of a single file: everything is inside.

import wasmText from 'text:wasm'; // gzip, base64
import workerText from 'text:worker';

let compiled;

export function moduleInside() {
  compiled ??= compile();
  return compiled;
}

async function compile() {
  const bytes = Uint8Array.from(atob(wasmText), (letter) => letter.charCodeAt(0));
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return WebAssembly.compile(await new Response(unpacked).arrayBuffer());
}

export function wasmInPackage() {
  throw new Error('the module is inside');
}

/** Of this file, which a strict policy allows; of a copy of its text where this is another file's part. */
export function startPackageWorker() {
  const { origin, pathname } = new URL(import.meta.url);
  const isAlone = pathname.endsWith('/milvus_lite.single.js') && origin === globalThis.location.origin;
  const copy = () => URL.createObjectURL(new Blob([workerText], { type: 'text/javascript' }));
  return new Worker(isAlone ? here('#worker') : copy(), { type: 'module', name: 'milvus-lite' });
}

export function nodeWorkerScript() {
  // Node's own workers drop what is behind a ? or #
  return new URL(`data:text/javascript,import${encodeURIComponent(JSON.stringify(here('?worker').href))}`);
}

/** This file, in its other part; a browser need not fetch it again for what is behind a #. */
function here(part) {
  const url = import.meta.url;
  return new URL(part, url);
}
