// Operations on rows. Each is proposed by chance for a collection as the model has it: how a client is asked, and what
// that does to the model.
import assert from 'node:assert/strict';
import { filterOf } from './filters.js';
import { columnsOf, keyOf, partOf, rowOf, someKeys } from './rows.js';
import { compareTexts } from './values.js';
import { isVector } from './vectors.js';

/** @typedef {import('./choices.js').Choices} Choices */
/** @typedef {import('./model.js').World} World */
/** @typedef {import('./model.js').Collection} Collection */
/** @typedef {{ db_name: string, name: string }} Place */

/**
 * What an operation is proposed for. ask: calls a method of the client with the collection's name, or an alias of it.
 *
 * @typedef {object} Scene
 * @property {World} world
 * @property {Place} place
 * @property {Collection} collection
 * @property {Choices} c
 * @property {(client: any, method: string, params?: object) => Promise<any>} ask
 */

/**
 * @typedef {object} Operation
 * @property {string} kind
 * @property {Place} [place]     the collection it is of
 * @property {any} [shown]       what to tell of it when something is wrong
 * @property {(client: any) => Promise<any>} run
 * @property {(world: World, answer: any) => void} effect  on the model; judges the answer, too
 * @property {number[]} [refused]  the codes of which it is refused with one; it has no effect then
 * @property {(found: any[]) => any} [answerOf]  the answer that was lost, by the rows that are found
 */

const nothing = () => {};

/** @returns {string | undefined} the name of a partition to write to, or to delete from */
function somePartition({ collection, c }) {
  return collection.partitionKey || c.chance(0.6) ? undefined : c.one([...collection.partitions.keys()]);
}

/** How many rows a batch has: mostly few. */
const size = (collection, c) => c.weighted([[3, () => 1], [3, () => 1 + c.pick(4)], [2, () => 1 + c.pick(collection.n_keys / 5)]])();

/** The keys of an insert: given, or those that auto_id made, which are new, and larger than all before. */
function judgeMade(collection, ids) {
  for (const id of ids) {
    assert.equal(typeof id, collection.primary.type === 'VARCHAR' ? 'string' : typeof Number(id), `key ${id}`);
    assert.ok(!collection.madeKeys.has(String(id)), `auto_id made the key ${id} twice`);
    assert.ok(!collection.has(id), `auto_id made the key ${id}, which is there`);
    collection.madeKeys.add(String(id));
  }
}

/** @param {Scene} scene */
export function insert({ world, place, collection, c, ask }) {
  const { primary } = collection;
  const makesKeys = primary.auto_id && !collection.takesKeys;
  const partition_name = somePartition({ collection, c });
  const form = c.pick(2);
  const rows = Array.from({ length: size(collection, c) }, () => rowOf(collection, c, makesKeys ? undefined : keyOf(collection, c), form));
  const columns = c.chance(0.3) ? columnsOf(collection, rows, c) : undefined;
  const kept = columns?.kept ?? rows.map((row) => row.kept);
  const data = columns?.data ?? rows.map((row) => row.given);
  if (columns && !Object.values(data).some((list) => typeof list[0] === 'string' || list instanceof BigInt64Array)) return undefined;
  return {
    kind: columns ? 'insert of columns' : 'insert',
    place,
    shown: { data, partition_name },
    run: (client) => ask(client, 'insert', { data: !columns && data.length === 1 && c.chance(0.3) ? data[0] : data, partition_name }),
    effect(then, answer) {
      const to = then.at(place);
      if (makesKeys) judgeMade(to, answer.ids);
      const ids = makesKeys ? answer.ids : kept.map((row) => row[primary.name]);
      if (answer) assert.deepEqual(answer, { insert_count: kept.length, ids, cost: 0 });
      kept.forEach((row, i) => to.put({ ...row, [primary.name]: ids[i] }, partition_name ?? '_default'));
    },
    answerOf: makesKeys && ((found) => {
      const ids = found.map((row) => row[primary.name]).filter((id) => !collection.has(id));
      ids.sort((a, b) => (typeof a === 'string' ? a.length - b.length || compareTexts(a, b) : Number(a) - Number(b)));
      return { insert_count: ids.length, ids, cost: 0 };
    }),
  };
}

