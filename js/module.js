// Finds and compiles the WebAssembly module, once.

import { builtin, isNode } from '../wasm/node.js';

/** @typedef {WebAssembly.Module | ArrayBuffer | ArrayBufferView<ArrayBuffer>} WasmBinary */

const IN_PACKAGE = new URL('../dist/milvus_lite.wasm', import.meta.url);
// not by import.meta.url: a bundler would look for a file that no package has
const IN_REPOSITORY = new URL(IN_PACKAGE.href.replace(/dist(\/[^/]+)$/, 'build$1'));

/** @type {Promise<WebAssembly.Module> | undefined} */
let ours;

/**
 * The compiled module: of `binary` when given, else of the file that comes with this package.
 *
 * @param {WasmBinary} [binary]
 * @returns {Promise<WebAssembly.Module>}
 */
export async function loadModule(binary) {
  if (binary instanceof WebAssembly.Module) return binary;
  if (binary !== undefined) return WebAssembly.compile(binary);
  ours ??= isNode ? compileFile() : compileDownload();
  try {
    return await ours;
  } catch (error) {
    ours = undefined; // the next call tries again
    throw error;
  }
}

async function compileFile() {
  const { existsSync, readFileSync } = await builtin('node:fs');
  // Where both stand, this is the repository, and what was built last is meant.
  return WebAssembly.compile(readFileSync(existsSync(IN_REPOSITORY) ? IN_REPOSITORY : IN_PACKAGE));
}

async function compileDownload() {
  let response = await fetch(IN_PACKAGE);
  if (!response.ok) response = await fetch(IN_REPOSITORY);
  if (!response.ok) throw new Error(`${IN_PACKAGE}: ${response.status} ${response.statusText}`);
  return response.headers.get('content-type') === 'application/wasm'
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}
