// Values as Milvus' protobuf has them, columns of fields, and back: rows as the client has them.

import { Code, DataType } from './constants.js';
import { MilvusException, ParamError } from './errors.js';
import { functionOf } from './groups.js';
import { readJson, writeJson } from './json.js';
import { timeTexts } from './times.js';

/** @typedef {Record<string, any>} Dict */

export const META = '$meta';

/** @param {string} text  @returns {number | bigint} */
export function integerOf(text) {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

/**
 * The rows of an insert. Values that are null stand in valid_data alone (compact) or in their place as well.
 *
 * @param {Dict[]} fields
 * @param {number} count
 * @returns {Dict[]}
 */
export function rowsOfFields(fields, count) {
  const rows = Array.from({ length: count }, () => /** @type {Dict} */ ({}));
  for (const field of fields) {
    const { field_name: name, is_dynamic, valid_data: valid = [] } = field;
    const values = valuesOf(field);
    const present = valid.length > 0 ? valid.filter(Boolean).length : count;
    const isCompact = valid.length > 0 && values.length === present && present < count;
    if (!isCompact && values.length !== count) {
      const message = `field '${name}' has ${values.length} values for ${count} rows`;
      throw new ParamError(Code.ParameterInvalid, message, { detail: { field: name } });
    }
    for (let row = 0, at = 0; row < count; row++) {
      const isNull = valid.length > 0 && !valid[row];
      const value = isNull ? null : values[isCompact ? at++ : row];
      if (is_dynamic || name === META) spread(rows[row], value);
      else rows[row][name] = value;
    }
  }
  return rows;
}

/**
 * @param {Dict} row
 * @param {unknown} meta
 */
function spread(row, meta) {
  if (meta === null || meta === undefined) return;
  if (typeof meta !== 'object' || Array.isArray(meta)) {
    throw new ParamError(Code.ParameterInvalid, `${META} must be an object, got ${writeJson(meta)}`);
  }
  for (const [key, value] of Object.entries(meta)) {
    Object.defineProperty(row, key, { value, enumerable: true, writable: true, configurable: true });
  }
}

/** @param {Dict} field  @returns {any[]} */
function valuesOf({ field_name: name, scalars, vectors }) {
  if (vectors) return vectorsOf(name, vectors);
  return scalars ? scalarsOf(name, scalars) : [];
}

/**
 * @param {string} name
 * @param {Dict} scalars
 * @returns {any[]}
 */
function scalarsOf(name, scalars) {
  const kind = Object.keys(scalars).find((key) => key !== 'data' && scalars[key] != null);
  if (kind === undefined) return [];
  const { data } = scalars[kind];
  switch (kind) {
    case 'long_data':
      return data.map(integerOf);
    case 'json_data':
      return data.map((/** @type {Buffer} */ bytes) => jsonOf(name, bytes));
    case 'array_data':
      return data.map((/** @type {Dict} */ items) => scalarsOf(name, items));
    case 'bool_data':
    case 'int_data':
    case 'double_data':
    case 'string_data':
    case 'geometry_wkt_data':
      return data;
    case 'float_data':
      return Array.from(data);
    case 'timestamptz_data':
      return timesOf(data);
    default:
      throw unsupported(name, kind);
  }
}

/** @param {string[]} micros  since 1970 */
export function timesOf(micros) {
  try {
    return timeTexts(BigInt64Array.from(micros, BigInt));
  } catch (cause) {
    throw new ParamError(Code.ParameterInvalid, 'a time in microseconds is before or after all dates', { cause });
  }
}

/**
 * @param {string} name
 * @param {Buffer} bytes
 */
function jsonOf(name, bytes) {
  if (bytes.length === 0) return null;
  try {
    return readJson(bytes.toString('utf8'));
  } catch (cause) {
    const message = `field '${name}' is not JSON: ${/** @type {Error} */ (cause).message}`;
    throw new ParamError(Code.ParameterInvalid, message, { detail: { field: name }, cause });
  }
}

/** How vectors stand in bytes: bytes of an element, and its array. */
const PACKED = /** @type {Record<string, { bytes: (dim: number) => number, array: any }>} */ ({
  binary_vector: { bytes: (dim) => dim / 8, array: Uint8Array },
  float16_vector: { bytes: (dim) => dim * 2, array: Uint16Array },
  bfloat16_vector: { bytes: (dim) => dim * 2, array: Uint16Array },
  int8_vector: { bytes: (dim) => dim, array: Int8Array },
});

/**
 * @param {string} name
 * @param {Dict} vectors
 * @returns {any[]}
 */
function vectorsOf(name, vectors) {
  const dim = Number(vectors.dim);
  const kind = Object.keys(vectors).find((key) => !['dim', 'data'].includes(key) && vectors[key] != null);
  if (kind === undefined) return [];
  if (kind === 'sparse_float_vector') return vectors[kind].contents.map(sparseOf);
  if (!(dim > 0)) throw new ParamError(Code.ParameterInvalid, `field '${name}' has no dim`);
  if (kind === 'float_vector') {
    const { data } = vectors[kind];
    if (data.length % dim !== 0) throw ragged(name, dim);
    return Array.from({ length: data.length / dim }, (_, i) => data.subarray(i * dim, (i + 1) * dim));
  }
  const packed = PACKED[kind];
  if (!packed) throw unsupported(name, kind);
  const width = packed.bytes(dim);
  const bytes = Uint8Array.from(vectors[kind]); // a copy begins where any element may
  if (!Number.isInteger(width) || bytes.length % width !== 0) throw ragged(name, dim);
  return Array.from({ length: bytes.length / width }, (_, i) => {
    const { array } = packed;
    return new array(bytes.buffer, i * width, width / array.BYTES_PER_ELEMENT);
  });
}

/** @param {Buffer} bytes  @returns {Record<number, number>} */
function sparseOf(bytes) {
  if (bytes.length % 8 !== 0) throw new ParamError(Code.ParameterInvalid, 'a sparse vector is cut off');
  const vector = /** @type {Record<number, number>} */ ({});
  for (let at = 0; at < bytes.length; at += 8) vector[bytes.readUInt32LE(at)] = bytes.readFloatLE(at + 4);
  return vector;
}

/**
 * The query vectors of a placeholder.
 *
 * @param {Dict} placeholder
 * @returns {any[]}
 */
export function queriesOf({ type, values }) {
  return values.map((/** @type {Buffer} */ bytes) => {
    const copy = Uint8Array.from(bytes);
    const elements = (/** @type {any} */ array) => {
      if (copy.length % array.BYTES_PER_ELEMENT !== 0) throw ragged('data', copy.length);
      return new array(copy.buffer);
    };
    switch (type) {
      case DataType.FLOAT_VECTOR:
        return elements(Float32Array);
      case DataType.BINARY_VECTOR:
        return copy;
      case DataType.FLOAT16_VECTOR:
      case DataType.BFLOAT16_VECTOR:
        return elements(Uint16Array);
      case DataType.INT8_VECTOR:
        return elements(Int8Array);
      case DataType.SPARSE_FLOAT_VECTOR:
        return sparseOf(bytes);
      case DataType.VARCHAR:
        return bytes.toString('utf8');
      default:
        throw unsupported('data', `placeholder type ${type}`);
    }
  });
}

/**
 * @param {string} name
 * @param {number} dim
 */
const ragged = (name, dim) =>
  new ParamError(Code.ParameterInvalid, `field '${name}': its bytes are no vectors of dim ${dim}`, { detail: { field: name } });

/**
 * @param {string} name
 * @param {string} what
 */
const unsupported = (name, what) =>
  new MilvusException(Code.ServiceUnimplemented, `field '${name}': ${what} is not supported`, { detail: { field: name } });

/**
 * Rows as columns, one for each field that they were asked for, and one of all dynamic keys.
 *
 * @param {Dict} collection  as described
 * @param {Dict[]} rows
 * @param {string[]} wanted  names, '*' or '$meta' too
 * @returns {{ fields_data: Dict[], output_fields: string[] }}
 */
export function fieldsOfRows(collection, rows, wanted) {
  const all = wanted.includes('*');
  const fields = collection.fields.filter(
    (/** @type {Dict} */ { name, is_function_output }) => wanted.includes(name) || (all && !is_function_output),
  );
  const names = new Set(collection.fields.map((/** @type {Dict} */ { name }) => name));
  const fields_data = fields.map((/** @type {Dict} */ field) =>
    fieldOf(field, rows.map((row) => row[field.name])),
  );
  const output_fields = fields.map((/** @type {Dict} */ { name }) => name);
  const keys = wanted.filter((name) => name !== '*' && name !== META && !names.has(name));
  if (collection.enable_dynamic_field && (all || wanted.includes(META) || keys.length > 0)) {
    const metas = rows.map((row) => Object.fromEntries(Object.entries(row).filter(([key]) => !names.has(key))));
    fields_data.push({ ...fieldOf({ name: META, type: DataType.JSON }, metas), is_dynamic: true });
    output_fields.push(...(all || wanted.includes(META) ? [META] : keys));
  }
  return { fields_data, output_fields };
}

/**
 * The columns of groups.
 *
 * @param {Dict} collection  as describe_collection answers
 * @param {Dict[]} rows
 * @param {string[]} wanted
 * @returns {Dict[]}
 */
export function fieldsOfGroups(collection, rows, wanted) {
  const types = new Map(collection.fields.map((/** @type {Dict} */ { name, type }) => [name, type]));
  return wanted.map((name) => fieldOf({ name, type: typeOfGroups(name, types), nullable: true }, rows.map((row) => row[name])));
}

/**
 * @param {string} name  of an output field
 * @param {Map<string, number>} types
 */
function typeOfGroups(name, types) {
  const { fold, of = name } = functionOf(name) ?? {};
  const type = types.get(of) ?? DataType.JSON; // what a path leads to
  if (fold === 'count') return DataType.INT64;
  if (fold === 'avg') return DataType.DOUBLE;
  if (fold !== 'sum' || type === DataType.JSON) return type;
  return type === DataType.FLOAT || type === DataType.DOUBLE ? DataType.DOUBLE : DataType.INT64;
}

/**
 * A column of values; null ones stand in valid_data, and have a value all the same, but for vectors.
 *
 * @param {Dict} field
 * @param {any[]} values
 * @returns {Dict}
 */
function fieldOf({ name, type, field_id = 0, nullable, element_type, params }, values) {
  const head = { type, field_name: name, field_id };
  const valid_data = nullable ? values.map((value) => value != null) : [];
  if (type >= DataType.BINARY_VECTOR) {
    const present = nullable ? values.filter((value) => value != null) : values;
    return { ...head, valid_data, vectors: vectorColumn(type, Number(params?.dim ?? 0), present) };
  }
  return { ...head, valid_data, scalars: scalarColumn(type, element_type, values) };
}

/** The member of ScalarField, and what stands there for null. */
const SCALARS = /** @type {Record<number, [string, any]>} */ ({
  [DataType.BOOL]: ['bool_data', false],
  [DataType.INT8]: ['int_data', 0],
  [DataType.INT16]: ['int_data', 0],
  [DataType.INT32]: ['int_data', 0],
  [DataType.INT64]: ['long_data', '0'],
  [DataType.FLOAT]: ['float_data', 0],
  [DataType.DOUBLE]: ['double_data', 0],
  [DataType.VARCHAR]: ['string_data', ''],
  [DataType.TIMESTAMPTZ]: ['string_data', ''],
  [DataType.GEOMETRY]: ['geometry_wkt_data', ''],
});

/**
 * @param {number} type
 * @param {number | undefined} element
 * @param {any[]} values
 * @returns {Dict}
 */
function scalarColumn(type, element, values) {
  if (type === DataType.JSON) {
    const data = values.map((value) => Buffer.from(value === undefined ? '' : String(writeJson(value))));
    return { json_data: { data } };
  }
  if (type === DataType.ARRAY) {
    const data = values.map((items) => scalarColumn(/** @type {number} */ (element), undefined, items ?? []));
    return { array_data: { data, element_type: element } };
  }
  const [member, nothing] = SCALARS[type];
  const form = member === 'long_data' ? String : (/** @type {any} */ value) => value;
  return { [member]: { data: values.map((value) => (value == null ? nothing : form(value))) } };
}

const VECTORS = /** @type {Record<number, string>} */ ({
  [DataType.BINARY_VECTOR]: 'binary_vector',
  [DataType.FLOAT16_VECTOR]: 'float16_vector',
  [DataType.BFLOAT16_VECTOR]: 'bfloat16_vector',
  [DataType.INT8_VECTOR]: 'int8_vector',
});

/**
 * @param {number} type
 * @param {number} dim
 * @param {any[]} values
 */
function vectorColumn(type, dim, values) {
  if (type === DataType.FLOAT_VECTOR) {
    const data = new Float32Array(values.length * dim);
    values.forEach((vector, i) => data.set(vector, i * dim));
    return { dim, float_vector: { data } };
  }
  if (type === DataType.SPARSE_FLOAT_VECTOR) return { dim: 0, sparse_float_vector: { contents: values.map(sparseBytes), dim: 0 } };
  const bytes = values.map((v) => Buffer.from(v.buffer, v.byteOffset, v.byteLength));
  return { dim, [VECTORS[type]]: Buffer.concat(bytes) };
}

/** @param {Record<string, number>} vector */
function sparseBytes(vector) {
  const entries = Object.entries(vector).sort(([a], [b]) => Number(a) - Number(b));
  const bytes = Buffer.alloc(entries.length * 8);
  entries.forEach(([index, value], i) => {
    bytes.writeUInt32LE(Number(index), i * 8);
    bytes.writeFloatLE(value, i * 8 + 4);
  });
  return bytes;
}

/**
 * Keys as a message has them.
 *
 * @param {any[]} ids
 */
export function idsOf(ids) {
  return typeof ids[0] === 'string' ? { str_id: { data: ids } } : { int_id: { data: ids.map(String) } };
}

/**
 * The values for a filter's {names}.
 *
 * @param {Record<string, Dict>} given
 * @returns {Dict}
 */
export function templateValues(given = {}) {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, templateValue(value)]));
}

/** @param {Dict} value  @returns {any} */
function templateValue(value) {
  if (value.int64_val != null) return integerOf(value.int64_val);
  if (value.array_val != null) return templateList(value.array_val);
  return value.bool_val ?? value.float_val ?? value.string_val;
}

/** @param {Dict} list  @returns {any[]} */
function templateList({ long_data, array_data, json_data, ...others }) {
  if (long_data) return long_data.data.map(integerOf);
  if (array_data) return array_data.data.map(templateList);
  if (json_data) return json_data.data.map((/** @type {Buffer} */ bytes) => jsonOf('filter_params', bytes));
  return Object.values(others).find((member) => member?.data)?.data ?? [];
}
