// What a client says of a database, compared with the model. Everything is exact but distances, to six digits.
import assert from 'node:assert/strict';
import { DataType } from '../../js/index.js';
import { groupsOf } from '../conformance/aggregated.js';
import { inOrder } from '../conformance/ordered.js';
import { filterOf } from './filters.js';
import { VECTORS, nearest, usualMetric } from './vectors.js';

/** @typedef {import('./choices.js').Choices} Choices */
/** @typedef {import('./model.js').World} World */
/** @typedef {import('./model.js').Collection} Collection */
/** @typedef {{ db_name: string, name: string }} Place */

const MOST = 16384;
const GROUPED = ['BOOL', 'INT8', 'INT16', 'INT32', 'INT64', 'VARCHAR'];
const APPROXIMATE_FROM = 2048; // rows: below this, whatever the index, a search is a scan
const [NOT_LOADED, LOADED] = [1, 3];

const isNear = (a, b) => Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(a), Math.abs(b));
const keysOf = (collection, rows) => rows.map((row) => collection.keyOf(row));
const named = ({ db_name, name }) => ({ collection_name: name, db_name });

/** Which databases, collections and aliases there are. */
export async function checkNames(client, world) {
  assert.deepEqual(await client.list_databases(), [...world.databases.keys()]);
  for (const [db_name, { collections, aliases }] of world.databases) {
    assert.deepEqual(await client.list_collections({ db_name }), [...collections.keys()].sort());
    assert.deepEqual((await client.list_aliases({ db_name })).aliases.sort(), [...aliases.keys()].sort());
    for (const [alias, collection_name] of aliases) {
      assert.deepEqual(await client.describe_alias({ alias, db_name }), { alias, collection_name, db_name });
    }
  }
}

/** What a collection is: fields, indexes, partitions, load states, counts. */
export async function checkCollection(client, world, place) {
  const collection = world.at(place);
  const at = named(place);
  const described = await client.describe_collection(at);
  assert.deepEqual(described.aliases.sort(), world.aliasesOf(place).sort());
  assert.deepEqual(described.properties, Object.fromEntries(collection.properties));
  assert.equal(described.num_partitions, collection.partitions.size);
  assert.equal(described.enable_dynamic_field, collection.schema.enable_dynamic_field);
  const fields = described.fields.map(({ field_id, description, ...field }) => field);
  const expected = collection.schema.fields.map(({ type, element_type, ...field }) => ({
    ...field, type: DataType[type], ...(element_type && { element_type: DataType[element_type] }),
  }));
  assert.deepEqual(fields, expected);
  const indexes = [];
  for (const name of await client.list_indexes(at)) {
    const { index_type: type, metric_type: metric, field_name: field } = await client.describe_index({ ...at, index_name: name });
    indexes.push([name, { field, type, ...(metric && { metric }) }]);
  }
  assert.deepEqual(Object.fromEntries(indexes), Object.fromEntries(collection.indexes));
  await checkPartitions(client, collection, at);
}

async function checkPartitions(client, collection, at) {
  assert.deepEqual(await client.get_collection_stats(at), { row_count: collection.rows.size });
  assert.deepEqual(await client.get_load_state(at), { state: collection.isLoaded ? LOADED : NOT_LOADED });
  assert.deepEqual(await client.list_partitions(at), [...collection.partitions.keys()]);
  const counts = new Map();
  for (const { partition } of collection.rows.values()) counts.set(partition, (counts.get(partition) ?? 0) + 1);
  let sum = 0;
  for (const [partition_name, isLoaded] of collection.partitions) {
    const { row_count } = await client.get_partition_stats({ ...at, partition_name });
    if (!collection.partitionKey) assert.equal(row_count, counts.get(partition_name) ?? 0, `rows in ${partition_name}`);
    const { state } = await client.get_load_state({ ...at, partition_name });
    assert.equal(state, isLoaded ? LOADED : NOT_LOADED, `state of ${partition_name}`);
    sum += row_count;
  }
  assert.equal(sum, collection.rows.size, 'all rows are in a partition');
}

/** All rows, field by field; those that cannot be read are refused. */
export async function checkRows(client, world, place) {
  const collection = world.at(place);
  const query = { ...named(place), limit: MOST, output_fields: ['*'] };
  if (!collection.isLoaded) return void (await assert.rejects(client.query(query), { code: 101 }));
  assert.deepEqual(await client.query(query), collection.found());
}

/** Those of an operation, by key, in another order, with some that are not there. */
export async function checkKeys(client, world, place, c) {
  const collection = world.at(place);
  if (!collection.isLoaded) return;
  const rows = collection.found();
  const asked = c.some(() => c.one(rows), rows.length > 0 ? 5 : 0, 0);
  const there = [...new Set(asked)];
  const output_fields = c.some(() => c.one(collection.schema.fields).name, 3, 1);
  const names = new Set([collection.primary.name, ...output_fields]);
  const ids = keysOf(collection, asked);
  const none = collection.primary.type === 'VARCHAR' ? 'not there' : -77;
  const found = await client.get({ ...named(place), ids: c.chance(0.5) ? [none, ...ids] : [...ids, none], output_fields });
  const expected = there.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => names.has(name))));
  assert.deepEqual(found, expected);
}

/** Some of the partitions that are loaded; undefined: all of them. */
function partitionsFor(collection, c) {
  const loaded = [...collection.partitions].flatMap(([name, isLoaded]) => (isLoaded ? [name] : []));
  return collection.partitionKey || c.chance(0.6) ? undefined : [...new Set(c.some(() => c.one(loaded), 3, 1))];
}

