// Where the suites keep their databases in a browser; stands in for conformance/places.js.
import { MilvusClient } from '/js/index.js';

let n = 0;
const stamp = Math.random().toString(36).slice(2);

const place = (scheme) => () => {
  const uri = `${scheme}:suites/${stamp}-${++n}.db`;
  return { open: (options) => new MilvusClient({ uri, wasm_url: '/build/milvus_lite.wasm', ...options }), remove() {} };
};

export const opfs = { name: 'in OPFS', kind: 'opfs', lasts: true, place: place('opfs') };
export const idb = { name: 'in IndexedDB', kind: 'idb', lasts: true, place: place('idb') };
export const memory = {
  name: 'in memory',
  kind: 'memory',
  lasts: false,
  place: () => ({ open: (options) => new MilvusClient({ uri: ':memory:', wasm_url: '/build/milvus_lite.wasm', ...options }), remove() {} }),
};
export const KINDS = { opfs, idb, memory };

/** Where a test that was loaded for one kind of storage keeps what it keeps in a file of Node, there. */
export const nodeFile = KINDS[new URL(import.meta.url).searchParams.get('in')];
export const storages = [nodeFile];

export function placeFor(t, storage) {
  const { open, remove } = storage.place();
  const clients = [];
  t.after(async () => {
    for (const client of clients) await client.close().catch(() => {});
  });
  return {
    remove,
    open(options) {
      const client = open(options);
      clients.push(client);
      return client;
    },
  };
}

export const clientFor = (t, storage, options) => placeFor(t, storage).open(options);
