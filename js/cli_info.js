// info: what is in a database.

import { statSync } from 'node:fs';
import { definitionOf, withDatabase } from './cli_database.js';
import { countText, printJson, sizeText, tableText } from './cli_terminal.js';
import { DataType } from './constants.js';

/** @param {import('./cli_commands.js').Context} context */
export async function run({ values, positionals: [file, only] }) {
  const found = await withDatabase(file, { readOnly: true, db: values.db }, async (client) => {
    const names = only === undefined ? await client.list_collections() : [only];
    const collections = [];
    for (const name of names) collections.push(await collectionInfo(client, name));
    return { file, bytes: sizeOf(file) + sizeOf(`${file}-wal`), collections };
  });
  if (values.json) return printJson(found);
  console.log(`${found.file}  ${sizeText(found.bytes)}`);
  if (found.collections.length === 0) return console.log('no collections');
  const head = ['collection', 'rows', 'loaded', 'indexes'];
  const rows = found.collections.map(({ name, rows, loaded, indexes }) => [
    name,
    countText(rows),
    loaded ? 'yes' : 'no',
    indexes.map(indexText).join(', '),
  ]);
  console.log(`\n${tableText(head, rows)}`);
  if (only !== undefined) console.log(`\n${fieldsText(found.collections[0])}`);
}

/** @param {string} file */
const sizeOf = (file) => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/**
 * @param {import('./index.js').MilvusClient} client
 * @param {string} name
 */
async function collectionInfo(client, name) {
  const { schema, loaded, properties } = await definitionOf(client, name);
  const { row_count: rows } = await client.get_collection_stats(name);
  const indexes = [];
  for (const index of await client.list_indexes(name)) {
    indexes.push(/** @type {Record<string, any>} */ (await client.describe_index(name, index)));
  }
  return { name, rows, loaded, indexes, schema, properties };
}

/** @param {Record<string, any>} index */
function indexText({ field_name, index_type, metric_type, pending_index_rows: pending }) {
  const rest = pending ? `, ${countText(pending)} rows to come` : '';
  return `${field_name} (${[index_type, metric_type].filter(Boolean).join(' ')}${rest})`;
}

/** @param {Awaited<ReturnType<typeof collectionInfo>>} collection */
function fieldsText({ schema }) {
  const nameOf = (/** @type {number} */ type) =>
    Object.entries(DataType).find(([, number]) => number === type)?.[0] ?? String(type);
  const rows = schema.fields.map((/** @type {any} */ field) => [
    field.name,
    nameOf(field.type) + (field.element_type ? ` of ${nameOf(field.element_type)}` : ''),
    Object.entries(field.params).map(([key, value]) => `${key} ${value}`).join(', '),
    ['is_primary', 'auto_id', 'nullable', 'is_partition_key'].filter((key) => field[key]).join(', '),
  ]);
  const more = schema.enable_dynamic_field ? '\nand any other keys (dynamic fields)' : '';
  return tableText(['field', 'type', 'parameters', ''], rows) + more;
}
