// The errors of a client. Classes are named as in pymilvus; codes are a Milvus server's.

/**
 * Where an error is, as far as it has a place.
 *
 * @typedef {object} ErrorDetail
 * @property {string} [field]  field or parameter
 * @property {number} [row]    index into the rows of the call
 * @property {number} [at]     byte offset into a filter
 * @property {number} [done]   of a write in pieces: rows that were written before
 */

export class MilvusException extends Error {
  /**
   * @param {number} code      a Milvus code, see Code
   * @param {string} message   names the parameter or field, the rule and the value
   * @param {{ detail?: ErrorDetail, cause?: unknown }} [more]
   */
  constructor(code, message, { detail = {}, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    /** @type {number} */
    this.code = code;
    /** @type {ErrorDetail} */
    this.detail = detail;
  }
}

export class ParamError extends MilvusException {}
export class DataNotMatchException extends MilvusException {}
export class DataTypeNotMatchException extends MilvusException {}
export class DataTypeNotSupportException extends MilvusException {}
export class DescribeCollectionException extends MilvusException {}
export class CollectionNotExistException extends MilvusException {}
export class PrimaryKeyException extends MilvusException {}
export class PartitionKeyException extends MilvusException {}
export class AutoIDException extends MilvusException {}
export class SchemaNotReadyException extends MilvusException {}
export class FieldsTypeException extends MilvusException {}
export class FunctionsTypeException extends MilvusException {}
export class AmbiguousIndexName extends MilvusException {}
export class IndexNotExistException extends MilvusException {}
export class ConnectionConfigException extends MilvusException {}
export class ConnectionNotExistException extends MilvusException {}
export class ConnectError extends MilvusException {}
export class MilvusUnavailableException extends MilvusException {}
export class ServerVersionIncompatibleException extends MilvusException {}

/** @type {Record<string, typeof MilvusException>} */
const TYPES = {
  MilvusException,
  ParamError,
  DataNotMatchException,
  DataTypeNotMatchException,
  DataTypeNotSupportException,
  DescribeCollectionException,
  CollectionNotExistException,
  PrimaryKeyException,
  PartitionKeyException,
  AutoIDException,
  SchemaNotReadyException,
  FieldsTypeException,
  FunctionsTypeException,
  AmbiguousIndexName,
  IndexNotExistException,
  ConnectionConfigException,
  ConnectionNotExistException,
  ConnectError,
  MilvusUnavailableException,
  ServerVersionIncompatibleException,
};

// Written out, so that a minified bundle still prints the names users know.
for (const [name, type] of Object.entries(TYPES)) {
  Object.defineProperty(type.prototype, 'name', {
    value: name,
    writable: true,
    configurable: true,
  });
}

/**
 * The class of that name, MilvusException for a name that is not known here.
 *
 * @param {string} name
 * @returns {typeof MilvusException}
 */
export function exceptionType(name) {
  return Object.hasOwn(TYPES, name) ? TYPES[name] : MilvusException;
}
