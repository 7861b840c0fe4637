// backup, verify and compact: of the file as a whole.

import { createWriteStream, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { withDatabase } from './cli_database.js';
import { printJson, sizeText } from './cli_terminal.js';
import { Code } from './constants.js';

/** @param {import('./cli_commands.js').Context} context */
export async function backup({ values, positionals: [file, copy], signal, progress }) {
  if (resolve(file) === resolve(copy)) throw new Error('the copy must be another file');
  if (existsSync(copy) && !values.force) throw new Error(`'${copy}' exists; --force replaces it`);
  const partial = `${copy}.partial`;
  await withDatabase(file, {}, async (client) => {
    progress.begin(`backup ${file}`, 'bytes');
    const stream = await client.export_db({
      format: 'stream',
      signal,
      on_progress: ({ done, total }) => progress.at(done, total),
    });
    try {
      const source = Readable.fromWeb(/** @type {any} */ (stream));
      await pipeline(source, createWriteStream(partial, { flush: true }));
      renameSync(partial, copy);
    } catch (error) {
      rmSync(partial, { force: true });
      throw error;
    }
  });
  progress.end();
  const { size: bytes } = statSync(copy);
  if (values.json) printJson({ file, copy, bytes });
  else console.log(`${copy}: ${sizeText(bytes)}`);
}

/** @param {import('./cli_commands.js').Context} context */
export async function verify({ values, positionals: [file] }) {
  const { collections, damage } = await withDatabase(file, { readOnly: true }, (client) =>
    client.verify(),
  ).catch((error) => {
    if (error.code !== Code.DataDamaged) throw error;
    return { collections: undefined, damage: [error.message] }; // it cannot even be opened
  });
  if (values.json) printJson({ file, ok: damage.length === 0, collections, damage });
  else if (damage.length === 0) console.log(`${file} is whole: ${collections} collections`);
  else for (const line of damage) console.log(`${file}: ${line}`);
  return damage.length === 0 ? 0 : 1;
}

/** @param {import('./cli_commands.js').Context} context */
export async function compact({ values, positionals: [file] }) {
  const before = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  await withDatabase(file, {}, (client) => client.compact());
  const after = statSync(file).size;
  if (values.json) printJson({ file, before, after });
  else console.log(`${file}: ${sizeText(before)}, now ${sizeText(after)}`);
}
