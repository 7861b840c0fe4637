// LlamaIndex's Milvus vector store against serve(). Prints 'done' at the end.
//
//     node llamaindex.cjs <folder with the packages> <address>
const assert = require('node:assert/strict');
const { createRequire } = require('node:module');
const { join } = require('node:path');
const [folder, url] = process.argv.slice(2);
const from = createRequire(join(folder, 'package.json'));
const { MilvusVectorStore } = from('@llamaindex/milvus');
const { TextNode } = from('@llamaindex/core/schema');
const { VectorStoreQueryMode } = from('@llamaindex/core/vector-store');

const DIM = 1536; // the store knows no other
const unit = (at) => Array.from({ length: DIM }, (_, i) => (i === at ? 1 : 0));

async function main() {
  const embeddingModel = { getTextEmbedding: async () => unit(0) };
  const store = new MilvusVectorStore({ collection: 'llama', params: { configOrAddress: url }, embeddingModel });
  const nodes = ['zero', 'one', 'two'].map(
    (text, i) => new TextNode({ id_: `node-${i}`, text, embedding: unit(i), metadata: { number: i, even: String(i % 2 === 0) } }),
  );
  assert.deepEqual(await store.add(nodes), ['node-0', 'node-1', 'node-2']);
  const query = { queryEmbedding: unit(1), similarityTopK: 2, mode: VectorStoreQueryMode.DEFAULT };
  const found = await store.query(query);
  assert.equal(found.ids[0], 'node-1');
  assert.equal(found.nodes[0].metadata.number, 1);
  const filters = { filters: [{ key: 'even', value: 'true', operator: '==' }] };
  const even = await store.query({ ...query, similarityTopK: 5, filters });
  assert.deepEqual([...even.ids].sort(), ['node-0', 'node-2']);
  await store.delete('node-0');
  assert.equal((await store.query({ ...query, similarityTopK: 5 })).ids.length, 2);
}

main().then(() => {
  console.log('done');
  process.exit(0);
}, (error) => {
  console.error(error);
  process.exit(1);
});