/** A filter: which rows it finds, a page of them, how many, and how many of each value of a field. */
export async function checkFilter(client, world, place, c) {
  const collection = world.at(place);
  if (!collection.isLoaded) return;
  const { text: filter, isTrue } = filterOf(collection, c);
  const partition_names = partitionsFor(collection, c);
  const rows = collection.found(partition_names).filter(isTrue);
  const expected = keysOf(collection, rows);
  const at = { ...named(place), filter, partition_names };
  const { name } = collection.primary;
  assert.deepEqual(keysOf(collection, await client.query({ ...at, output_fields: [name] })), expected, filter);
  assert.deepEqual(await client.query({ ...at, output_fields: ['count(*)'] }), [{ 'count(*)': expected.length }], filter);
  const { name: key } = c.one(collection.schema.fields.filter(({ type }) => GROUPED.includes(type)));
  const groups = groupsOf(rows, [(row) => row[key]]).map((group) => ({ [key]: group[0][key], 'count(*)': group.length }));
  const told = await client.query({ ...at, group_by_fields: [key], output_fields: [key, 'count(*)'] });
  assert.deepEqual(told, inOrder(groups, [{ of: (group) => group[key] }]), `${filter}, by ${key}`);
  const [offset, limit] = [c.pick(5), 1 + c.pick(5)];
  const page = await client.query({ ...at, output_fields: [name], offset, limit });
  assert.deepEqual(keysOf(collection, page), expected.slice(offset, offset + limit), `${filter}, from ${offset} on`);
}

/** A search: as many hits as there are, each with its true distance and its row, none in the place of a nearer one. */
export async function checkSearch(client, world, place, c) {
  const collection = world.at(place);
  const field = c.one(collection.vectors);
  const query = VECTORS[field.type].make(field, c);
  const given = metricGiven(collection, field, c);
  const metric = given ?? collection.metricOf(field) ?? usualMetric(field);
  const limit = 1 + c.pick(12);
  const ask = { ...named(place), data: [VECTORS[field.type].give(query, c)], anns_field: field.name, limit, output_fields: ['*'], ...(given && { search_params: { metric_type: given } }) };
  if (!collection.isLoaded) return void (await assert.rejects(client.search(ask), { code: 101 }));
  const partition_names = partitionsFor(collection, c);
  const filter = c.chance(0.5) ? filterOf(collection, c) : { text: '', isTrue: () => true };
  const [hits] = await client.search({ ...ask, filter: filter.text, partition_names });
  const expected = nearest(field, metric, collection.found(partition_names).filter(filter.isTrue), query);
  const where = `${field.name} by ${metric}, filter ${filter.text}`;
  assert.equal(hits.length, Math.min(limit, expected.length), `hits of ${where}`);
  assert.equal(new Set(hits.map(({ id }) => id)).size, hits.length, 'each row stands once');
  const truth = new Map(expected.map((hit) => [collection.keyOf(hit.row), hit]));
  const isExact = collection.rows.size < APPROXIMATE_FROM;
  hits.forEach((hit, i) => {
    const { row, distance } = truth.get(hit.id) ?? assert.fail(`${where}: row ${hit.id} is none that may be found`);
    assert.ok(isNear(hit.distance, distance), `${where}: row ${hit.id} is at ${distance}, not ${hit.distance}`);
    if (isExact) assert.ok(isNear(distance, expected[i].distance), `${where}: hit ${i} at ${distance}, but there is one at ${expected[i].distance}`);
    assert.deepEqual(hit.entity, row, where);
  });
}

function metricGiven(collection, field, c) {
  if (c.chance(0.5)) return undefined;
  return collection.metricOf(field) ?? c.one(Object.keys(VECTORS[field.type].metrics));
}

/** Iterators: all rows, batch by batch. */
export async function checkIterators(client, world, place, c) {
  const collection = world.at(place);
  if (!collection.isLoaded) return;
  const { text: filter, isTrue } = filterOf(collection, c);
  const batch_size = 1 + c.pick(20);
  const output_fields = ['*'];
  const rows = [];
  const batches = await client.query_iterator({ ...named(place), filter, batch_size, output_fields });
  for await (const batch of batches) rows.push(...batch);
  const expected = collection.found().filter(isTrue);
  assert.deepEqual(rows, expected, `query_iterator, ${filter}`);

  const field = c.one(collection.vectors);
  const query = VECTORS[field.type].make(field, c);
  const metric = collection.metricOf(field) ?? usualMetric(field);
  const distances = [];
  const keys = new Set();
  const pages = await client.search_iterator({ ...named(place), data: [query], anns_field: field.name, filter, batch_size });
  for (let page = await pages.next(); page.length > 0; page = await pages.next()) {
    for (const { id, distance } of page) {
      keys.add(id);
      distances.push(distance);
    }
  }
  const truth = nearest(field, metric, expected, query);
  assert.deepEqual([...keys].sort(), keysOf(collection, truth.map(({ row }) => row)).sort(), `search_iterator of ${field.name}, ${field.type}, ${metric}, batches of ${batch_size}, query ${JSON.stringify(query)}, ${filter}`);
  assert.ok(truth.every(({ distance }, i) => isNear(distance, distances[i])), `distances of search_iterator, ${filter}`);
}

/** Everything there is, of all collections. */
export async function checkAll(client, world) {
  await checkNames(client, world);
  for (const place of world.places()) {
    await checkCollection(client, world, place);
    await checkRows(client, world, place);
  }
}

/** What the file says of itself. */
export async function checkFile(client) {
  const { damage } = await client.verify();
  assert.deepEqual(damage, []);
}
