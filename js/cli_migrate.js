// migrate: everything from a file to a server, or the other way round. What is done is noted in a file, so that an
// interrupted migration goes on where it was.

import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { definitionOf, pagesOf, partitionsOf, plainRows, primaryOf } from './cli_database.js';
import { countText } from './cli_terminal.js';
import { integer, UsageError } from './cli_usage.js';
import { MilvusClient } from './index.js';
import { readJson, writeJson } from './json.js';

/** @typedef {Record<string, any>} Dict */

const SAMPLE = 50;
/** The property that has keys taken as they are where they would be made. */
const KEEPS_KEYS = 'allow_insert_auto_id';
const isServer = (/** @type {string} */ address) => /^https?:\/\//i.test(address);

/** @param {import('./cli_commands.js').Context} context */
export async function run({ values, positionals: [from, to], signal, progress }) {
  if (from === to) throw new UsageError('a database cannot be migrated to itself');
  if (!isServer(from) && !existsSync(from)) throw new Error(`'${from}' does not exist`);
  const batch = integer('batch', values.batch, { least: 1, most: 16384, fallback: 500 });
  const file = [to, from].find((address) => !isServer(address)) ?? 'milvus';
  const notes = new Notes(values.notes ?? `${file}.migration`, { from, to });
  const source = new MilvusClient({ uri: from, read_only: !isServer(from), token: tokenFor(from, values['from-token']) });
  const target = new MilvusClient({ uri: to, token: tokenFor(to, values.token) });
  try {
    const report = [];
    const existing = await target.list_databases();
    for (const database of await source.list_databases()) {
      if (!existing.includes(database)) await target.create_database({ db_name: database });
      await source.use_database(database);
      await target.use_database(database);
      for (const name of await source.list_collections()) {
        const migration = new Migration({ source, target, database, name, batch, notes, signal, progress });
        report.push(await migration.run());
      }
    }
    progress.end();
    const ok = report.every(({ problems }) => problems.length === 0);
    if (ok) notes.remove();
    if (values.json) console.log(JSON.stringify({ from, to, ok, collections: report }));
    else for (const line of report.flatMap(reportLines)) console.log(line);
    return ok ? 0 : 1;
  } finally {
    await source.close();
    await target.close();
  }
}

/**
 * @param {string} address
 * @param {string} [given]
 */
const tokenFor = (address, given) => (isServer(address) ? (given ?? process.env.MILVUS_TOKEN) : undefined);

/** @param {{ database: string, collection: string, rows: number, problems: string[] }} collection */
function reportLines({ database, collection, rows, problems }) {
  const name = database === 'default' ? collection : `${database}/${collection}`;
  if (problems.length === 0) return [`${name}: ${countText(rows)} rows, the same on both sides`];
  return problems.map((problem) => `${name}: ${problem}`);
}

/** What has been done, in a file. */
class Notes {
  #file;
  /** @type {{ from: string, to: string, done: Dict }} */
  #notes;

  /**
   * @param {string} file
   * @param {{ from: string, to: string }} addresses
   */
  constructor(file, { from, to }) {
    this.#file = file;
    this.#notes = { from, to, done: {} };
    if (!existsSync(file)) return;
    const found = readJson(readFileSync(file, 'utf8'));
    if (found.from !== from || found.to !== to) {
      throw new Error(`'${file}' is of a migration from ${found.from} to ${found.to}: give --notes another file, or remove it`);
    }
    this.#notes = found;
  }

  /** @param {string} what  @returns {any} */
  get(what) {
    return this.#notes.done[what];
  }

