// Random filters over random rows, against the model. FULL=1 tries more of them, SEED another start.
import assert from 'node:assert/strict';
import { it } from 'node:test';

import { MilvusClient } from '../../js/index.js';
import { textOf, truthOf } from './model.js';
import { generator } from './random.js';

const FULL = Boolean(process.env.FULL);
const SEED = Number(process.env.SEED ?? 1);
const ROUNDS = FULL ? 200 : 40;
const FILTERS = FULL ? 700 : 500;
const ROWS = 60;
const MOST_TEMPLATES = 3;

const nullable = true;
const FIELDS = [
  { name: 'id', type: 'INT64', is_primary: true },
  { name: 'v', type: 'FLOAT_VECTOR', params: { dim: 2 } },
  { name: 'i', type: 'INT64', nullable },
  { name: 't', type: 'INT8' },
  { name: 'f', type: 'FLOAT', nullable },
  { name: 'd', type: 'DOUBLE', nullable },
  { name: 's', type: 'VARCHAR', nullable, params: { max_length: 100 } },
  { name: 'b', type: 'BOOL', nullable },
  { name: 'js', type: 'JSON', nullable },
  { name: 'list', type: 'ARRAY', element_type: 'INT64', nullable, params: { max_capacity: 10 } },
];

/** As JSON tells it: a whole number is an integer, unless it is too large. */
const asSent = (v) => (Array.isArray(v) ? v.map(asSent) : Number.isInteger(v) && Math.abs(v) < 2 ** 63 ? BigInt(v) : v);

/** Some of the literals by name. */
function withTemplates(node, pick, params) {
  const n = Object.keys(params).length;
  if (n < MOST_TEMPLATES && pick(6) === 0) {
    if (node.kind === 'literal') params[(node.template = `p${n}`)] = node.value = asSent(node.value);
    if (node.kind === 'in') params[(node.template = `p${n}`)] = node.list = asSent(node.list);
  }
  for (const key of ['a', 'b', 'c']) if (node[key]) withTemplates(node[key], pick, params);
  return node;
}

/** A filter is compiled and run by count(*) and by the keys it finds. */
async function check(client, rows, filter, filter_params, expected) {
  const found = await client.query({ collection_name: 'c', filter, filter_params, output_fields: ['id'] });
  const ids = found.map(({ id }) => Number(id));
  assert.deepEqual(ids, expected, `${filter} with ${JSON.stringify(filter_params, (_, v) => (typeof v === 'bigint' ? `${v}` : v))}`);
}

it(`finds what the model finds: ${ROUNDS * FILTERS} filters`, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const random = generator(SEED * 1000 + round);
    const client = new MilvusClient(':memory:');
    await client.create_collection({ collection_name: 'c', schema: { fields: FIELDS, enable_dynamic_field: true } });
    const rows = Array.from({ length: ROWS }, (_, i) => random.row(i));
    await client.insert('c', rows.map((row) => ({ ...row, v: [1, 2] })));
    for (let k = 0; k < FILTERS; k++) {
      const params = {};
      const tree = withTemplates(random.filter(), random.pick, params);
      const expected = rows.filter((row) => truthOf(tree, row) === true).map(({ id }) => Number(id));
      await check(client, rows, textOf(tree, random.pick), params, expected);
    }
    await client.close();
  }
});
