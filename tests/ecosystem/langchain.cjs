// LangChain.js' Milvus vector store against serve(). Prints 'done' at the end.
//
//     node langchain.cjs <folder with the packages> <address>
const assert = require('node:assert/strict');
const { createRequire } = require('node:module');
const { join } = require('node:path');
const [folder, url] = process.argv.slice(2);
const from = createRequire(join(folder, 'package.json'));
const { Milvus } = from('@langchain/community/vectorstores/milvus');
const { Document } = from('@langchain/core/documents');
const { Embeddings } = from('@langchain/core/embeddings');

/** Counts letters: texts of the same letters are near. */
class Letters extends Embeddings {
  async embedQuery(text) {
    const counts = new Array(26).fill(0);
    for (const letter of text.toLowerCase()) if (letter >= 'a' && letter <= 'z') counts[letter.charCodeAt(0) - 97]++;
    return counts;
  }
  embedDocuments(texts) {
    return Promise.all(texts.map((text) => this.embedQuery(text)));
  }
}

async function main() {
  const store = new Milvus(new Letters({}), { collectionName: 'chain', url });
  const documents = ['sheep graze', 'cats purr', 'dogs bark'].map(
    (pageContent, i) => new Document({ pageContent, metadata: { number: i, kind: i === 1 ? 'cat' : 'other' } }),
  );
  await store.addDocuments(documents);
  const [near] = await store.similaritySearch('purr cats', 1);
  assert.equal(near.pageContent, 'cats purr');
  assert.equal(near.metadata.number, 1);
  const scored = await store.similaritySearchWithScore('dogs bark', 2);
  assert.equal(scored[0][0].pageContent, 'dogs bark');
  assert.equal(scored[0][1], 0);
  const filtered = await store.similaritySearch('dogs bark', 3, 'kind == "cat"');
  assert.deepEqual(filtered.map(({ pageContent }) => pageContent), ['cats purr']);
  await store.delete({ filter: 'kind == "cat"' });
  assert.equal((await store.similaritySearch('cats purr', 5)).length, 2);
  const again = await Milvus.fromExistingCollection(new Letters({}), { collectionName: 'chain', url });
  assert.equal((await again.similaritySearch('sheep', 1))[0].pageContent, 'sheep graze');
}

main().then(() => {
  console.log('done');
  process.exit(0);
}, (error) => {
  console.error(error);
  process.exit(1);
});
