// query and search, for people.

import { definitionOf, primaryOf, withDatabase } from './cli_database.js';
import { printJson, tableText } from './cli_terminal.js';
import { integer, json, list, UsageError } from './cli_usage.js';
import { DataType } from './constants.js';
import { tellsOfGroups } from './groups.js';

/** @param {import('./cli_commands.js').Context} context */
export async function query({ values, positionals: [file, collection_name, filter = ''] }) {
  const group_by_fields = list(values['group-by']);
  const output_fields = list(values.fields) ?? (group_by_fields ? [...group_by_fields, 'count(*)'] : ['*']);
  const fallback = tellsOfGroups({ output_fields, group_by_fields }) ? undefined : 100;
  const params = {
    ...{ collection_name, filter, output_fields, group_by_fields },
    filter_params: json('params', values.params),
    limit: integer('limit', values.limit, { least: 1, fallback }),
    offset: integer('offset', values.offset),
    order_by: values.order,
  };
  const rows = await withDatabase(file, { readOnly: true, db: values.db }, (client) => client.query(params));
  show(rows, values.json);
}

/** @param {import('./cli_commands.js').Context} context */
export async function search({ values, positionals: [file, collection_name] }) {
  const given = ['vector', 'id', 'text'].filter((name) => values[name] !== undefined);
  if (given.length !== 1) throw new UsageError('search takes one of --vector, --id and --text');
  const vector = json('vector', values.vector);
  const options = {
    filter: values.filter,
    filter_params: json('params', values.params),
    output_fields: list(values.fields),
    limit: integer('limit', values.limit, { least: 1 }),
    anns_field: values.field,
    search_params: searchParams(values),
  };
  const hits = await withDatabase(file, { readOnly: true, db: values.db }, async (client) => {
    const data = values.id === undefined ? (vector ?? values.text) : await vectorOf(client, collection_name, values);
    const [found] = await client.search({ collection_name, data: [data], ...options });
    return found.map(({ ...hit }) => hit);
  });
  if (values.json) return printJson(hits);
  show(hits.map(({ entity, ...hit }) => ({ ...hit, ...entity })), false);
}

/** @param {Record<string, any>} values */
function searchParams({ metric, ef }) {
  const params = { ef: integer('ef', ef, { least: 1 }) };
  return { metric_type: metric, params };
}

/**
 * The vector of an entity.
 *
 * @param {import('./index.js').MilvusClient} client
 * @param {string} name
 * @param {Record<string, any>} values
 */
async function vectorOf(client, name, { id, field }) {
  const { schema } = await definitionOf(client, name);
  const primary = primaryOf(schema);
  const vectors = schema.fields.filter((/** @type {any} */ { type }) => type >= DataType.BINARY_VECTOR);
  if (field === undefined && vectors.length > 1) {
    throw new UsageError(`--field must be one of ${vectors.map((/** @type {any} */ v) => v.name).join(', ')}`);
  }
  const of = field ?? vectors[0].name;
  const key = primary.type === DataType.INT64 ? json('id', id) : id;
  const [row] = await client.get({ collection_name: name, ids: [key], output_fields: [of] });
  if (row?.[of] == null) throw new Error(`'${name}' has no entity ${id} with a vector`);
  return row[of];
}

/**
 * @param {Record<string, any>[]} rows
 * @param {boolean} asJson
 */
function show(rows, asJson) {
  if (asJson) return printJson(rows);
  if (rows.length === 0) return console.log('nothing found');
  const head = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  console.log(tableText(head, rows.map((row) => head.map((name) => row[name]))));
}
