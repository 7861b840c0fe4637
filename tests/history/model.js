// The model: databases, collections and rows as plain objects, each operation the slow and obvious way.
import { compareTexts, judged } from './values.js';
import { isVector } from './vectors.js';

/** @typedef {import('./schemas.js').Field} Field */
/** @typedef {{ row: Record<string, any>, partition: string | null }} Entity  null: the partition key's, whichever it is */
/** @typedef {{ field: string, type: string, metric?: string }} Index */

const seen = new WeakMap();

export class Collection {
  /** @type {Map<string, Entity>} by key, as text */
  rows = new Map();
  /** @type {Map<string, boolean>} whether it is loaded; in the order of making */
  partitions = new Map();
  /** @type {Map<string, Index>} by name */
  indexes = new Map();
  /** @type {Map<string, string>} */
  properties = new Map();
  /** Keys that auto_id has made, or has to be above. */
  madeKeys = new Set();

  /**
   * @param {{ fields: Field[], enable_dynamic_field: boolean, num_partitions?: number }} schema
   * @param {number} n_keys  about how many different keys there are
   */
  constructor(schema, n_keys) {
    this.schema = schema;
    this.n_keys = n_keys;
    const names = this.partitionKey
      ? Array.from({ length: schema.num_partitions ?? 16 }, (_, i) => `_default_${i}`)
      : ['_default'];
    for (const name of names) this.partitions.set(name, true);
  }

  copy() {
    const copy = Object.assign(Object.create(Collection.prototype), this);
    for (const name of ['rows', 'partitions', 'indexes', 'properties']) copy[name] = new Map(this[name]);
    copy.madeKeys = new Set(this.madeKeys);
    copy.schema = { ...this.schema, fields: this.schema.fields.map((field) => ({ ...field, params: { ...field.params } })) };
    return copy;
  }

  get primary() {
    return /** @type {Field} */ (this.schema.fields.find(({ is_primary }) => is_primary));
  }

  get partitionKey() {
    return this.schema.fields.find(({ is_partition_key }) => is_partition_key);
  }

  get vectors() {
    return this.schema.fields.filter(isVector);
  }

  get isLoaded() {
    return [...this.partitions.values()].some(Boolean);
  }

  /** Whether rows may bring keys although there is auto_id. */
  get takesKeys() {
    return this.properties.get('allow_insert_auto_id') === 'true';
  }

  keyOf(row) {
    return row[this.primary.name];
  }

  has(key) {
    return this.rows.has(String(key));
  }

  /** A row takes the place of one with its key, and comes last. */
  put(row, partition) {
    const key = String(this.keyOf(row));
    this.rows.delete(key);
    this.rows.set(key, { row, partition: this.partitionKey ? null : partition });
  }

  /** What a partial update makes of a row. */
  merge(part, partition) {
    this.put({ ...this.rows.get(String(this.keyOf(part)))?.row, ...part }, partition);
  }

  /** @returns {number} how many there were */
  remove(isMeant) {
    const gone = [...this.rows].filter(([, entity]) => isMeant(entity));
    for (const [key] of gone) this.rows.delete(key);
    return gone.length;
  }

  /** A field that rows have from now on; what they had under its name in dynamic fields is hidden. */
  addField(field) {
    this.schema.fields.push(field);
    for (const entity of this.rows.values()) entity.row = { ...entity.row, [field.name]: field.default_value ?? null };
  }

  /**
   * The rows that reads find, in the order of their keys.
   *
   * @param {string[]} [partition_names]
   * @returns {Record<string, any>[]}
   */
  found(partition_names) {
    const names = new Set(partition_names ?? [...this.partitions].flatMap(([name, isLoaded]) => (isLoaded ? [name] : [])));
    const rows = [...this.rows.values()].filter(({ partition }) => partition === null || names.has(partition));
    return rows.map(({ row }) => row).sort((a, b) => this.compareKeys(this.keyOf(a), this.keyOf(b)));
  }

  compareKeys(a, b) {
    if (typeof a === 'string') return compareTexts(a, b);
    return a < b ? -1 : Number(a > b);
  }

  /** A row as a filter sees it. */
  judged(row) {
    let all = seen.get(row);
    if (!all) {
      all = { ...row };
      const names = new Set();
      for (const field of this.schema.fields) {
        names.add(field.name);
        if (!isVector(field)) all[field.name] = judged(field, row[field.name]);
      }
      for (const name of Object.keys(row)) if (!names.has(name)) all[name] = judged({ type: 'JSON' }, row[name]);
      seen.set(row, all);
    }
    return all;
  }

  /** The metric that a field is searched with; undefined: a search may choose. */
  metricOf(field) {
    return [...this.indexes.values()].find((index) => index.field === field.name)?.metric;
  }
}

/** Where collections and aliases have their names. */
class Database {
  /** @type {Map<string, Collection>} */
  collections = new Map();
  /** @type {Map<string, string>} alias to collection */
  aliases = new Map();
}

export class World {
  /** @type {Map<string, Database>} in the order of making */
  databases = new Map([['default', new Database()]]);

  copy() {
    const copy = new World();
    copy.databases = new Map(
      [...this.databases].map(([name, { collections, aliases }]) => {
        const database = new Database();
        database.collections = new Map([...collections].map(([own, collection]) => [own, collection.copy()]));
        database.aliases = new Map(aliases);
        return [name, database];
      }),
    );
    return copy;
  }

  makeDatabase(name) {
    this.databases.set(name, new Database());
  }

  /** @param {string} db_name */
  database(db_name) {
    return /** @type {Database} */ (this.databases.get(db_name));
  }

  /** @param {{ db_name: string, name: string }} at */
  at({ db_name, name }) {
    return /** @type {Collection} */ (this.database(db_name).collections.get(name));
  }

  /** All collections: where they are. */
  places() {
    return [...this.databases].flatMap(([db_name, { collections }]) => [...collections.keys()].map((name) => ({ db_name, name })));
  }

  aliasesOf({ db_name, name }) {
    return [...this.database(db_name).aliases].flatMap(([alias, of]) => (of === name ? [alias] : []));
  }
}
