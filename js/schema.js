// Builders of schemas and index parameters. They only gather: what is right is the engine's to say.

import { named } from './parameters.js';

/** @typedef {typeof import('./constants.js').DataType} DataTypes */
/** @typedef {DataTypes[keyof DataTypes] | keyof DataTypes} DataTypeLike */

/**
 * @typedef {object} FieldOptions
 * @property {boolean} [is_primary]
 * @property {boolean} [auto_id]
 * @property {number} [dim]            of a vector
 * @property {number} [max_length]     of a VARCHAR, or of those in an ARRAY: bytes of UTF-8
 * @property {DataTypeLike} [element_type]  of an ARRAY
 * @property {number} [max_capacity]   of an ARRAY
 * @property {boolean} [nullable]
 * @property {unknown} [default_value]
 * @property {boolean} [is_partition_key]
 * @property {boolean} [enable_analyzer]
 * @property {boolean} [enable_match]
 * @property {object} [analyzer_params]
 * @property {string} [description]
 * @property {Record<string, unknown>} [params]  any of the type's parameters, as in a description
 */

/** What belongs to a field itself; everything else said of one is a parameter of its type. */
const OF_FIELD = new Set([
  'is_primary',
  'auto_id',
  'nullable',
  'default_value',
  'is_partition_key',
  'is_clustering_key',
  'element_type',
  'description',
]);

export class CollectionSchema {
  /** @type {{ name: string, type: DataTypeLike, params: Record<string, unknown>, [key: string]: unknown }[]} */
  fields = [];
  /** @type {MilvusFunction[]} */
  functions = [];
  #options;

  /**
   * @param {object} [options]
   * @param {boolean} [options.auto_id]               the engine makes the primary keys
   * @param {boolean} [options.enable_dynamic_field]  rows may have keys that are no fields
   * @param {string} [options.description]
   * @param {string} [options.primary_field]          instead of is_primary in a field
   */
  constructor({ auto_id = false, enable_dynamic_field = false, description = '', ...more } = {}) {
    this.#options = { auto_id, enable_dynamic_field, description, ...more };
  }

  get auto_id() {
    return this.#options.auto_id;
  }

  get enable_dynamic_field() {
    return this.#options.enable_dynamic_field;
  }

  get description() {
    return this.#options.description;
  }

  /** The field of the primary key, as far as one is there. */
  get primary_field() {
    const { primary_field: name } = this.#options;
    return this.fields.find((field) => field.is_primary || field.name === name);
  }

  /**
   * @overload
   * @param {{ field_name: string, datatype: DataTypeLike } & FieldOptions} p
   * @returns {this}
   *
   * @overload
   * @param {string} field_name
   * @param {DataTypeLike} datatype
   * @param {FieldOptions} [p]
   * @returns {this}
   *
   * @param {any[]} args
   */
  add_field(...args) {
    const { field_name: name, datatype: type, params = {}, ...options } = named('add_field', args);
    const entries = Object.entries(options).filter(([, value]) => value !== undefined);
    const own = entries.filter(([key]) => OF_FIELD.has(key));
    const ofType = entries.filter(([key]) => !OF_FIELD.has(key));
    const all = { ...params, ...Object.fromEntries(ofType) };
    this.fields.push({ name, type, ...Object.fromEntries(own), params: all });
    return this;
  }

  /**
   * @param {MilvusFunction | FunctionDefinition} definition
   * @returns {this}
   */
  add_function(definition) {
    const isBuilt = definition instanceof MilvusFunction;
    this.functions.push(isBuilt ? definition : new MilvusFunction(definition));
    return this;
  }

  /** A plain object, as create_collection takes it too. */
  to_dict() {
    return {
      ...this.#options,
      fields: this.fields,
      functions: this.functions.map((f) => f.toJSON()),
    };
  }

  toJSON() {
    return this.to_dict();
  }

  // the same, in camel case

  /** @returns {CollectionSchema['add_field']} */
  get addField() {
    return this.add_field;
  }

  /** @returns {CollectionSchema['add_function']} */
  get addFunction() {
    return this.add_function;
  }

  /** @returns {CollectionSchema['to_dict']} */
  get toDict() {
    return this.to_dict;
  }
}

/**
 * @typedef {object} FunctionDefinition
 * @property {string} name
 * @property {number} function_type                   of FunctionType
 * @property {string | string[]} input_field_names
 * @property {string | string[]} [output_field_names]
 * @property {string} [description]
 * @property {Record<string, unknown>} [params]
 */

/** A function that makes one field out of others. Exported as Function, its name in pymilvus. */
export class MilvusFunction {
  #definition;

  /**
   * @param {[p: FunctionDefinition] | [name: string, function_type: number,
   *   input_field_names: string | string[], output_field_names?: string | string[],
   *   description?: string, params?: Record<string, unknown>]} args
   */
  constructor(...args) {
    const p = named('Function', args);
    this.#definition = {
      name: p.name,
      type: p.function_type ?? p.type,
      description: p.description ?? '',
      input_field_names: [p.input_field_names ?? []].flat(),
      output_field_names: [p.output_field_names ?? []].flat(),
      params: p.params ?? {},
    };
  }

  toJSON() {
    return this.#definition;
  }
}

/**
 * @typedef {object} IndexOptions
 * @property {string} [index_type]   of IndexType; AUTOINDEX when left out
 * @property {string} [index_name]   the field's name when left out
 * @property {string} [metric_type]  of MetricType
 * @property {Record<string, unknown>} [params]  parameters of the index, which may also stand flat
 */

/** @typedef {IndexOptions & Record<string, unknown>} IndexOptionsAndParams */

export class IndexParams {
  /** @type {Map<string, Record<string, unknown>>} */
  #indexes = new Map();

  /**
   * Adds an index, or replaces the one of that field and name.
   *
   * @overload
   * @param {{ field_name: string } & IndexOptionsAndParams} p
   * @returns {this}
   *
   * @overload
   * @param {string} field_name
   * @param {string} [index_type]
   * @param {string} [index_name]
   * @param {IndexOptionsAndParams} [p]
   * @returns {this}
   *
   * @overload
   * @param {string} field_name
   * @param {IndexOptionsAndParams} p
   * @returns {this}
   *
   * @param {any[]} args
   */
  add_index(...args) {
    const { field_name, index_type, index_name, params, ...flat } = named('add_index', args);
    const { metric_type, ...ofIndex } = { ...params, ...flat };
    this.#indexes.set(JSON.stringify([field_name, index_name || '']), {
      field_name,
      ...(index_name && { index_name }),
      ...(index_type && { index_type }),
      ...(metric_type && { metric_type }),
      params: ofIndex,
    });
    return this;
  }

  // the same, in camel case

  /** @returns {IndexParams['add_index']} */
  get addIndex() {
    return this.add_index;
  }

  get length() {
    return this.#indexes.size;
  }

  [Symbol.iterator]() {
    return this.#indexes.values();
  }

  /** A plain list, as create_index takes it too. */
  toJSON() {
    return [...this];
  }
}