/** @param {Scene} scene */
export function upsert({ place, collection, c, ask }) {
  const partition_name = somePartition({ collection, c });
  const form = c.pick(2);
  const someKey = someKeys(collection, c);
  const rows = Array.from({ length: size(collection, c) }, () => rowOf(collection, c, someKey(), form));
  const ids = rows.map(({ kept }) => kept[collection.primary.name]);
  return {
    kind: 'upsert',
    place,
    shown: { rows, partition_name },
    run: (client) => ask(client, 'upsert', { data: rows.map(({ given }) => given), partition_name }),
    effect(then, answer) {
      if (answer) assert.deepEqual(answer, { upsert_count: rows.length, ids, cost: 0 });
      for (const { kept } of rows) then.at(place).put(kept, partition_name ?? '_default');
    },
  };
}

/** Of some rows that are there, and some that are not and come whole. */
export function partialUpdate({ place, collection, c, ask }) {
  const { primary } = collection;
  const partition_name = somePartition({ collection, c });
  const form = c.pick(2);
  const given = Array.from({ length: size(collection, c) }, someKeys(collection, c));
  const keys = new Map(given.map((key) => [String(key), key]));
  const rows = [...keys.values()].map((key) => (collection.has(key) ? partOf : rowOf)(collection, c, key, form));
  const ids = rows.map(({ kept }) => kept[primary.name]);
  return {
    kind: 'partial update',
    place,
    shown: { rows, partition_name },
    run: (client) => ask(client, 'upsert', { data: rows.map(({ given }) => given), partition_name, partial_update: true }),
    effect(then, answer) {
      if (answer) assert.deepEqual(answer, { upsert_count: rows.length, ids, cost: 0 });
      for (const { kept } of rows) then.at(place).merge(kept, partition_name ?? '_default');
    },
  };
}

const isIn = (partition_name) => ({ partition }) => partition_name === undefined || partition === partition_name;

/** @param {Scene} scene */
export function deleteByKeys({ place, collection, c, ask }) {
  const partition_name = somePartition({ collection, c });
  const ids = Array.from({ length: size(collection, c) }, someKeys(collection, c));
  const keys = new Set(ids.map(String));
  return {
    kind: 'delete by keys',
    place,
    shown: { ids, partition_name },
    run: (client) => ask(client, 'delete', { ids: ids.length === 1 && c.chance(0.3) ? ids[0] : ids, partition_name }),
    effect(then, answer) {
      const to = then.at(place);
      const delete_count = to.remove((entity) => keys.has(String(to.keyOf(entity.row))) && isIn(partition_name)(entity));
      if (answer) assert.deepEqual(answer, { delete_count, cost: 0 });
    },
  };
}

/** Mostly of some rows only, so that some are left. */
export function deleteByFilter({ place, collection, c, ask }) {
  const partition_name = somePartition({ collection, c });
  const filters = Array.from({ length: 5 }, () => filterOf(collection, c));
  const rows = [...collection.rows.values()].map(({ row }) => row);
  const count = ({ isTrue }) => rows.filter(isTrue).length;
  const { text, isTrue } = filters.find((filter) => count(filter) > 0 && count(filter) < rows.length / 2) ?? filters[0];
  return {
    kind: 'delete by filter',
    place,
    shown: { text, partition_name },
    run: (client) => ask(client, 'delete', { filter: text, partition_name }),
    effect(then, answer) {
      const delete_count = then.at(place).remove((entity) => isTrue(entity.row) && isIn(partition_name)(entity));
      if (answer) assert.deepEqual(answer, { delete_count, cost: 0 });
    },
  };
}

// ---- what is refused ----

/** Ways to spoil a row, and the fields that each is possible for. */
const SPOILERS = [
  [isVector, () => 'text'],
  [(field) => isVector(field) && field.params.dim, (field) => Array(field.params.dim + 1).fill(1)],
  [(field) => field.type === 'FLOAT_VECTOR', (field) => Array(field.params.dim).fill(NaN)],
  [(field) => isVector(field) && !field.nullable, () => null],
  [({ type }) => type === 'INT8', () => 128],
  [({ type }) => type === 'INT16', () => -32769],
  [({ type }) => type === 'INT32', () => 2 ** 31],
  [({ type, auto_id }) => type === 'INT64' && !auto_id, () => 2n ** 63n],
  [({ type, auto_id }) => /INT/.test(type) && !isVector({ type }) && !auto_id, () => 1.5],
  [({ type }) => type === 'BOOL', () => 1],
  [({ type }) => type === 'FLOAT', () => 1e39],
  [({ type }) => type === 'DOUBLE', () => Infinity],
  [({ type, auto_id }) => type === 'VARCHAR' && !auto_id, (field) => 'ä'.repeat(field.params.max_length)],
  [({ type }) => type === 'TIMESTAMPTZ', () => '2025-02-29'],
  [({ type }) => type === 'GEOMETRY', () => 'POINT (1)'],
  [({ type }) => type === 'ARRAY', (field) => Array(field.params.max_capacity + 1).fill(null)],
  [({ type, element_type }) => type === 'ARRAY' && element_type === 'INT8', () => [128]],
  [(field) => !field.nullable && field.default_value === undefined && !field.auto_id, () => null],
];

