// Random rows with scalar fields of every type, of which many are equal.

import { embeddings } from './exact.js';

export const DIM = 4;
export const WORDS = ['', 'a', 'A', 'ab', 'größer', '向量', '\uffee', '🔎', 'a text that is longer', 'a text that is longest'];
const MOST_TIME = 4_000_000_000; // seconds

/** Fields that have an order: the type, and a value, of which there are few. */
const KINDS = {
  flag: ['BOOL', (below) => below(2) === 1],
  tiny: ['INT8', (below) => below(7) - 3],
  short: ['INT16', (below) => below(4) * 1000],
  int: ['INT32', (below) => below(40) * 50_000_000 - 1_000_000_000],
  long: ['INT64', (below) => [2n ** 63n - 1n, 2n ** 63n - 2n, -(2n ** 63n), 2n ** 53n + 1n, 2 ** 53 - 1, 0, -1][below(7)]],
  float: ['FLOAT', (below) => Math.fround((below(30) - 15) / 7)],
  double: ['DOUBLE', (below) => [-0, 0, 1e300, -1e300, 5e-324, 0.1, 0.1 + Number.EPSILON][below(7)]],
  word: ['VARCHAR', (below) => WORDS[below(WORDS.length)]],
  at: ['TIMESTAMPTZ', (below) => new Date(below(9) * MOST_TIME * 100 + below(3)).toISOString()],
};

/** What stands in JSON and in dynamic fields: of every type, and nothing at all. */
const anything = (below) =>
  [null, undefined, below(5) - 2, below(9) / 4, WORDS[below(WORDS.length)], below(2) === 1, [below(3)], [below(3), 'x'], { k: below(3) }, {}][below(10)];

/** Paths as an order names them, and what they lead to. */
export const PATHS = {
  'meta["a"]': ({ meta }) => meta?.a,
  'meta["b"][1]["c,:"]': ({ meta }) => meta?.b?.[1]?.['c,:'],
  dyn: ({ dyn }) => dyn,
  '$meta["a key"]': (row) => row['a key'],
  'deep["x"]': ({ deep }) => deep?.x,
  'list[0]': ({ list }) => list[0],
};

const KEYS = {
  INT64: (i) => (i % 50 === 7 ? 2n ** 60n + BigInt(i) : ((i * 7919) % 20011) - 3000),
  VARCHAR: (i) => `${'öb"a\''[i % 5]}${(i * 7919) % 20011}`,
};

/**
 * A schema of some of these fields, and a way to make rows for it.
 *
 * @param {() => number} random
 */
export function randomModel(random) {
  const below = (n) => Math.floor(random() * n);
  const keyType = random() < 0.5 ? 'INT64' : 'VARCHAR';
  const fields = Object.entries(KINDS)
    .filter(() => random() < 0.7)
    .map(([name, [type, value]]) => ({ name, type, value, nullable: random() < 0.6 }));
  const rowOf = (i) => {
    const row = { id: KEYS[keyType](i), list: [below(4)], vector: null };
    for (const { name, value, nullable } of fields) row[name] = nullable && random() < 0.2 ? null : value(below);
    if (random() < 0.8) row.meta = { a: anything(below), b: [0, { 'c,:': anything(below) }] };
    for (const key of ['dyn', 'a key']) if (random() < 0.8) row[key] = anything(below) ?? 1;
    if (random() < 0.5) row.deep = { x: anything(below) };
    return JSON.parse(JSON.stringify(row, keepBig), readBig);
  };
  const rowsOf = (n, first = 0) => {
    const vectors = embeddings({ n, dim: DIM, seed: below(1000) });
    return vectors.map((vector, i) => ({ ...rowOf(first + i), vector }));
  };
  return { keyType, fields, below, rowsOf };
}

/** As JSON holds it: without keys that are undefined; integers stay as they are. */
const keepBig = (_, value) => (typeof value === 'bigint' ? { big: String(value) } : Object.is(value, -0) ? 0 : value);
const readBig = (_, value) => (typeof value?.big === 'string' ? BigInt(value.big) : value);

/** Makes collection 'c' of a model. */
export async function collectionOf(client, { keyType, fields }, more = {}) {
  const schema = client
    .create_schema({ enable_dynamic_field: true })
    .add_field('id', keyType, { is_primary: true, max_length: keyType === 'VARCHAR' ? 20 : undefined })
    .add_field('vector', 'FLOAT_VECTOR', { dim: DIM })
    .add_field('meta', 'JSON', { nullable: true })
    .add_field('list', 'ARRAY', { element_type: 'INT32', max_capacity: 3 });
  for (const { name, type, nullable } of fields) {
    schema.add_field(name, type, { nullable, max_length: type === 'VARCHAR' ? 40 : undefined });
  }
  await client.create_collection({ collection_name: 'c', schema, ...more });
}
