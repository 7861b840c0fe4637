// hnswlib-wasm, which is for browsers: it gets a window and a fetch that reads files, and does without its IndexedDB.

import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { secondsSince } from '../report.mjs';
import { K, PEERS } from '../settings.mjs';
import { given, serve } from './driver.mjs';

const { dim, base, metric, M, efConstruction } = given;
const SEED = 100;

globalThis.window = globalThis;
globalThis.document = { currentScript: { src: '' } };
globalThis.fetch = async (url) =>
  new Response(fs.readFileSync(new URL(url)), { headers: { 'content-type': 'application/wasm' } });
globalThis.indexedDB = {
  open() {
    throw new Error('there is no IndexedDB');
  },
};
for (const name of ['log', 'warn', 'error', 'debug', 'info']) console[name] = () => {}; // stdout is for replies

const { loadHnswlib } = await import(pathToFileURL(path.join(PEERS, 'hnswlib-wasm/dist/hnswlib.js')).href);
const library = await loadHnswlib();
const graph = new library.HierarchicalNSW(metric === 'L2' ? 'l2' : 'ip', dim, '');

await serve({
  build: async () => {
    const n = base.length / dim;
    const start = performance.now();
    graph.initIndex(n, M, efConstruction, SEED);
    for (let row = 0; row < n; row++) graph.addPoint(base.subarray(row * dim, (row + 1) * dim), row, false);
    return secondsSince(start);
  },
  prepare: (ef) => graph.setEfSearch(ef),
  search: (query) => graph.searchKnn(query, K, undefined),
  rows: ({ neighbors }) => neighbors,
});
