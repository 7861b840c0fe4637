import { MilvusClient } from '/js/index.js';
import { DIM, K } from './job.js';

/** @param {string} uri */
export const clientOf = (uri) => new MilvusClient({ uri, wasm_url: '/build/milvus_lite.wasm' });

/** @type {MilvusClient} */
let client;

/** @type {import('./job.js').Engine} */
export const engine = {
  async open(place) {
    client = clientOf(`${place}:bench.db`);
    if (await client.has_collection('bench')) return;
    await client.create_collection({ collection_name: 'bench', dimension: DIM });
  },
  async insert(rows) {
    await client.insert('bench', rows);
  },
  async nearest(vector) {
    const [[{ id }]] = await client.search('bench', [vector], { limit: K });
    return Number(id);
  },
  close: () => client.close(),
};
