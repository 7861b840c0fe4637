// load: entities and collections from JSON lines.

import { createReadStream, statSync } from 'node:fs';
import { addAbortSignal, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { definitionOf, primaryOf, typedRows, withDatabase } from './cli_database.js';
import { countText } from './cli_terminal.js';
import { integer, UsageError } from './cli_usage.js';
import { readJson } from './json.js';

const BATCH_BYTES = 8 * 1024 * 1024; // of text

/** @param {import('./cli_commands.js').Context} context */
export async function run({ values, positionals: [file, from = '-'], signal, progress }) {
  const most = /** @type {number} */ (integer('batch', values.batch, { least: 1, fallback: 1000 }));
  const isFile = from !== '-';
  if (isFile && !statSync(from, { throwIfNoEntry: false })?.isFile()) {
    throw new Error(`'${from}' is not a file`);
  }
  const read = { bytes: 0 };
  const input = addAbortSignal(signal, isFile ? createReadStream(from) : process.stdin);
  const source = counted(input, read);
  progress.begin(`load ${isFile ? from : 'standard input'}`, 'bytes', isFile ? statSync(from).size : undefined);
  const counts = await withDatabase(file, { isNew: true, db: values.db }, async (client) => {
    const loader = new Loader(client, { most, name: values.collection, signal });
    for await (const { text, number } of lines(source)) {
      await loader.take(text, number);
      progress.at(read.bytes);
    }
    await loader.finish();
    return loader.counts;
  });
  progress.at(read.bytes);
  progress.end();
  if (values.json) return console.log(JSON.stringify({ file, collections: counts }));
  for (const [name, rows] of Object.entries(counts)) console.log(`${name}: ${countText(rows)} rows`);
}

class Loader {
  #client;
  #most;
  #name;
  #signal;
  /** @type {Collecting | undefined} */
  #to;
  /** @type {{ rows: Record<string, any>[], numbers: number[], bytes: number }} */
  #batch = { rows: [], numbers: [], bytes: 0 };

  /** @type {Record<string, number>}  entities by collection */
  counts = {};

  /**
   * @param {import('./index.js').MilvusClient} client
   * @param {{ most: number, name?: string, signal: AbortSignal }} options
   */
  constructor(client, { most, name, signal }) {
    this.#client = client;
    this.#most = most;
    this.#name = name;
    this.#signal = signal;
  }

  /**
   * @param {string} text
   * @param {number} number  of the line
   */
  async take(text, number) {
    if (text.trim() === '') return;
    const line = parsed(text, number);
    if (isHeader(line)) return this.#begin(line.$collection, number);
    this.#to ??= await this.#existing(number);
    if (isPartition(line)) return this.#enter(line.$partition, number);
    const { typed } = this.#to;
    this.#batch.rows.push(typed(line));
    this.#batch.numbers.push(number);
    this.#batch.bytes += text.length;
    if (this.#batch.rows.length >= this.#most || this.#batch.bytes >= BATCH_BYTES) await this.#write();
  }

  async finish() {
    await this.#write();
    if (this.#to?.isReleased) await this.#client.release_collection(this.#to.name);
  }

  /**
   * @param {import('./cli_database.js').Definition} definition
   * @param {number} number
   */
  async #begin({ name: given, schema, indexes = [], aliases = [], properties, loaded }, number) {
    await this.finish();
    const name = this.#name ?? given;
    if (this.#to?.given !== undefined && this.#name !== undefined) {
      throw new UsageError(`line ${number}: --collection ${name} is for one collection, and this is a second one`);
    }
    try {
      await this.#client.create_collection({ collection_name: name, schema, properties });
      if (indexes.length > 0) {
        await this.#client.create_index({ collection_name: name, index_params: indexes, sync: false });
      }
      await this.#client.load_collection(name);
      const { aliases: there } = await this.#client.list_aliases({ collection_name: name });
      for (const alias of aliases.filter((one) => !there.includes(one))) {
        await this.#client.create_alias({ collection_name: name, alias });
      }
    } catch (error) {
      throw at(number, error);
    }
    this.#to = { ...collecting(name, schema), given, isReleased: loaded === false };
    this.counts[name] ??= 0;
  }

  /**
   * @param {string} partition  where the rows after this go
   * @param {number} number
   */
  async #enter(partition, number) {
    await this.#write();
    const to = /** @type {Collecting} */ (this.#to);
    const name = { collection_name: to.name, partition_name: partition };
    try {
      if (!(await this.#client.has_partition(name))) await this.#client.create_partition(name);
    } catch (error) {
      throw at(number, error);
    }
    this.#to = { ...to, partition };
  }

  /** @param {number} number */
  async #existing(number) {
    if (this.#name === undefined) {
      throw new UsageError(`line ${number} is an entity, and no collection is named: give --collection`);
    }
    const { schema } = await definitionOf(this.#client, this.#name);
    this.counts[this.#name] ??= 0;
    return collecting(this.#name, schema);
  }

  async #write() {
    const { rows, numbers } = this.#batch;
    this.#signal.throwIfAborted();
    if (rows.length === 0) return;
    const { name, primary, isAuto, partition } = /** @type {Collecting} */ (this.#to);
    this.#batch = { rows: [], numbers: [], bytes: 0 };
    // keys that are given stay as they are, also where they would be made
    const hasKeys = !isAuto || rows.every((row) => row[primary] !== undefined);
    try {
      const request = { collection_name: name, data: rows, ...(partition && { partition_name: partition }) };
      await (hasKeys ? this.#client.upsert(request) : this.#client.insert(request));
    } catch (error) {
      const { row } = /** @type {any} */ (error).detail ?? {};
      throw at(numbers[row ?? 0], error);
    }
    this.counts[name] += rows.length;
  }
}

/** @typedef {{ name: string, given?: string, partition?: string, isReleased?: boolean, primary: string, isAuto: boolean, typed: ReturnType<typeof typedRows> }} Collecting */

/**
 * @param {string} name
 * @param {Record<string, any>} schema
 * @returns {Collecting}
 */
function collecting(name, schema) {
  const primary = primaryOf(schema);
  return { name, primary: primary.name, isAuto: Boolean(primary.auto_id), typed: typedRows(schema) };
}

/**
 * @param {number} number
 * @param {any} error
 */
function at(number, error) {
  error.message = `line ${number}: ${error.message}`;
  return error;
}

/**
 * @param {string} text
 * @param {number} number
 */
function parsed(text, number) {
  try {
    const value = readJson(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch (error) {
    throw new Error(`line ${number} is not JSON: ${/** @type {Error} */ (error).message}`);
  }
  throw new Error(`line ${number} is not a JSON object`);
}

/** @param {Record<string, any>} line */
function isHeader(line) {
  return typeof line.$collection === 'object' && Object.keys(line).length === 1;
}

/** @param {Record<string, any>} line */
function isPartition(line) {
  return typeof line.$partition === 'string' && Object.keys(line).length === 1;
}

/**
 * @param {AsyncIterable<Buffer>} source
 * @param {{ bytes: number }} read
 */
async function* counted(source, read) {
  for await (const piece of source) {
    read.bytes += piece.length;
    yield piece;
  }
}

/**
 * The lines of a file that may be compressed.
 *
 * @param {AsyncGenerator<Buffer>} source
 */
async function* lines(source) {
  const first = await source.next();
  if (first.done) return;
  const all = async function* () {
    yield first.value;
    yield* source;
  };
  const isCompressed = first.value[0] === 0x1f && first.value[1] === 0x8b;
  const pieces = isCompressed ? gunzipped(all()) : all();
  const decoder = new TextDecoder();
  let number = 0;
  let rest = '';
  for await (const piece of pieces) {
    const parts = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = /** @type {string} */ (parts.pop());
    for (const text of parts) yield { text, number: ++number };
  }
  rest += decoder.decode();
  if (rest !== '') yield { text: rest, number: ++number };
}

/** @param {AsyncGenerator<Buffer>} pieces */
async function* gunzipped(pieces) {
  const gunzip = createGunzip();
  const source = Readable.from(pieces, { objectMode: false });
  source.on('error', (error) => gunzip.destroy(error));
  try {
    yield* source.pipe(gunzip);
  } catch (error) {
    if (/** @type {any} */ (error).name === 'AbortError') throw error;
    throw new Error(`it cannot be decompressed: ${/** @type {Error} */ (error).message}`);
  }
}
