// Milvus' gRPC on the port of serve(), for pymilvus, the Node SDK and what stands on them. The packages it
// needs are optional: @zilliz/milvus2-sdk-node brings Milvus' messages, gRPC and protobuf.
//
//     import { serve } from 'milvus-lite-wasm/server';
//     import { grpc } from 'milvus-lite-wasm/grpc';
//
//     const server = await serve({ uri: './milvus_demo.db', http2: grpc() });

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Code } from './constants.js';
import { MilvusException } from './errors.js';
import { SearchIterators } from './grpc_iterators.js';
import { messagesOf, ROOT } from './grpc_messages.js';
import { RPCS } from './grpc_table.js';
import { RestCode } from './server_rest.js';

/** @typedef {Record<string, any>} Dict */

const SDK = '@zilliz/milvus2-sdk-node';
const MOST_BYTES = 256 * 2 ** 20; // of a message, as a server has it

/** gRPC's own codes. */
const GrpcCode = Object.freeze({ DeadlineExceeded: 4, Unauthenticated: 16 });

/** The codes of Milvus 2.2 and older, which clients still ask for. */
const LEGACY = /** @type {Record<number, number>} */ ({
  [Code.Success]: 0,
  [Code.CollectionNotFound]: 4,
  [Code.IndexNotFound]: 25,
  [Code.ParameterInvalid]: 5,
});

/**
 * @typedef {object} Packages
 * @property {any} grpc
 * @property {any} root  of all messages
 */

/**
 * Finds the packages: beside this one, or where the program runs.
 *
 * @param {string} [folder]
 * @returns {Packages | undefined}  undefined when they are not installed
 */
export function findPackages(folder = process.cwd()) {
  for (const from of [import.meta.url, join(folder, 'package.json')]) {
    const require = createRequire(from);
    let sdk;
    try {
      sdk = require.resolve(`${SDK}/package.json`);
    } catch {
      continue;
    }
    const ofSdk = createRequire(sdk);
    const json = ofSdk(`${SDK}/dist/milvus/proto-json/milvus`);
    const root = ofSdk('protobufjs').Root.fromJSON(json.default ?? json);
    return { grpc: ofSdk('@grpc/grpc-js'), root: root.resolveAll() };
  }
  return undefined;
}

/**
 * What serve() takes as http2.
 *
 * @param {{ packages?: Packages }} [options]
 * @returns {(service: import('./server.js').Service) => import('./server.js').Http2}
 * @throws {MilvusException} 10 the packages are not installed
 */
export function grpc({ packages = findPackages() } = {}) {
  if (!packages) {
    const message = `gRPC needs the package ${SDK}: npm install ${SDK}`;
    throw new MilvusException(Code.ServiceUnimplemented, message);
  }
  return (service) => serveGrpc(service, packages);
}

/**
 * @param {import('./server.js').Service} service
 * @param {Packages} packages
 * @returns {import('./server.js').Http2}
 */
function serveGrpc(service, { grpc: library, root }) {
  const messages = messagesOf(root);
  const iterators = new SearchIterators();
  const { methods } = root.lookupService(`${ROOT}.milvus.MilvusService`);
  const definition = /** @type {Dict} */ ({});
  const handlers = /** @type {Dict} */ ({});
  for (const [name, rpc] of Object.entries(RPCS)) {
    const method = methods[name];
    if (!method) continue; // an older SDK
    const { resolvedRequestType: request, resolvedResponseType: response } = method.resolve();
    definition[name] = {
      path: `/${ROOT}.milvus.MilvusService/${name}`,
      requestStream: false,
      responseStream: false,
      requestSerialize: (/** @type {Buffer} */ bytes) => bytes,
      requestDeserialize: (/** @type {Buffer} */ bytes) => messages.read(request, bytes),
      responseSerialize: (/** @type {Dict} */ reply) => messages.write(response, reply),
      responseDeserialize: (/** @type {Buffer} */ bytes) => bytes,
    };
    const status = response.name === 'Status' ? undefined : Object.keys(response.fields).find((field) => /^(alter_)?status$/.test(field));
    handlers[name] = handlerOf({ service, name, rpc, messages, iterators, status });
  }
  const server = new library.Server({
    'grpc.max_receive_message_length': MOST_BYTES,
    'grpc.max_send_message_length': MOST_BYTES,
  });
  server.addService(definition, handlers);
  const injector = server.createConnectionInjector(library.ServerCredentials.createInsecure());
  return {
    injectConnection: (socket) => injector.injectConnection(socket),
    async close() {
      injector.drain(CLOSING_MILLISECONDS);
      injector.destroy();
      await new Promise((resolve) => server.tryShutdown(resolve));
    },
  };
}