  /**
   * @param {string} what
   * @param {unknown} state
   */
  set(what, state) {
    this.#notes.done[what] = state;
    writeFileSync(`${this.#file}.new`, String(writeJson(this.#notes)), { flush: true });
    renameSync(`${this.#file}.new`, this.#file);
  }

  remove() {
    rmSync(this.#file, { force: true });
  }
}

/** Of one collection. */
class Migration {
  #p;

  /**
   * @param {object} p
   * @param {MilvusClient} p.source
   * @param {MilvusClient} p.target
   * @param {string} p.database
   * @param {string} p.name
   * @param {number | undefined} p.batch  entities a request
   * @param {Notes} p.notes
   * @param {AbortSignal} p.signal
   * @param {import('./cli_terminal.js').Progress} p.progress
   */
  constructor(p) {
    this.#p = p;
  }

  async run() {
    const { source, target, database, name, notes, signal } = this.#p;
    signal.throwIfAborted();
    const definition = await definitionOf(source, name);
    const key = `${database}/${name}`;
    if (!definition.loaded) await source.load_collection(name);
    const state = notes.get(key);
    const exists = state !== 'created' && (await target.has_collection(name));
    if (state === undefined && exists) {
      throw new Error(`'${name}' exists in ${database} already: drop it, or migrate to another database`);
    }
    if (state !== 'created') {
      notes.set(key, 'creating'); // one that is found here the next time was made by this migration
      if (!exists) await this.#create(definition);
      notes.set(key, 'created');
    }
    await this.#copyRows(definition, key, { isResumed: state === 'created' });
    await this.#makeSearchable(definition);
    if (primaryOf(definition.schema).auto_id && !Object.hasOwn(definition.properties ?? {}, KEEPS_KEYS)) {
      await target.drop_collection_properties(name, [KEEPS_KEYS]);
    }
    await this.#copyAliases();
    const compared = await this.#compare(definition);
    if (!definition.loaded) {
      await target.release_collection(name);
      await source.release_collection(name);
    }
    return { database, collection: name, ...compared };
  }

  /** @param {import('./cli_database.js').Definition} definition */
  async #create({ name, schema, properties = {} }) {
    const isAuto = Boolean(primaryOf(schema).auto_id);
    const all = isAuto ? { ...properties, [KEEPS_KEYS]: 'true' } : properties; // keys stay as they are
    const given = Object.keys(all).length > 0 ? { properties: all } : {};
    await this.#p.target.create_collection({ collection_name: name, schema, ...given });
  }

  /** @param {import('./cli_database.js').Definition} definition */
  async #makeSearchable({ name, indexes }) {
    const { target } = this.#p;
    if (indexes.length > 0) await target.create_index({ collection_name: name, index_params: indexes });
    await target.load_collection(name);
  }

  /**
   * @param {import('./cli_database.js').Definition} definition
   * @param {string} key
   * @param {{ isResumed: boolean }} how
   */
  async #copyRows(definition, key, { isResumed }) {
    const { source, target, name, batch, notes, signal, progress } = this.#p;
    const { schema } = definition;
    const primary = primaryOf(schema);
    const made = (schema.functions ?? []).flatMap((/** @type {Dict} */ f) => f.output_field_names);
    const partitions = await partitionsOf(source, definition);
    const there = await target.list_partitions(name);
    const { row_count: total } = await source.get_collection_stats(name);
    progress.begin(`migrate ${name}`, 'rows', total);
    // A batch that was written and not noted comes again. A server keeps a key that is inserted twice two times.
    let mayBeThere = isResumed && Boolean(primary.auto_id);
    if (mayBeThere) await this.#makeSearchable(definition);
    let done = 0;
    for (const partition of partitions) {
      if (partition && !there.includes(partition)) {
        await target.create_partition({ collection_name: name, partition_name: partition });
      }
      const what = `${key}/${partition ?? ''}`;
      const after = notes.get(what);
      for await (const rows of pagesOf(source, definition, { batch, after, partition })) {
        signal.throwIfAborted();
        const missing = mayBeThere ? await this.#missing(rows, primary.name) : rows;
        mayBeThere &&= missing.length < rows.length;
        const data = missing.map((row) => without(row, made));
        const request = { collection_name: name, data, ...(partition && { partition_name: partition }) };
        if (data.length > 0) await (primary.auto_id ? target.insert(request) : target.upsert(request));
        notes.set(what, rows[rows.length - 1][primary.name]);
        progress.at((done += rows.length));
      }
    }
  }

  /**
   * The rows that the target does not have.
   *
   * @param {Dict[]} rows
   * @param {string} key  the primary field
   */
  async #missing(rows, key) {
    const { target, name } = this.#p;
    const ids = rows.map((row) => row[key]);
    const found = await target.get({ collection_name: name, ids, output_fields: [key], consistency_level: 'Strong' });
    const there = new Set(found.map((row) => row[key]));
    return rows.filter((row) => !there.has(row[key]));
  }

  async #copyAliases() {
    const { source, target, name } = this.#p;
    const { aliases } = await source.list_aliases({ collection_name: name });
    const { aliases: there } = await target.list_aliases({ collection_name: name });
    for (const alias of aliases) {
      if (!there.includes(alias)) await target.create_alias({ collection_name: name, alias });
    }
  }

  /**
   * Counts on both sides, and compares some rows.
   *
   * @param {import('./cli_database.js').Definition} definition
   */
  async #compare(definition) {
    const { source, target, name } = this.#p;
    const { schema } = definition;
    const primary = primaryOf(schema).name;
    const [rows, theirs] = [await countOf(source, name), await countOf(target, name)];
    const problems = rows === theirs ? [] : [`${countText(rows)} rows, but ${countText(theirs)} in the target`];
    const plain = plainRows(schema);
    const output = { output_fields: ['*'] };
    for (const offset of new Set([0, Math.min(Math.floor(rows / 2), 16384 - SAMPLE)])) {
      const sample = await source.query({ collection_name: name, limit: SAMPLE, offset, ...output });
      if (sample.length === 0) continue;
      const found = await target.get({ collection_name: name, ids: sample.map((row) => row[primary]), ...output });
      const byKey = new Map(found.map((row) => [row[primary], plain(row)]));
      for (const row of sample) {
        if (!isDeepStrictEqual(asJson(plain(row)), asJson(byKey.get(row[primary])))) {
          problems.push(`row ${String(row[primary])} is another one in the target`);
        }
      }
    }
    return { rows, problems };
  }
}

/** @param {MilvusClient} client  @param {string} name */
async function countOf(client, name) {
  const [row] = await client.query({ collection_name: name, filter: '', output_fields: ['count(*)'] });
  return Number(row['count(*)']);
}

/** @param {Dict | undefined} row  whatever arrays its vectors are in */
const asJson = (row) => (row === undefined ? undefined : readJson(String(writeJson(row))));

/**
 * @param {Dict} row
 * @param {string[]} names
 */
function without(row, names) {
  if (names.length === 0) return row;
  return Object.fromEntries(Object.entries(row).filter(([name]) => !names.includes(name)));
}
