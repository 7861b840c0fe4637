// A database as a server: Milvus' REST on a port, for clients of other processes, languages and pages.
//
//     import { serve } from 'milvus-lite-wasm/server';
//
//     const server = await serve({ uri: './milvus_demo.db', token: 'root:Milvus' });
//     console.log(server.url); // http://127.0.0.1:19530
//     await server.close();
//
// Another protocol can have the same port: connections that begin as HTTP/2 does are given to what
// `http2` returns, which is called with the service that also answers REST:
//
//     serve({ uri, http2: ({ client, isAllowed, run }) => ({ injectConnection(socket) {}, async close() {} }) })

import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createNetServer } from 'node:net';
import { MilvusClient } from './client.js';
import { Code } from './constants.js';
import { ParamError } from './errors.js';
import { ERROR_HEADER } from './rest_table.js';
import { Gate } from './server_gate.js';
import { answer, answerTo, operationOf, RestCode } from './server_rest.js';

/**
 * @typedef {object} ServeOptions
 * @property {string | URL} [uri]        of the database, which is opened, and closed with the server
 * @property {MilvusClient} [client]     instead: a client that stays open
 * @property {string} [host]             '127.0.0.1' when left out: this machine only
 * @property {number} [port]             19530 when left out; 0: any that is free
 * @property {string} [token]            what clients must say, 'root:Milvus'; left out: anybody is answered
 * @property {boolean | string | string[]} [cors]  pages of which origins may ask; true: of all; left out: of none
 * @property {boolean} [read_only]       what would change something is refused
 * @property {number} [timeout]          seconds to answer in, unless a request says its own; 60 when left out
 * @property {number} [max_body_bytes]   of a request, 64 MB when left out
 * @property {number} [max_connections]  1000 when left out
 * @property {number} [max_waiting]      requests that wait for their turn, 1000 when left out; more are refused
 * @property {(service: Service) => Http2} [http2]  another protocol on the same port
 */

/** What an http2 protocol stands on.
 *
 * @typedef {object} Service
 * @property {MilvusClient} client
 * @property {boolean} readOnly
 * @property {(authorization: string | undefined) => boolean} isAllowed  the header's value, or the bare credentials
 * @property {<T>(work: () => Promise<T>, limits?: { seconds?: number, signal?: AbortSignal }) => Promise<T>} run
 *   does work when it is its turn; rejects with code 8 when too many wait, 10001 when it takes too long
 */
/** @typedef {{ injectConnection: (socket: import('node:net').Socket) => void, close: () => Promise<void> }} Http2 */

/**
 * @typedef {object} RunningServer
 * @property {string} url
 * @property {number} port
 * @property {MilvusClient} client
 * @property {() => Promise<void>} close  takes no more requests, answers those it has, and closes the database
 */

const AT_ONCE = 2;
const BODIES_AT_ONCE = 4;

/** Requests of this size are read whenever they come; larger ones wait until there is room for them. */
const SMALL_BYTES = 2 ** 18;

const HEADERS_SECONDS = 20;

/**
 * Serves a database.
 *
 * @param {ServeOptions & Omit<import('./options.js').ClientOptions, 'timeout' | 'token' | 'uri'>} options  others are the client's
 * @returns {Promise<RunningServer>}
 * @throws {MilvusException} 1100 an option; 1 the database cannot be opened; Node's error when the port is taken
 */
export async function serve({
  uri,
  client: given,
  host = '127.0.0.1',
  port = 19530,
  token,
  cors = false,
  read_only = false,
  timeout = 60,
  max_body_bytes = 64 * 2 ** 20,
  max_connections = 1000,
  max_waiting = 1000,
  http2,
  ...ofClient
}) {
  if ((uri === undefined) === (given === undefined)) {
    throw new ParamError(Code.ParameterInvalid, 'serve takes either a uri or a client');
  }
  const client = given ?? new MilvusClient({ uri, read_only, worker: true, ...ofClient });
  const ending = new AbortController();
  const turns = new Gate(AT_ONCE, max_waiting);
  const room = new Gate(max_body_bytes * BODIES_AT_ONCE, Infinity);
  const isAllowed = allowing(token);
  /** @type {Service['run']} */
  const run = (work, { seconds = timeout, signal } = {}) => turns.run(work, seconds, signal);
  const service = { client: inPlainForms(client), readOnly: read_only, isAllowed, run };

  /**
   * @param {import('node:http').IncomingMessage} request
   * @param {import('node:http').ServerResponse} response
   */
  const receive = async (request, response) => {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    response.on('error', () => {});
    request.on('error', () => {});
    try {
      const said = await handle(request, gone.signal);
      if (said) send(response, said, originHeaders(request, cors), ending.signal.aborted || !request.complete);
    } catch (error) {
      if (!gone.signal.aborted) send(response, answerTo(error), originHeaders(request, cors), true);
    }
  };

  /**
   * @param {import('node:http').IncomingMessage} request
   * @param {AbortSignal} gone
   * @returns {Promise<import('./server_rest.js').Answer | undefined>}
   */
  const handle = async (request, gone) => {
    const { method, headers, url = '/' } = request;
    if (headers.origin !== undefined && !allowsOrigin(headers.origin, cors)) {
      return { status: 403, text: refusal(Code.ServiceUnimplemented, `pages of ${headers.origin} may not ask this server: see its option cors`) };
    }
    if (method === 'OPTIONS') return { status: 204, text: '' };
    const operation = method === 'POST' ? operationOf(url) : undefined;
    if (!operation) return { status: 404, text: '404 page not found', headers: { 'Content-Type': 'text/plain' } };
    if (!isAllowed(headers.authorization)) {
      return { status: 401, text: refusal(RestCode.NotAuthenticated, "user hasn't authenticated") };
    }
    const declared = Number(headers['content-length'] ?? max_body_bytes);
    if (declared > max_body_bytes) return tooLarge(max_body_bytes);
    const held = declared > SMALL_BYTES ? declared : 0;
    if (held) await room.take(held, gone);
    try {
      const bytes = await readBody(request, max_body_bytes);
      if (!bytes) return tooLarge(max_body_bytes);
      const longs = headers['accept-type-allow-int64'] === 'true';
      const database = headers['db-name'];
      const how = { longs, database: typeof database === 'string' ? database : undefined };
      const seconds = Number(headers['request-timeout']) || timeout;
      return await run(() => answer(service, operation, bytes, how), { seconds, signal: gone });
    } finally {
      if (held) room.give(held);
    }
  };

  const web = createHttpServer(receive);
  web.headersTimeout = HEADERS_SECONDS * 1000;
  web.requestTimeout = timeout * 1000;
  const other = http2?.(service);
  const listener = other ? shared(web, other) : web;
  listener.maxConnections = max_connections;
  try {
    await client.list_collections(); // what is wrong with the database is said now
    await listening(listener, port, host);
  } catch (error) {
    if (!given) await client.close().catch(() => {});
    throw error;
  }
  const address = /** @type {import('node:net').AddressInfo} */ (listener.address());
  /** @type {Promise<void> | undefined} */
  let closing;
  const close = async () => {
    ending.abort();
    const closed = new Promise((resolve) => listener.close(resolve));
    web.close();
    web.closeIdleConnections();
    await other?.close();
    await closed;
    await turns.empty();
    if (!given) await client.close();
  };
  return {
    url: `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`,
    port: address.port,
    client,
    close: () => (closing ??= close()),
  };
}

