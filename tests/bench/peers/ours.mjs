// Ours, through the client: one query a call. Own arguments: INDEX_TYPE [FILE].

const memories = [];
/** The client does not show its memory. */
globalThis.WebAssembly.Memory = class extends WebAssembly.Memory {
  constructor(descriptor) {
    super(descriptor);
    memories.push(this);
  }
};

const { MilvusClient } = await import('../../../js/index.js');
const { insertAll, makeIndex, idsOf, NAME } = await import('../collection.mjs');
const { secondsSince } = await import('../report.mjs');
const { K } = await import('../settings.mjs');
const { given, serve } = await import('./driver.mjs');

const { dim, base, metric, own } = given;
const [indexType, uri = ':memory:'] = own;
const client = new MilvusClient(uri);

await serve({
  build: async () => {
    if (await client.has_collection(NAME)) {
      await client.load_collection(NAME);
      return 'kept';
    }
    const row = (i) => base.subarray(i * dim, (i + 1) * dim);
    await insertAll(client, { n: base.length / dim, dim, metric, row });
    const start = performance.now();
    await makeIndex(client, indexType, metric);
    return secondsSince(start);
  },
  search: (query, ef) => client.search({ collection_name: NAME, data: [query], limit: K, search_params: { ef } }),
  rows: ([hits]) => idsOf(hits),
  memory: () => memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0),
  close: () => client.close(),
});
