// Operations on collections, and on what they have besides rows; see writes.js.
import { freeName, scalarField, schemaOf, schemaParams } from './schemas.js';
import { Collection } from './model.js';
import { VECTORS, isVector } from './vectors.js';

/** @typedef {import('./writes.js').Scene} Scene */

const COLLECTIONS = ['c', 'd', 'e', 'C'];
const ALIASES = ['x', 'y', 'z'];
const PARTITIONS = ['p', 'q', 'r', '2024-01'];
const DATABASES = ['other', 'third'];

const fieldParams = ({ name, params, type, ...rest }) => ({ field_name: name, data_type: type, ...params, ...rest });

// ---- collections ----

/** The types of index and the metrics that a field may have. */
function indexOf(field, c) {
  if (isVector(field)) return { field: field.name, type: c.one(VECTORS[field.type].indexes), metric: c.one(Object.keys(VECTORS[field.type].metrics)) };
  const types = ['INVERTED', 'AUTOINDEX'];
  if (!['BOOL', 'JSON', 'ARRAY'].includes(field.type)) types.push('STL_SORT');
  return { field: field.name, type: c.one(types) };
}

/** As create_index and create_collection take it. */
const indexParams = ({ field, type, metric }, index_name) => ({ field_name: field, index_type: type, ...(metric && { metric_type: metric }), ...(index_name !== field && { index_name }) });

export function createCollection({ world, types, n_keys, c }) {
  const db_name = c.one([...world.databases.keys()]);
  const { collections, aliases } = world.database(db_name);
  const free = COLLECTIONS.filter((name) => !collections.has(name) && !aliases.has(name));
  if (free.length === 0) return undefined;
  const place = { db_name, name: c.one(free) };
  const schema = schemaOf(types, c);
  const made = new Collection(schema, n_keys);
  for (const field of made.vectors) if (c.chance(0.4)) made.indexes.set(field.name, indexOf(field, c));
  const index_params = [...made.indexes].map(([name, index]) => indexParams(index, name));
  const params = {
    collection_name: place.name, db_name, schema: schemaParams(schema),
    ...(index_params.length > 0 && { index_params }),
    ...(schema.num_partitions && { num_partitions: schema.num_partitions }),
  };
  return {
    kind: 'create_collection', place, shown: params,
    run: (client) => client.create_collection(params),
    effect: (then) => void then.database(db_name).collections.set(place.name, made.copy()),
  };
}

/** @param {Scene} scene */
export function dropCollection({ world, place }) {
  if (world.aliasesOf(place).length > 0 || world.places().length < 2) return undefined;
  return {
    kind: 'drop_collection', place,
    run: (client) => client.drop_collection({ collection_name: place.name, db_name: place.db_name }),
    effect: (then) => void then.database(place.db_name).collections.delete(place.name),
  };
}

/** @param {Scene} scene */
export function renameCollection({ world, place, c }) {
  const target_db = world.aliasesOf(place).length > 0 || c.chance(0.5) ? undefined : c.one([...world.databases.keys()]);
  const to = { db_name: target_db ?? place.db_name, name: c.one(COLLECTIONS) };
  const { collections, aliases } = world.database(to.db_name);
  if (to.name === place.name && to.db_name === place.db_name) return undefined;
  const refused = aliases.has(to.name) ? [1601] : collections.has(to.name) ? [65535] : undefined;
  return {
    kind: 'rename_collection', place: refused ? place : to, shown: { place, to }, refused,
    run: (client) => client.rename_collection({ old_name: place.name, new_name: to.name, db_name: place.db_name, ...(target_db && { target_db }) }),
    effect(then) {
      const moved = then.at(place);
      then.database(place.db_name).collections.delete(place.name);
      then.database(to.db_name).collections.set(to.name, moved);
      const { aliases: names } = then.database(place.db_name);
      for (const [alias, of] of names) if (of === place.name) names.set(alias, to.name);
    },
  };
}

/** @param {Scene} scene */
export const truncate = ({ place, ask }) => ({
  kind: 'truncate_collection', place,
  run: (client) => ask(client, 'truncate_collection'),
  effect: (then) => then.at(place).rows.clear(),
});