/**
 * The client with values as the protocols take them, whatever forms the program that has it likes.
 *
 * @param {any} client
 * @returns {MilvusClient}
 */
const inPlainForms = (client) => Object.create(client, { _engine: { value: client._engine.inForms({}) } });

/**
 * @param {import('node:http').ServerResponse} response
 * @param {import('./server_rest.js').Answer} said
 * @param {Record<string, string>} more  headers
 * @param {boolean} last  on this connection
 */
function send(response, { status, headers, text }, more, last) {
  const bytes = Buffer.from(text);
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': bytes.length,
    ...headers,
    ...more,
    ...(last && { Connection: 'close' }),
  });
  response.end(bytes);
}

/**
 * The body, or undefined when it is too large.
 *
 * @param {import('node:http').IncomingMessage} request
 * @param {number} most
 * @returns {Promise<Uint8Array | undefined>}
 */
async function readBody(request, most) {
  const pieces = [];
  let bytes = 0;
  for await (const piece of request) {
    bytes += piece.length;
    if (bytes > most) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** @param {number} most */
function tooLarge(most) {
  const text = refusal(Code.ParameterTooLarge, `the request is larger than ${most} bytes: send the rows in several calls`);
  return { status: 413, text };
}

/**
 * @param {number} code
 * @param {string} message
 */
const refusal = (code, message) => JSON.stringify({ code, message });

/**
 * What credentials open the server. They are compared in constant time.
 *
 * @param {string} [token]
 * @returns {Service['isAllowed']}
 */
function allowing(token) {
  if (!token) return () => true;
  const digest = (/** @type {string} */ text) => createHash('sha256').update(text).digest();
  const expected = digest(token);
  return (authorization = '') => {
    const [, scheme = '', rest = authorization] = /^(bearer|basic)\s+(.*)$/i.exec(authorization) ?? [];
    const isBase64 = scheme.toLowerCase() === 'basic';
    return timingSafeEqual(digest(isBase64 ? Buffer.from(rest, 'base64').toString() : rest), expected);
  };
}

/**
 * @param {string} origin
 * @param {ServeOptions['cors']} cors
 */
const allowsOrigin = (origin, cors) =>
  cors === true || cors === '*' || (Boolean(cors) && [cors].flat().includes(origin));

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {ServeOptions['cors']} cors
 * @returns {Record<string, string>}
 */
function originHeaders({ headers }, cors) {
  if (headers.origin === undefined || !allowsOrigin(headers.origin, cors)) return {};
  return {
    'Access-Control-Allow-Origin': headers.origin,
    'Access-Control-Allow-Methods': 'POST, OPTIONS',
    'Access-Control-Allow-Headers': headers['access-control-request-headers'] ?? '*',
    'Access-Control-Expose-Headers': ERROR_HEADER,
    'Access-Control-Max-Age': '600',
    Vary: 'Origin',
  };
}

/**
 * One port for both: HTTP/2 says PRI first.
 *
 * @param {import('node:http').Server} web
 * @param {Http2} other
 */
function shared(web, other) {
  return createNetServer((socket) => {
    socket.on('error', () => {});
    socket.setTimeout(HEADERS_SECONDS * 1000, () => socket.destroy());
    // not 'data': what was read that way cannot be given back
    socket.once('readable', () => {
      socket.setTimeout(0);
      socket.removeAllListeners('timeout');
      const start = socket.read();
      if (start === null) return;
      socket.unshift(start);
      if (start.subarray(0, 3).toString() === 'PRI') other.injectConnection(socket);
      else web.emit('connection', socket);
    });
  });
}

/**
 * @param {import('node:net').Server} listener
 * @param {number} port
 * @param {string} host
 */
function listening(listener, port, host) {
  return new Promise((resolve, reject) => {
    listener.once('error', reject);
    listener.listen({ port, host }, () => {
      listener.off('error', reject);
      resolve(undefined);
    });
  });
}
