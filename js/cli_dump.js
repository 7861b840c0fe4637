// dump: collections as JSON lines.

import { createWriteStream, renameSync, rmSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { definitionOf, pagesOf, partitionsOf, plainRows, withDatabase } from './cli_database.js';
import { writeJson } from './json.js';

/** @param {import('./cli_commands.js').Context} context */
export async function run({ values, positionals: [file, ...names], signal, progress }) {
  const { output, filter } = values;
  const isCompressed = values.gzip || output?.endsWith('.gz');
  const counts = /** @type {Record<string, number>} */ ({});
  await withDatabase(file, { readOnly: true, db: values.db }, async (client) => {
    const all = names.length > 0 ? names : await client.list_collections();
    const lines = async function* () {
      for (const name of all) {
        yield* collectionLines(client, name, { filter, signal, progress, counts });
      }
    };
    const source = Readable.from(lines(), { objectMode: false });
    const steps = isCompressed ? [createGzip()] : [];
    const partial = `${output}.partial`;
    const target = output ? createWriteStream(partial) : process.stdout;
    try {
      await pipeline([source, ...steps, target], { end: target !== process.stdout });
      if (output) renameSync(partial, output);
    } catch (error) {
      if (output) rmSync(partial, { force: true });
      throw error;
    }
  });
  progress.end();
  if (values.json && output) console.log(JSON.stringify({ file, output, collections: counts }));
}

/**
 * @param {import('./index.js').MilvusClient} client
 * @param {string} name
 * @param {object} options
 * @param {string} [options.filter]
 * @param {AbortSignal} options.signal
 * @param {import('./cli_terminal.js').Progress} options.progress
 * @param {Record<string, number>} options.counts  of entities, filled in
 */
async function* collectionLines(client, name, { filter, signal, progress, counts }) {
  signal.throwIfAborted();
  const definition = await definitionOf(client, name);
  const { row_count: total } = await client.get_collection_stats(name);
  yield `${writeJson({ $collection: definition })}\n`;
  if (!definition.loaded) await client.load_collection(name); // the file stays as it is
  const plain = plainRows(definition.schema);
  progress.begin(`dump ${name}`, 'rows', filter ? undefined : total);
  counts[name] = 0;
  const partitions = await partitionsOf(client, definition);
  for (const partition of partitions) {
    if (partitions.length > 1) yield `${writeJson({ $partition: partition })}\n`;
    for await (const rows of pagesOf(client, definition, { filter, partition })) {
      yield rows.map((row) => `${writeJson(plain(row))}\n`).join('');
      counts[name] += rows.length;
      progress.at(counts[name]);
      signal.throwIfAborted();
    }
  }
}
