// A history: operations by chance on a machine, each compared with the model. What is proposed depends on the seed, the
// number of the operation and the model alone.
import assert from 'node:assert/strict';
import * as changes from './changes.js';
import { checkAll, checkCollection, checkFile, checkFilter, checkIterators, checkKeys, checkNames, checkRows, checkSearch } from './checks.js';
import { choices } from './choices.js';
import { World } from './model.js';
import { decks } from './schemas.js';
import * as writes from './writes.js';

/** @typedef {import('./machines.js').Machine} Machine */
/** @typedef {import('./writes.js').Operation} Operation */

/** How often each is proposed. */
const OPERATIONS = /** @type {const} */ ([
  [20, writes.insert],
  [10, writes.upsert],
  [12, writes.partialUpdate],
  [9, writes.deleteByKeys],
  [9, writes.deleteByFilter],
  [6, writes.brokenRows],
  [4, writes.brokenCall],
  [2, changes.createCollection],
  [0.5, changes.dropCollection],
  [1.5, changes.renameCollection],
  [0.5, changes.truncate],
  [1, changes.setProperties],
  [2, changes.addField],
  [2, changes.alterField],
  [4, changes.createIndex],
  [3, changes.dropIndex],
  [3, changes.createPartition],
  [2, changes.dropPartition],
  [4, changes.setLoaded],
  [2, changes.setAlias],
  [1, changes.dropAlias],
  [1, changes.changeDatabases],
  [0.5, changes.compact],
  [0.3, changes.copyAll],
]);

/**
 * @param {{ world: World, types: any, n_keys: number, seed: number, i: number }} history
 * @returns {Operation}
 */
function propose({ world, types, n_keys, seed, i }) {
  for (let attempt = 0; ; attempt++) {
    const c = choices((seed * 100_003 + i) * 31 + attempt);
    const places = world.places();
    if (places.length === 0) return /** @type {Operation} */ (changes.createCollection({ world, types, n_keys, c }));
    const place = c.one(places);
    const collection = world.at(place);
    const name = c.chance(0.3) ? c.one([place.name, ...world.aliasesOf(place)]) : place.name;
    const db = place.db_name === 'default' && c.chance(0.5) ? {} : { db_name: place.db_name };
    const ask = (client, method, params) => client[method]({ collection_name: name, ...db, ...params });
    const isFull = collection.rows.size >= collection.n_keys;
    const make = !collection.isLoaded && c.chance(0.3) ? changes.setLoaded : isFull && c.chance(0.2) ? writes.deleteByFilter : c.weighted(OPERATIONS);
    const operation = /** @type {Operation | undefined} */ (make({ world, types, n_keys, place, collection, c, ask }));
    if (operation) return operation;
  }
}

