// A database behind a server, and clients that speak REST to it: places as in tests/conformance/places.js.
import { nodeFile } from '../conformance/places.js';
import { MilvusClient } from '../../js/index.js';
import { serve } from '../../js/server.js';

/** Options of a client that stay its own; others are the server's, whose engine they are about. */
const OF_CLIENT = new Set(['int64', 'vector_format', 'token', 'timeout', 'db_name']);
const BUILDERS = new Set(['create_schema', 'create_field_schema', 'prepare_index_params']);

/** @type {import('../conformance/places.js').Storage} */
export const rest = { name: 'over REST', kind: 'server', lasts: false, place: () => placeOf(':memory:', () => {}) };

/** What is served is a file, which is closed with the last client. */
export const restFile = {
  name: 'over REST, of a file',
  kind: 'server',
  lasts: true,
  place() {
    const { path, remove } = nodeFile.place();
    return placeOf(path, remove, { untilClosed: true });
  },
};

/**
 * @param {string} uri
 * @param {() => void} remove
 * @param {{ untilClosed?: boolean }} [how]  a server ends with its last client
 */
function placeOf(uri, remove, { untilClosed = false } = {}) {
  let running;
  let clients = 0;
  const end = async () => {
    const ending = running;
    running = undefined;
    await ending?.then((server) => server.close(), () => {});
  };
  return {
    open(options = {}) {
      new MilvusClient({ uri: ':memory:', ...options }); // says what is wrong with them at once
      const entries = Object.entries(options);
      const own = Object.fromEntries(entries.filter(([name]) => OF_CLIENT.has(name)));
      const engine = Object.fromEntries(entries.filter(([name]) => !OF_CLIENT.has(name)));
      running ??= serve({ uri, port: 0, worker: false, ...engine });
      clients++;
      const client = running.then(({ url }) => new MilvusClient({ uri: url, ...own }));
      let closing;
      const close = async () => {
        await client.then((one) => one.close(), () => {});
        if (--clients === 0 && untilClosed) await end();
      };
      return later(client, () => (closing ??= close()));
    },
    async remove() {
      await end();
      remove();
    },
  };
}

/** A client as soon as there is one. Calls are made in their order. */
function later(promise, close) {
  return new Proxy(MilvusClient.prototype, {
    get(_, name) {
      if (name === 'then') return undefined;
      if (BUILDERS.has(name)) return MilvusClient[name];
      if (name === 'get_server_type') return MilvusClient.prototype.get_server_type;
      if (name === 'close') return close;
      return async (...args) => (await promise)[name](...args);
    },
  });
}