/** @param {Scene} scene */
export function setProperties({ place, c, ask }) {
  const key = c.one(['allow_insert_auto_id', 'mmap.enabled', 'note']);
  const value = key === 'note' ? 'a text' : c.one(['true', 'false']);
  if (c.chance(0.4)) {
    return {
      kind: 'drop_collection_properties', place, shown: key,
      run: (client) => ask(client, 'drop_collection_properties', { property_keys: [key] }),
      effect: (then) => void then.at(place).properties.delete(key),
    };
  }
  return {
    kind: 'alter_collection_properties', place, shown: { key, value },
    run: (client) => ask(client, 'alter_collection_properties', { properties: { [key]: value } }),
    effect: (then) => void then.at(place).properties.set(key, value),
  };
}

// ---- fields and indexes ----

/** @param {Scene & { types: any }} scene */
export function addField({ place, collection, types, c, ask }) {
  const name = freeName(collection.schema.fields, c);
  if (!name || collection.schema.fields.length > 18) return undefined;
  const field = scalarField(types, name, c);
  if (field.default_value === undefined) field.nullable = true;
  const refusal = () => {
    if (['rowid', 'oid'].includes(name)) return [1701]; // SQLite has them for itself
    return String(field.default_value).includes('\0') ? [1100] : undefined; // rows that are there cannot have it
  };
  return {
    kind: 'add_collection_field', place, shown: field, refused: refusal(),
    run: (client) => ask(client, 'add_collection_field', fieldParams(field)),
    effect: (then) => then.at(place).addField({ ...field }),
  };
}

/** Other limits of a field, which hold for rows that come. */
export function alterField({ place, collection, c, ask }) {
  const fields = collection.schema.fields.filter(({ params, is_primary }) => !is_primary && (params.max_length || params.max_capacity));
  if (fields.length === 0) return undefined;
  const field = c.one(fields);
  const key = field.params.max_capacity && c.chance(0.7) ? 'max_capacity' : 'max_length';
  if (!field.params[key]) return undefined;
  const value = key === 'max_capacity' ? 1 + c.pick(6) : 8 + c.pick(40);
  const isTooShort = key === 'max_length' && new TextEncoder().encode(field.default_value ?? '').length > value;
  return {
    kind: 'alter_collection_field', place, shown: { field, key, value }, refused: isTooShort ? [1100] : undefined,
    run: (client) => ask(client, 'alter_collection_field', { field_name: field.name, field_params: { [key]: value } }),
    effect: (then) => void (then.at(place).schema.fields.find(({ name }) => name === field.name).params[key] = value),
  };
}

/** @param {Scene} scene */
export function createIndex({ place, collection, c, ask }) {
  const indexable = collection.schema.fields.filter(({ type }) => !['JSON', 'GEOMETRY'].includes(type));
  const field = c.one(c.chance(0.6) ? collection.vectors : indexable);
  const index = indexOf(field, c);
  const name = c.chance(0.8) ? field.name : `index_of_${field.name}`;
  const [oldName, old] = [...collection.indexes].find(([, { field: of }]) => of === field.name) ?? [];
  const clash = collection.indexes.get(name) ?? old;
  const isSame = old && oldName === name && old.type === index.type && old.metric === index.metric;
  return {
    kind: 'create_index', place, shown: { index, name }, refused: clash && !isSame ? [702] : undefined,
    run: (client) => ask(client, 'create_index', { index_params: indexParams(index, name) }),
    effect: (then) => void then.at(place).indexes.set(name, index),
  };
}

/** @param {Scene} scene */
export function dropIndex({ place, collection, c, ask }) {
  const name = c.one([...collection.indexes.keys(), 'none']);
  return {
    kind: 'drop_index', place, shown: name, refused: name === 'none' ? [700] : undefined,
    run: (client) => ask(client, 'drop_index', { index_name: name }),
    effect: (then) => void then.at(place).indexes.delete(name),
  };
}

// ---- partitions, loading ----

