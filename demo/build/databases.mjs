// Makes each corpus a database, ready to be imported.     Usage: node databases.mjs FOLDER
//
// CORPUS.db    the rows of CORPUS.json with the vectors of CORPUS.i8, or, where there are none, lexical ones
// index.json   what the page shows of them before they are loaded
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MilvusClient } from '../../js/index.js';
import { corpora } from '../corpora.js';
import { lexical } from '../embedders/lexical.js';
import { minilm } from '../embedders/minilm.js';
import { codesOf } from '../embedders/quantise.js';
import { makeShelf } from '../shelves.js';

const INSERTED_AT_ONCE = 5000;

const folder = resolve(process.argv[2]);
const indexPath = join(folder, 'index.json');
const before = existsSync(indexPath) ? JSON.parse(readFileSync(indexPath, 'utf8')) : {};
const index = {};

for (const corpus of corpora) {
  const path = (suffix) => join(folder, `${corpus.name}.${suffix}`);
  if (!existsSync(path('json'))) continue;
  const json = readFileSync(path('json'));
  const vectors = existsSync(path('i8')) ? readFileSync(path('i8')) : undefined;
  const version = createHash('sha256').update(json).update(vectors ?? '').update(JSON.stringify(corpus.index ?? {})).digest('hex').slice(0, 16);
  const same = before[corpus.name]?.version === version && existsSync(path('db'));
  index[corpus.name] = same ? before[corpus.name] : await make(corpus, JSON.parse(String(json)).rows, vectors, version, path('db'));
}
writeFileSync(indexPath, `${JSON.stringify(index, null, 2)}\n`);

async function make(corpus, rows, vectors, version, path) {
  for (const suffix of ['', '-wal', '-lock']) rmSync(path + suffix, { force: true });
  const embedder = vectors ? minilm : lexical;
  const client = new MilvusClient(path);
  await makeShelf(client, { ...corpus, name: corpus.collection, embedder, version, quantised: true });
  for (let at = 0; at < rows.length; at += INSERTED_AT_ONCE) {
    const part = rows.slice(at, at + INSERTED_AT_ONCE);
    const codes = vectors ? codesIn(vectors, rows.length, at, part.length) : (await lexical.embed(part.map(({ title, text }) => `${title}: ${text}`))).map(codesOf);
    await client.insert({ collection_name: corpus.collection, data: part.map((row, i) => ({ ...row, vector: codes[i] })) });
  }
  await client.create_index({ collection_name: corpus.collection, index_params: [{ field_name: 'vector', ...corpus.index }] }); // waits for it
  await client.compact();
  await client.close();
  return { rows: rows.length, bytes: statSync(path).size, embedder: embedder.name, version };
}

/** Of n rows: n float32 scales, then n x dim codes. Distances by angle need no scale. */
function codesIn(data, n, at, count) {
  const { dim } = minilm;
  if (data.length !== n * (4 + dim)) throw new Error(`the vectors are not those of ${n} rows`);
  return Array.from({ length: count }, (_, i) => {
    const from = 4 * n + (at + i) * dim;
    return new Int8Array(data.buffer, data.byteOffset + from, dim);
  });
}
