// Milvus' messages: bytes to objects and back, by protobufjs, but for lists of floats, which are most of a message
// with vectors: they stand in it as they stand in memory, and are copied as one piece.

import { Code } from './constants.js';
import { MilvusException } from './errors.js';

/** @typedef {Record<string, any>} Dict */

/**
 * @typedef {object} Messages
 * @property {(type: any, bytes: Uint8Array) => Dict} read
 * @property {(type: any, message: Dict) => Buffer} write
 * @property {(name: string, bytes: Uint8Array) => Dict} inner  a message in the bytes of another
 */

export const ROOT = 'milvus.proto';
const FORM = { longs: String, bytes: Buffer, defaults: true, arrays: true, objects: true };

/**
 * @param {any} root  of all messages
 * @returns {Messages}
 */
export function messagesOf(root) {
  readFloatsAtOnce(root.lookupType(`${ROOT}.schema.FloatArray`));
  /** @type {Map<string, any>} */
  const types = new Map();
  const read = (/** @type {any} */ type, /** @type {Uint8Array} */ bytes) => type.toObject(type.decode(bytes), FORM);
  return {
    read,
    write: (type, message) => Buffer.from(type.encode(type.fromObject(message)).finish()),
    inner(name, bytes) {
      const type = types.get(name) ?? root.lookupType(`${ROOT}.${name}`);
      types.set(name, type);
      try {
        return read(type, bytes);
      } catch (cause) {
        const message = `${name} cannot be read: ${/** @type {Error} */ (cause).message}`;
        throw new MilvusException(Code.ParameterInvalid, message, { cause });
      }
    },
  };
}

/** The tags of `repeated float data = 1`: all in one piece, and each by itself. */
const PACKED = 10;
const SINGLE = 13;

/**
 * Has a FloatArray's data read as a Float32Array, and written from any list of numbers.
 *
 * @param {any} type
 */
function readFloatsAtOnce(type) {
  type.setup(); // would replace these methods when first used
  const same = (/** @type {any} */ message) => message;
  Object.assign(type, { decode: readFloats, encode: writeFloats, toObject: same, fromObject: same });
}

/**
 * @param {any} reader  of protobufjs
 * @param {number} length
 * @returns {{ data: Float32Array }}
 */
function readFloats(reader, length) {
  const outer = reader.len;
  const end = reader.pos + length;
  if (end > outer) throw new RangeError('index out of range');
  reader.len = end;
  /** @type {Float32Array[]} */
  const pieces = [];
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === PACKED) pieces.push(floatsOf(reader.bytes()));
    else if (tag === SINGLE) pieces.push(Float32Array.of(reader.float()));
    else reader.skipType(tag & 7);
  }
  reader.len = outer;
  return { data: pieces.length === 1 ? pieces[0] : joined(pieces) };
}

/** @param {Uint8Array} bytes  of the message, anywhere in it */
function floatsOf(bytes) {
  if (bytes.length % 4 !== 0) throw new RangeError('a list of floats is cut off');
  return new Float32Array(Uint8Array.from(bytes).buffer);
}

/** @param {Float32Array[]} pieces */
function joined(pieces) {
  const all = new Float32Array(pieces.reduce((n, { length }) => n + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/**
 * @param {{ data: ArrayLike<number> }} message
 * @param {any} writer  of protobufjs
 */
function writeFloats({ data }, writer) {
  if (data.length === 0) return writer;
  const { buffer, byteOffset, byteLength } = data instanceof Float32Array ? data : Float32Array.from(data);
  return writer.uint32(PACKED).bytes(new Uint8Array(buffer, byteOffset, byteLength));
}
