// Random filters over random rows, against the model. FULL=1 tries more of them, SEED another start.
import assert from 'node:assert/strict';
import { it } from 'node:test';

import { MilvusClient } from '../../js/index.js';
import { textOf, timeOf, truthOf } from './model.js';
import { generator } from './random.js';

const FULL = Boolean(process.env.FULL);
const SEED = Number(process.env.SEED ?? 1);
const ROUNDS = FULL ? 200 : 40;
const FILTERS = FULL ? 700 : 500;
const ROWS = 60;
const SORTED_ROWS = 35_000; // with fewer, columns are not sorted
const SORTED_FILTERS = FULL ? 1000 : 20;
const MOST_TEMPLATES = 3;

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

/**
 * Tries filters over rows of one random schema. A filter is compiled and run, and gives the keys it finds.
 *
 * @param {number} seed
 * @param {number} nRows
 * @param {number} nFilters
 * @param {object[]} [index_params]
 */
async function tryFilters(seed, nRows, nFilters, index_params) {
  const random = generator(seed);
  const collection_name = 'c';
  const client = new MilvusClient(':memory:');
  await client.create_collection({ collection_name, schema: random.schema });
  const rows = Array.from({ length: nRows }, (_, i) => random.row(i));
  await client.insert(collection_name, rows.map((row) => ({ ...row, v: [1, 2], at: row.at === null ? null : timeOf(row.at) })));
  if (index_params) await client.create_index(collection_name, index_params);
  for (let k = 0; k < nFilters; k++) {
    const filter_params = {};
    const tree = withTemplates(random.filter(), random.pick, filter_params);
    const expected = rows.filter((row) => truthOf(tree, row) === true).map(({ id }) => Number(id));
    const filter = textOf(tree, random.pick);
    const found = await client.query({ collection_name, filter, filter_params, output_fields: ['id'] });
    const shown = JSON.stringify(filter_params, (_, v) => (typeof v === 'bigint' ? `${v}` : v));
    assert.deepEqual(found.map(({ id }) => Number(id)), expected, `seed ${seed}: ${filter} with ${shown}`);
  }
  await client.close();
}

it(`finds what the model finds: ${ROUNDS * FILTERS} filters`, async () => {
  for (let round = 0; round < ROUNDS; round++) await tryFilters(SEED * 1000 + round, ROWS, FILTERS);
});

it(`finds it by sorted columns, too: ${SORTED_FILTERS} filters`, async () => {
  const path = (json_path, i) => ({ field_name: json_path.startsWith('js') ? 'js' : json_path, index_name: `path_${i}`, index_type: 'INVERTED', params: { json_path, json_cast_type: 'double' } });
  const fields = ['i', 't', 'm', 'f', 'd', 's', 'at'].map((field_name) => ({ field_name, index_type: 'INVERTED' }));
  const indexes = [...fields, ...['js["a"]', 'js["o"]["k"]', 'x', 'y'].map(path)];
  await tryFilters(SEED * 1000 + 999, SORTED_ROWS, SORTED_FILTERS, indexes);
});