const shown = (value) =>
  JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}n` : ArrayBuffer.isView(part) ? [...part].map(Number) : part))?.slice(0, 4000);

/** Whether all is as in this world. */
async function isLike(client, world) {
  try {
    await checkAll(client, world);
    return true;
  } catch (error) {
    if (error instanceof assert.AssertionError) return false;
    throw error;
  }
}

/** The world after an operation whose answer was lost; undefined where its rows were not written. */
async function afterwards(client, world, operation) {
  const after = world.copy();
  let answer;
  if (operation.answerOf) {
    const { db_name, name: collection_name } = operation.place;
    if (!world.at(operation.place).isLoaded) await client.load_collection({ collection_name, db_name });
    const found = await client.query({ collection_name, db_name, limit: 16384, output_fields: ['*'] });
    answer = operation.answerOf(found);
    if (answer.insert_count === 0) return undefined;
  }
  operation.effect(after, answer);
  return after;
}

export class History {
  world = new World();
  types = decks();

  /**
   * @param {object} how
   * @param {Machine} how.machine
   * @param {number} how.seed
   * @param {number} [how.n_keys]     different keys a collection has, about as many rows
   * @param {number} [how.all_every]  operations between two comparisons of everything
   */
  constructor({ machine, seed, n_keys = 60, all_every = 25 }) {
    Object.assign(this, { machine, seed, n_keys, all_every });
    this.counts = new Map();
  }

  /** @param {number} operations */
  async run(operations) {
    for (let i = 0; i < operations; i++) {
      const operation = propose({ ...this, i });
      try {
        await this.#step(operation, i);
      } catch (error) {
        error.message = `HISTORY_SEED=${this.seed}, operation ${i}, ${operation.kind} ${JSON.stringify(operation.place)}: ${error.message}\n${shown(operation.shown)}`;
        throw error;
      }
      this.counts.set(operation.kind, (this.counts.get(operation.kind) ?? 0) + 1);
    }
    await this.machine.reopen({ calm: true });
    await checkAll(this.machine.client, this.world);
    await checkFile(this.machine.client);
  }

  async #step(operation, i) {
    const { machine } = this;
    const c = choices(this.seed * 7 + i + 0.5);
    await this.#perform(operation);
    const checks = () => this.#check(operation, choices(this.seed * 11 + i), i);
    await this.#whatever(checks);
    if (c.chance(0.02)) {
      await machine.reopen(c.one([{}, {}, { memory_limit: '6MB' }, { read_only: true }]));
      if (machine.isReadOnly && machine.isFaulty) await this.#repair();
      await this.#whatever(() => checkAll(machine.client, this.world));
      if (machine.isReadOnly) await this.#readOnly(c);
    } else if (c.chance(0.02)) {
      await machine.crash(c);
      await this.#whatever(() => checkAll(machine.client, this.world));
    }
  }

  /** Does it, and has the model follow. */
  async #perform(operation) {
    const { machine, world } = this;
    try {
      const answer = await operation.run(machine.client);
      assert.ok(!operation.refused, `it was not refused with ${operation.refused}`);
      operation.effect(world, answer);
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      if (operation.refused?.includes(error.code)) return;
      if (!machine.isFault(error)) throw error;
      await this.#afterFault(operation);
    }
  }

  /** It failed, and not by itself: all is as before or, when the machine went off, as after it. */
  async #afterFault(operation) {
    const { machine } = this;
    if (!machine.isOff()) return; // compared with the model as it is, like everything
    await machine.reopen({ calm: true });
    if (await isLike(machine.client, this.world)) return;
    const after = operation.refused ? undefined : await afterwards(machine.client, this.world, operation);
    if (after) this.world = after;
    await checkAll(machine.client, this.world);
  }

  /** Reads; when the machine fails meanwhile, once more. */
  async #whatever(checks) {
    const { machine } = this;
    try {
      await checks();
    } catch (error) {
      if (error instanceof assert.AssertionError || !machine.isFault(error)) throw error;
      if (machine.isOff()) await machine.reopen({});
      await this.#whatever(checks);
    }
  }

  async #check({ place }, c, i) {
    const { machine: { client }, world } = this;
    await checkNames(client, world);
    if (i % this.all_every === 0) await checkAll(client, world);
    if (!place || !world.at(place)) return;
    await checkCollection(client, world, place);
    await checkRows(client, world, place);
    await checkKeys(client, world, place, c);
    await checkFilter(client, world, place, c);
    await checkSearch(client, world, place, c);
    if (c.chance(0.1)) await checkIterators(client, world, place, c);
    if (c.chance(0.02)) await checkFile(client);
  }

  /** What a failed close may have left to roll back cannot be read before that is done. */
  async #repair() {
    const { machine } = this;
    try {
      await machine.client.list_databases();
    } catch (error) {
      assert.match(error.message, /without read_only/);
      await machine.reopen({});
    }
  }

  /** Nothing can be written, and all is as it was. */
  async #readOnly(c) {
    const { machine, world } = this;
    for (const place of world.places()) await checkSearch(machine.client, world, place, c);
    for (const place of world.places()) {
      const { db_name, name: collection_name } = place;
      await assert.rejects(machine.client.truncate_collection({ collection_name, db_name }), { code: 9 });
    }
    await checkAll(machine.client, world);
    await machine.reopen({});
  }
}