/** @param {Scene} scene */
export function createPartition({ place, collection, c, ask }) {
  const partition_name = c.one(PARTITIONS);
  return {
    kind: 'create_partition', place, shown: partition_name, refused: collection.partitionKey ? [1100] : undefined,
    run: (client) => ask(client, 'create_partition', { partition_name }),
    effect(then) {
      const { partitions } = then.at(place);
      if (!partitions.has(partition_name)) partitions.set(partition_name, [...partitions.values()].every(Boolean));
    },
  };
}

/** With its rows. When it was the last one that was loaded, the collection is not any more. */
export function dropPartition({ place, collection, c, ask }) {
  if (collection.partitionKey) return undefined;
  const partition_name = c.one(PARTITIONS);
  return {
    kind: 'drop_partition', place, shown: partition_name,
    run: (client) => ask(client, 'drop_partition', { partition_name }),
    effect(then) {
      const to = then.at(place);
      to.remove(({ partition }) => partition === partition_name);
      to.partitions.delete(partition_name);
    },
  };
}

/** @param {Scene} scene */
export function setLoaded({ place, collection, c, ask }) {
  const isLoad = !collection.isLoaded || c.chance(0.6);
  if (collection.partitionKey || c.chance(0.5)) {
    return {
      kind: isLoad ? 'load_collection' : 'release_collection', place,
      run: (client) => ask(client, isLoad ? 'load_collection' : 'release_collection'),
      effect(then) {
        const { partitions } = then.at(place);
        for (const name of partitions.keys()) partitions.set(name, isLoad);
      },
    };
  }
  const names = c.some(() => c.one([...collection.partitions.keys()]), 3, 1);
  return {
    kind: isLoad ? 'load_partitions' : 'release_partitions', place, shown: names,
    run: (client) => ask(client, isLoad ? 'load_partitions' : 'release_partitions', { partition_names: names }),
    effect: (then) => names.forEach((name) => then.at(place).partitions.set(name, isLoad)),
  };
}

// ---- names ----

/** @param {Scene} scene */
export function setAlias({ world, place, c, ask }) {
  const { aliases, collections } = world.database(place.db_name);
  const alias = c.one([...ALIASES, COLLECTIONS[0]]);
  const owner = aliases.get(alias);
  const isAlter = c.chance(0.5);
  const refusal = () => {
    if (collections.has(alias)) return [1601];
    if (isAlter) return owner === undefined ? [1600] : undefined;
    return owner !== undefined && owner !== place.name ? [1602] : undefined;
  };
  return {
    kind: isAlter ? 'alter_alias' : 'create_alias', place, shown: alias, refused: refusal(),
    run: (client) => ask(client, isAlter ? 'alter_alias' : 'create_alias', { alias }),
    effect: (then) => void then.database(place.db_name).aliases.set(alias, place.name),
  };
}

/** @param {Scene} scene */
export function dropAlias({ place, c }) {
  const alias = c.one(ALIASES);
  return {
    kind: 'drop_alias', place, shown: alias,
    run: (client) => client.drop_alias({ alias, db_name: place.db_name }),
    effect: (then) => void then.database(place.db_name).aliases.delete(alias),
  };
}

export function changeDatabases({ world, c }) {
  const db_name = c.one(DATABASES);
  const database = world.database(db_name);
  if (database?.collections.size) return undefined;
  if (database) {
    return { kind: 'drop_database', shown: db_name, run: (client) => client.drop_database(db_name), effect: (then) => void then.databases.delete(db_name) };
  }
  return { kind: 'create_database', shown: db_name, run: (client) => client.create_database(db_name), effect: (then) => then.makeDatabase(db_name) };
}

// ---- the file ----

const changesNothing = () => {};

/** @param {Scene} scene */
export const compact = ({ place, ask }) => ({ kind: 'compact', place, run: (client) => ask(client, 'compact'), effect: changesNothing });

/** Out, and in again. */
export const copyAll = () => ({ kind: 'export_db and import_db', run: async (client) => client.import_db(await client.export_db()), effect: changesNothing });
