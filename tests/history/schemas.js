// Schemas at random. Types are dealt like cards, so that a few schemas have all of them.
import { ELEMENTS, SCALARS } from './values.js';
import { VECTORS } from './vectors.js';

/** @typedef {import('./choices.js').Choices} Choices */

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {string} type
 * @property {string} [element_type]
 * @property {boolean} [is_primary]
 * @property {boolean} [auto_id]
 * @property {boolean} [is_partition_key]
 * @property {boolean} [nullable]
 * @property {any} [default_value]  as it comes back
 * @property {{ dim?: number, max_length?: number, max_capacity?: number }} params
 */

const NAMES = ['a', 'A', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'order', 'Select', 'text', 'Text', '_x', 'rowid', 'oid', 'meta', 'x', 'y', 'n1', 'value'];
export const DYNAMIC = ['x', 'y', 'z', 'a b', 'ä', 'distance'];
const NO_DEFAULT = ['JSON', 'ARRAY', 'GEOMETRY'];

/** Gives each of a list once, in some order, before one comes again. */
function deck(list) {
  let left = [];
  return (c) => {
    if (left.length === 0) left = [...list];
    return left.splice(c.pick(left.length), 1)[0];
  };
}

/** What deals the types of a history's schemas. */
export const decks = () => ({
  scalar: deck(Object.keys(SCALARS)),
  element: deck(ELEMENTS),
  vector: deck(Object.keys(VECTORS)),
});

/**
 * A scalar field.
 *
 * @param {ReturnType<typeof decks>} types
 * @param {string} name
 * @param {Choices} c
 * @returns {Field}
 */
export function scalarField(types, name, c) {
  const type = types.scalar(c);
  const field = { name, type, params: {} };
  if (type === 'ARRAY') {
    field.element_type = types.element(c);
    field.params.max_capacity = 1 + c.pick(5);
  }
  if (type === 'VARCHAR' || field.element_type === 'VARCHAR') field.params.max_length = 8 + c.pick(30);
  if (c.chance(0.5)) field.nullable = true;
  if (!NO_DEFAULT.includes(type) && c.chance(0.3)) field.default_value = SCALARS[type].make(field, c);
  return field;
}

function vectorField(types, name, c) {
  const type = types.vector(c);
  const dim = type === 'BINARY_VECTOR' ? 8 * (1 + c.pick(3)) : 1 + c.pick(9);
  return { name, type, params: type === 'SPARSE_FLOAT_VECTOR' ? {} : { dim }, ...(c.chance(0.4) && { nullable: true }) };
}

/** A name that the fields do not have; undefined when there is none left. */
export function freeName(fields, c) {
  const taken = new Set(fields.map(({ name }) => name));
  const free = NAMES.filter((name) => !taken.has(name));
  return free.length > 0 ? c.one(free) : undefined;
}

/**
 * @param {ReturnType<typeof decks>} types
 * @param {Choices} c
 * @returns {{ fields: Field[], enable_dynamic_field: boolean, num_partitions?: number }}
 */
export function schemaOf(types, c) {
  const isText = c.chance(0.4);
  /** @type {Field[]} */
  const fields = [{ name: c.one(['id', 'id', 'pk']), type: isText ? 'VARCHAR' : 'INT64', is_primary: true, params: isText ? { max_length: 40 } : {} }];
  if (c.chance(0.3)) fields[0].auto_id = true;
  const add = (make) => fields.push(make(types, freeName(fields, c), c));
  c.some(() => add(vectorField), 3, 1);
  c.some(() => add(scalarField), 7, 2);
  const hasKey = c.chance(0.2);
  if (hasKey) {
    const isKeyText = c.chance(0.5);
    fields.push({ name: 'tenant', type: isKeyText ? 'VARCHAR' : 'INT64', is_partition_key: true, params: isKeyText ? { max_length: 20 } : {}, ...(c.chance(0.3) && { nullable: true }) });
  }
  return { fields, enable_dynamic_field: c.chance(0.6), ...(hasKey && c.chance(0.7) && { num_partitions: 1 + c.pick(8) }) };
}

/** The same as create_collection takes it. */
export const schemaParams = ({ fields, enable_dynamic_field }) => ({ fields: fields.map((field) => ({ ...field })), enable_dynamic_field });
