// Finds and compiles the WebAssembly module, once.

import { builtin, isNode } from '../wasm/node.js';
import { moduleInside, wasmInPackage } from './assets.js';

/** @typedef {WebAssembly.Module | ArrayBuffer | ArrayBufferView<ArrayBuffer>} WasmBinary */

/**
 * Compiled modules by their address; '' is the package's own.
 *
 * @type {Map<string, Promise<WebAssembly.Module>>}
 */
const compiled = new Map();

/**
 * The compiled module: of `binary` or at `url` when given, else of the file that comes with this package.
 *
 * @param {WasmBinary} [binary]
 * @param {string} [url]
 * @returns {Promise<WebAssembly.Module>}
 */
export async function loadModule(binary, url = '') {
  if (binary instanceof WebAssembly.Module) return binary;
  if (binary !== undefined) return WebAssembly.compile(binary);
  let module = compiled.get(url);
  if (!module) {
    module = compileAt(url);
    compiled.set(url, module);
  }
  try {
    return await module;
  } catch (error) {
    compiled.delete(url); // the next call tries again
    throw error;
  }
}

/** @param {string} url */
async function compileAt(url) {
  const given = url === '' ? await moduleInside() : undefined;
  if (given) return given;
  const places = url === '' ? placesOf(wasmInPackage()) : [new URL(url)];
  const isFile = isNode && places[0].protocol === 'file:';
  return isFile ? compileFile(places) : compileDownload(places);
}

/**
 * The repository comes first where it and a package stand: what was built last is meant.
 *
 * @param {URL} inPackage
 */
function placesOf(inPackage) {
  // not by import.meta.url: a bundler would look for a file that no package has
  const inRepository = new URL(inPackage.href.replace(/dist(\/[^/]+)$/, 'build$1'));
  return isNode ? [inRepository, inPackage] : [inPackage, inRepository];
}

/** @param {URL[]} places */
async function compileFile(places) {
  const { existsSync, readFileSync } = await builtin('node:fs');
  return WebAssembly.compile(readFileSync(places.find((place) => existsSync(place)) ?? places[0]));
}

/** @param {URL[]} places */
async function compileDownload([first, second]) {
  let response = await fetch(first);
  if (!response.ok && second && second.href !== first.href) response = await fetch(second);
  if (!response.ok) throw new Error(`${first}: ${response.status} ${response.statusText}`);
  return response.headers.get('content-type') === 'application/wasm'
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}
