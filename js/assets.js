// Where the files are that go with this package's JavaScript. Bundlers know these two forms; in the
// build of a single file wasm/build/single_assets.mjs stands in place of this one.

/**
 * The compiled module, where it is inside the JavaScript. Here it is not.
 *
 * @returns {Promise<WebAssembly.Module | undefined>}
 */
export async function moduleInside() {
  return undefined;
}

/** The module in the package. */
export function wasmInPackage() {
  return new URL('../dist/milvus_lite.wasm', import.meta.url);
}

/** @returns {Worker} */
export function startPackageWorker() {
  return new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'milvus-lite' });
}

/** The script of a worker of Node, which no bundler should look for. */
export function nodeWorkerScript() {
  const here = import.meta.url;
  return new URL('worker.js', here);
}