const CLOSING_MILLISECONDS = 1000;

/**
 * @param {object} p
 * @param {import('./server.js').Service} p.service
 * @param {string} p.name
 * @param {import('./grpc_table.js').Rpc} p.rpc
 * @param {import('./grpc_messages.js').Messages} p.messages
 * @param {SearchIterators} p.iterators
 * @param {string} [p.status]  where the reply has its status; left out: the reply is one
 */
function handlerOf({ service, name, rpc, messages, iterators, status: place }) {
  const say = (/** @type {Dict} */ status, /** @type {Dict | void} */ rest) =>
    place ? { [place]: status, ...rest } : status;
  return async (/** @type {any} */ call, /** @type {any} */ callback) => {
    const credentials = String(call.metadata.get('authorization')[0] ?? '');
    if (!service.isAllowed(Buffer.from(credentials, 'base64').toString())) {
      const details = 'auth check failure, please check username and password are correct';
      return callback({ code: GrpcCode.Unauthenticated, details });
    }
    const gone = new AbortController();
    call.on('cancelled', () => gone.abort()); // by the client, or because its deadline has passed
    try {
      if (service.readOnly && !rpc.reads) {
        const message = 'the database is read-only: writing is refused';
        throw new MilvusException(Code.ServiceQuotaExceeded, message);
      }
      const { request } = call;
      if (request.namespace) throw new MilvusException(Code.ServiceUnimplemented, 'namespace is not supported by the embedded engine');
      const isAboutDatabase = /Database/.test(name);
      const database = isAboutDatabase ? '' : request.db_name || String(call.metadata.get('dbname')[0] ?? '');
      const left = (new Date(call.getDeadline()).getTime() - Date.now()) / 1000;
      const seconds = Number.isFinite(left) ? Math.min(Math.max(left, 0.001), LONGEST_SECONDS) : undefined;
      const ask = (/** @type {string} */ operation, /** @type {Dict} */ params = {}) =>
        askClient(service.client, operation, database ? { ...params, db_name: database } : params);
      const answer = () => rpc.answer({ ask, request, database, read: messages.inner, iterators });
      callback(null, say(SUCCESS, await service.run(answer, { seconds, signal: gone.signal })));
    } catch (error) {
      const isLate = /** @type {any} */ (error)?.code === RestCode.DeadlineExceeded;
      if (isLate) callback({ code: GrpcCode.DeadlineExceeded, details: /** @type {any} */ (error).message });
      else callback(null, say(statusOf(error)));
    }
  };
}

const LONGEST_SECONDS = 86_400;
const SUCCESS = Object.freeze({ error_code: 0, code: 0, reason: '' });

/**
 * @param {any} client
 * @param {string} operation
 * @param {Dict} params
 */
function askClient(client, operation, { db_name, ...params }) {
  const isElsewhere = db_name && (db_name !== 'default' || operation.includes('_database'));
  return client[operation](isElsewhere ? { ...params, db_name } : params);
}

/** @param {any} error */
function statusOf(error) {
  const code = error instanceof MilvusException ? error.code : Code.Unexpected;
  const reason = String(error?.message ?? error);
  return { error_code: LEGACY[code] ?? 1, code, reason, detail: reason, retriable: false };
}
