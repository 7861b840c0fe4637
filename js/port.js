// A transport's methods as messages: what a worker and other tabs are asked, and what they answer.

import { SliceSize } from './building.js';
import { Code } from './constants.js';
import { exceptionType, MilvusException } from './errors.js';

/** @typedef {import('./options.js').Reply} Reply */
/** @typedef {import('./options.js').Transport} Transport */

/** A code of servers, for what is not answered in time. The engine itself does not have it. */
export const DEADLINE_EXCEEDED = 10001;

/** @typedef {{ id: number, method: string, args: any[] }} Question */
/** @typedef {{ id: number, value?: any, error?: PackedError }} Answer */

/**
 * An error that can be sent.
 *
 * @typedef {object} PackedError
 * @property {boolean} isOurs   a MilvusException
 * @property {string} name
 * @property {string} message
 * @property {string} [stack]
 * @property {number | string} [code]
 * @property {object} [detail]
 * @property {PackedError} [cause]
 */

/**
 * Does what a message asks of a transport. It is called at once, so that the order stays.
 *
 * @param {Transport} transport
 * @param {Question} question
 * @returns {Promise<Answer>}
 */
export async function answerWith(transport, { id, method, args }) {
  try {
    return { id, value: await perform(transport, method, args) };
  } catch (error) {
    return { id, error: packError(error) };
  }
}

/**
 * @param {Transport} transport
 * @param {string} method
 * @param {any[]} args
 */
async function perform(transport, method, args) {
  if (method === 'call') return packReply(await transport.call(args[0], args[1]));
  if (method === 'maintain') {
    const [params, effort] = args;
    const size = Object.assign(new SliceSize(), { effort });
    const reply = await /** @type {Required<Transport>} */ (transport).maintain(params, size);
    return { ...packReply(reply), effort: size.effort };
  }
  return /** @type {any} */ (transport)[method](...args);
}

/**
 * A transport whose methods are messages.
 *
 * @param {(method: string, args: any[]) => Promise<any>} ask
 * @returns {Required<Pick<Transport, 'call' | 'maintain' | 'copy' | 'storage'>>}
 */
export function asking(ask) {
  return {
    async call(request, timeout) {
      return unpackReply(await ask('call', timeout == null ? [request] : [request, timeout]));
    },
    async maintain(params, size) {
      const reply = await ask('maintain', [params, size.effort]);
      size.effort = reply.effort;
      return unpackReply(reply);
    },
    copy: (...args) => ask('copy', args),
    storage: () => ask('storage', []),
  };
}

/**
 * What of a message can be handed over instead of being copied.
 *
 * @param {any} value
 * @returns {Transferable[]}
 */
export function transferables(value) {
  if (Array.isArray(value)) return value.flatMap(transferables);
  if (value instanceof Uint8Array) return [value.buffer];
  if (value instanceof ReadableStream) return [value];
  return value?.bytes instanceof Uint8Array ? [value.bytes.buffer] : [];
}

/** @param {Reply} reply */
function packReply({ bytes, cause }) {
  return { bytes, cause: cause === undefined ? undefined : packError(cause) };
}

/**
 * @param {{ bytes: Uint8Array<ArrayBuffer>, cause?: PackedError }} packed
 * @returns {Reply}
 */
function unpackReply({ bytes, cause }) {
  return { bytes, cause: cause && unpackError(cause) };
}

/**
 * @param {any} error  whatever was thrown
 * @returns {PackedError}
 */
export function packError(error) {
  const { name, message, stack, code, detail, cause } = error ?? {};
  return {
    isOurs: error instanceof MilvusException,
    name: String(name ?? 'Error'),
    message: String(message ?? error),
    stack: stack === undefined ? undefined : String(stack),
    code: typeof code === 'number' || typeof code === 'string' ? code : undefined,
    detail: detail && { ...detail },
    cause: cause === undefined ? undefined : packError(cause),
  };
}

/**
 * @param {PackedError} packed
 * @returns {Error}
 */
export function unpackError({ isOurs, name, message, stack, code, detail, cause: inner }) {
  const cause = inner && unpackError(inner);
  if (isOurs) {
    const type = exceptionType(name);
    return new type(Number(code), message, { detail, cause });
  }
  const error = new Error(message, cause && { cause });
  return Object.assign(error, { name, stack }, code === undefined ? {} : { code });
}

/** What a closed client answers. */
export function notConnected() {
  return new (exceptionType('ConnectionNotExistException'))(
    Code.ConnectionConfig,
    'should create connection first',
  );
}
