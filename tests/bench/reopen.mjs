// A file with an HNSW index: how large it is, and how soon and in how much memory it answers.

import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { MilvusClient } from '../../js/index.js';
import { insertAll, makeIndex, NAME } from './collection.mjs';
import { startEngine } from './engines.mjs';
import { alternate, megabytes, milliseconds, number, secondsSince, table } from './report.mjs';
import { openSet } from './sets.mjs';
import { freshFile, K, ROOT } from './settings.mjs';

export async function benchReopen() {
  const set = await openSet();
  const raw = set.n * set.dim * 4;
  const rows = [];
  for (const index of ['FLAT', 'AUTOINDEX', 'HNSW']) {
    const file = freshFile('reopen.db');
    const client = new MilvusClient(file);
    await insertAll(client, set);
    await makeIndex(client, index, set.metric);
    await client.close();
    const times = await openings(file, set);
    const memory = await memoryOf(file, set);
    rows.push([
      index,
      milliseconds(times.answer.min),
      milliseconds(times.answer.median),
      milliseconds(times.read.min),
      number(fs.statSync(file).size / raw, 3),
      megabytes(memory.wasm),
      megabytes(memory.process),
    ]);
  }
  table(
    `reopen ${set.n} x ${set.dim}: to the first answer (floor 150 ms, aim 60); file / raw vectors (limit 1.5); memory of searches`,
    rows,
    ['', 'answer', 'median', 'read file', 'file/raw', 'wasm', 'process'],
  );
}

function openings(file, set) {
  return alternate(
    {
      answer: async () => {
        const start = performance.now();
        const client = new MilvusClient(file);
        await client.search({ collection_name: NAME, data: [set.query(0)], limit: K });
        const time = secondsSince(start);
        await client.close();
        return time;
      },
      read: () => {
        const start = performance.now();
        fs.readFileSync(file);
        return secondsSince(start);
      },
    },
    5,
  );
}

/** Of a process of its own that has the queries, but no rows beside those in the database. */
async function memoryOf(file, set) {
  const engine = startEngine('HNSW', { ...set, baseFile: set.queriesFile }, { file });
  await engine.build(); // which finds the collection there
  await engine.pass(40);
  const memory = await engine.memory();
  await engine.close();
  return memory;
}

/** What a user downloads. */
export function benchDownload() {
  const gzipBytes = (files) => files.reduce((sum, file) => sum + gzipSync(fs.readFileSync(file), { level: 9 }).length, 0);
  const listed = (folder) =>
    fs.readdirSync(path.join(ROOT, folder)).filter((file) => file.endsWith('.js')).map((file) => path.join(ROOT, folder, file));
  const wasm = gzipBytes([path.join(ROOT, 'build/milvus_lite.wasm')]);
  const all = wasm + gzipBytes([...listed('js'), ...listed('wasm')]);
  const kilobytes = (bytes) => `${number(bytes / 1000, 0)} KB`;
  table('download, gzip', [['wasm', kilobytes(wasm)], ['wasm and scripts (limit 600 KB)', kilobytes(all)]]);
}
