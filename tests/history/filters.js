// Filters at random, of any schema: trees that tests/filter/model.js writes as text and judges row by row.
import { textOf, truthOf } from '../filter/model.js';
import { DYNAMIC } from './schemas.js';
import { judged, SCALARS } from './values.js';
import { isVector } from './vectors.js';

/** @typedef {import('./choices.js').Choices} Choices */
/** @typedef {import('./model.js').Collection} Collection */

const ORDERED = ['==', '!=', '<', '<=', '>', '>='];
const NUMBERS = ['INT8', 'INT16', 'INT32', 'INT64', 'FLOAT', 'DOUBLE'];
const PATTERNS = ['%', 'a%', '%b', '_', '%a%', 'a\\_c', 'größ%', '%\\%%'];
const PATHS = [['a'], ['l'], ['l', 0], ['a b'], ['ä'], ['0'], ['a', 'a'], [0]];

const fieldNode = (field, path) => ({ kind: 'field', name: field.name, text: field.name, path, isFloat: field.type === 'FLOAT' });

function literalOf(field, value) {
  const node = { kind: 'literal', value: judged(field, value) };
  return field.type === 'TIMESTAMPTZ' ? { ...node, text: `ISO '${value}'` } : node;
}

/** What is compared with a number of a field: an integer where the field has some. */
function number(field, c) {
  if (c.chance(0.5)) return { kind: 'literal', value: BigInt(c.pick(6) - 2) };
  return literalOf(field, SCALARS[field.type].make(field, c));
}

/** A predicate of values that may be of any kind: a path into JSON, a dynamic field, an element of a list. */
function ofAny(a, c) {
  const literal = { kind: 'literal', value: c.one([1n, 0n, 2n, 0.5, 'a', 'ab', 'größer']) };
  return c.one([
    () => ({ kind: 'compare', op: c.one(ORDERED), a, b: literal }),
    () => ({ kind: 'null', negated: c.chance(0.5), a }),
    () => ({ kind: 'exists', a }),
    () => ({ kind: 'in', negated: c.chance(0.5), a, list: c.some(() => c.one([1n, 2n, 'a', 0.5]), 3) }),
    () => ({ kind: 'contains', how: 'json_contains', a, wanted: c.one([1n, 'a', 0.5]) }),
  ])();
}

/** Of values that are of one type. */
function ofScalar(field, c) {
  const a = fieldNode(field);
  const value = () => SCALARS[field.type].make(field, c);
  const compare = () => ({ kind: 'compare', op: c.one(ORDERED), a, b: NUMBERS.includes(field.type) ? number(field, c) : literalOf(field, value()) });
  const isIn = () => ({ kind: 'in', negated: c.chance(0.5), a, list: c.some(() => judged(field, value()), 5) });
  const isNull = () => ({ kind: 'null', negated: c.chance(0.5), a });
  switch (field.type) {
    case 'BOOL':
      return c.one([() => a, isNull, isIn])();
    case 'VARCHAR':
      return c.one([compare, isIn, isNull, () => ({ kind: 'like', a, pattern: c.one(PATTERNS) })])();
    case 'TIMESTAMPTZ':
      return c.one([compare, isNull])();
    case 'GEOMETRY':
      return isNull();
    case 'JSON':
      return c.one([isNull, () => ofAny(fieldNode(field, c.one(PATHS)), c)])();
    case 'ARRAY':
      return ofArray(field, c);
    default: {
      const sum = { kind: 'compute', op: c.one(['+', '-', '*']), a, b: { kind: 'literal', value: BigInt(1 + c.pick(3)) } };
      return c.one([compare, compare, isIn, isNull, () => ({ kind: 'compare', op: c.one(ORDERED), a: { ...sum }, b: { kind: 'literal', value: BigInt(c.pick(9)) } })])();
    }
  }
}

function ofArray(field, c) {
  const a = fieldNode(field);
  const wanted = () => judged({ ...field, type: field.element_type }, SCALARS[field.element_type].make(field, c));
  return c.one([
    () => ({ kind: 'null', negated: c.chance(0.5), a }),
    () => ({ kind: 'compare', op: c.one(ORDERED), a: { kind: 'length', a }, b: { kind: 'literal', value: BigInt(c.pick(4)) } }),
    () => ({ kind: 'contains', how: 'json_contains', a, wanted: wanted() }),
    () => ({ kind: 'contains', how: c.one(['json_contains_all', 'json_contains_any']), a, wanted: c.some(wanted, 3) }),
  ])();
}

function leaf(collection, c) {
  const { schema } = collection;
  const scalars = schema.fields.filter((field) => !isVector(field));
  const free = schema.enable_dynamic_field ? DYNAMIC.filter((name) => !schema.fields.some((field) => field.name === name)) : [];
  if (free.length > 0 && c.chance(0.2)) {
    const name = c.one(free);
    const text = /^[a-z]+$/.test(name) && c.chance(0.5) ? name : `$meta["${name}"]`;
    return ofAny({ kind: 'field', name, text, path: c.chance(0.5) ? c.one(PATHS) : undefined }, c);
  }
  return ofScalar(c.one(scalars), c);
}

function tree(collection, c, depth) {
  if (depth <= 0 || c.chance(0.3)) return leaf(collection, c);
  const sub = () => tree(collection, c, depth - 1);
  return c.one([() => ({ kind: 'and', a: sub(), b: sub() }), () => ({ kind: 'or', a: sub(), b: sub() }), () => ({ kind: 'not', a: sub() })])();
}

/**
 * @param {Collection} collection
 * @param {Choices} c
 * @returns {{ text: string, isTrue: (row: Record<string, any>) => boolean }}
 */
export function filterOf(collection, c) {
  const node = tree(collection, c, c.pick(3));
  return { text: textOf(node, c.pick), isTrue: (row) => truthOf(node, collection.judged(row)) === true };
}