/** A batch whose last row is wrong. */
export function brokenRows({ place, collection, c, ask }) {
  const makesKeys = collection.primary.auto_id && !collection.takesKeys;
  const isUpsert = c.chance(0.4);
  const key = () => (makesKeys && !isUpsert ? undefined : keyOf(collection, c));
  const rows = c.some(() => rowOf(collection, c, key()).given, 6, 1);
  const last = rows[rows.length - 1];
  const unknown = collection.schema.enable_dynamic_field ? [] : [() => (last['not a field'] = 1)];
  const fields = collection.schema.fields.filter((field) => !(field.auto_id && !isUpsert));
  const spoilers = fields.flatMap((field) =>
    SPOILERS.flatMap(([fits, make]) => (fits(field) ? [() => (last[field.name] = make(field))] : [])),
  );
  c.one([...unknown, ...spoilers])();
  const partial_update = isUpsert && c.chance(0.3) ? true : undefined;
  return {
    kind: 'broken rows',
    place,
    shown: { rows, isUpsert, partial_update },
    run: (client) => ask(client, isUpsert ? 'upsert' : 'insert', { data: rows, partial_update }),
    effect: nothing,
    refused: [1100],
  };
}

/** Calls that are wrong as a whole. */
export function brokenCall({ world, place, collection, c, ask }) {
  const { primary, partitionKey } = collection;
  const row = rowOf(collection, c, keyOf(collection, c)).given;
  const refuse = (kind, refused, run) => ({ kind, place, run, effect: nothing, refused });
  const other = partitionKey ? 1100 : 200;
  const calls = [
    refuse('upsert into no partition', [other], (client) => ask(client, 'upsert', { data: [row], partition_name: 'nowhere' })),
    refuse('delete from no partition', [other], (client) => ask(client, 'delete', { filter: `${primary.name} in []`, partition_name: 'nowhere' })),
    refuse('delete by nonsense', [1100], (client) => ask(client, 'delete', { filter: `${primary.name} ==` })),
    refuse('delete by both', [1100], (client) => ask(client, 'delete', { ids: [keyOf(collection, c)], filter: `${primary.name} in []` })),
    refuse('delete by wrong keys', [1100], (client) => ask(client, 'delete', { ids: [primary.type === 'VARCHAR' ? 5 : 'five'] })),
    refuse('twice in a partial update', [1100], (client) => ask(client, 'upsert', { data: [row, row], partial_update: true })),
    refuse('an index on nothing', [1700], (client) => ask(client, 'create_index', { index_params: { field_name: 'nothing', index_type: 'FLAT' } })),
    refuse('a second key', [105], (client) => ask(client, 'add_collection_field', { field_name: primary.name, data_type: 'INT64', nullable: true })),
    refuse('a field of nothing', [1100], (client) => ask(client, 'add_collection_field', { field_name: 'neither', data_type: 'INT64' })),
    refuse('no collection', [100], (client) => client.insert({ collection_name: 'nowhere', db_name: place.db_name, data: [row] })),
    refuse('no database', [800], (client) => client.list_collections({ db_name: 'nowhere' })),
    refuse('dropping the default database', [1100], (client) => client.drop_database('default')),
  ];
  if (!partitionKey) calls.push(refuse('dropping _default', [1100], (client) => ask(client, 'drop_partition', { partition_name: '_default' })));
  if (world.aliasesOf(place).length > 0) calls.push(refuse('dropping what has aliases', [1100], (client) => client.drop_collection({ collection_name: place.name, db_name: place.db_name })));
  if (place.db_name !== 'default') calls.push(refuse('dropping a database that has collections', [1100], (client) => client.drop_database(place.db_name)));
  return c.one(calls);
}
