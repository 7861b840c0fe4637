// Which storage a browser takes, what a client says of it, and files that travel.
import { MilvusClient } from '/js/index.js';
import { WasmTransport } from '/js/transport_wasm.js';

const wasm_url = '/build/milvus_lite.wasm';
export const NO_OPFS = '/tests/browser/page/no_opfs_worker.js';
const row = { id: 1, vector: [1, 2, 3], text: 'kept' };

const openFor = async (options, work) => {
  const client = new MilvusClient({ wasm_url, ...options });
  try {
    return await work(client);
  } catch (error) {
    return { name: error.name, code: error.code, message: error.message };
  } finally {
    await client.close().catch(() => {});
  }
};

export const storageOf = (options) => openFor(options, (client) => client.storage());

export const fill = (options) =>
  openFor(options, async (client) => {
    await client.create_collection({ collection_name: 'c', dimension: 3 });
    await client.insert('c', [row]);
    return client.storage();
  });

export const rowsOf = (options) => openFor(options, (client) => client.get({ collection_name: 'c', ids: [1], output_fields: ['text'] }));

/** What a page without a worker takes. */
export const storageInPage = (uri) =>
  openFor({ transport: new WasmTransport({ storage: { uri }, open: { durability: 'full' }, wasmUrl: new URL(wasm_url, location.href).href }), wasm_url: undefined }, (client) => client.storage());

const toText = (bytes) => {
  let text = '';
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
};
export const exported = (options) => openFor(options, async (client) => toText(await client.export_db()));
export const imported = (options, text) => openFor(options, async (client) => {
  await client.import_db(new Blob([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))]));
  return client.list_collections();
});

/** A file as OPFS itself has it. */
export async function opfsFile(name) {
  const root = await navigator.storage.getDirectory();
  const file = await (await root.getFileHandle(name)).getFile();
  return toText(new Uint8Array(await file.arrayBuffer()));
}

export async function opfsNames() {
  const names = [];
  for await (const name of (await navigator.storage.getDirectory()).keys()) names.push(name);
  return names.sort();
}

/** A file beside the databases, of so many bytes; none at all for 0. */
export async function fillRoom(bytes) {
  const root = await navigator.storage.getDirectory();
  if (bytes === 0) return root.removeEntry('filling');
  const stream = await (await root.getFileHandle('filling', { create: true })).createWritable();
  await stream.write(new Uint8Array(bytes));
  return stream.close();
}

const wide = (id) => ({ id, vector: Float32Array.from({ length: 1024 }, (_, d) => Math.sin(id * (d + 1))) });
let held;
/** Inserts until there is no room. */
export async function untilFull(options) {
  held = new MilvusClient({ wasm_url, ...options });
  await held.create_collection({ collection_name: 'c', dimension: 1024 });
  for (let i = 0; ; i++) {
    try {
      await held.insert('c', Array.from({ length: 250 }, (_, k) => wide(i * 250 + k)));
    } catch ({ code, message }) {
      return { inserted: i * 250, code, message };
    }
    if (i === 400) throw new Error('it never was full');
  }
}
/** Of so many rows, how many are there, and as they were written. */
export async function wholeRows(n) {
  const rows = await held.get({ collection_name: 'c', ids: Array.from({ length: n }, (_, id) => id), output_fields: ['vector'] });
  return rows.filter((row) => String(row.vector) === String(wide(row.id).vector)).length;
}
export const goOn = (id) => held.insert('c', [wide(id)]).then(({ insert_count }) => insert_count);
/** What a client finds that opens the database anew. */
export async function reopened(options) {
  await held.close();
  held = new MilvusClient({ wasm_url, ...options });
  return held.get_collection_stats('c');
}

let open;
/** A client that stays open while the user clears the site's data, and what it says afterwards. */
export async function stayOpen(options) {
  open = new MilvusClient({ wasm_url, ...options });
  await open.create_collection({ collection_name: 'c', dimension: 3 });
  await open.insert('c', [row]);
}
/** It is not looked after the file at every write, but soon. */
export async function afterwards() {
  for (const start = performance.now(); performance.now() - start < 1000; ) {
    try {
      await open.insert('c', [{ ...row, id: 2 }]);
    } catch ({ name, message }) {
      return `${name}: ${message}`;
    }
  }
  return 'answered';
}
