// A database behind a server, and clients that speak REST to it: a place as in tests/conformance/places.js.
import { MilvusClient } from '../../js/index.js';
import { serve } from '../../js/server.js';

/** Options of a client that stay its own; others are the server's, whose engine they are about. */
const OF_CLIENT = new Set(['int64', 'vector_format', 'token', 'timeout']);
const BUILDERS = new Set(['create_schema', 'prepare_index_params']);

/** @type {import('../conformance/places.js').Storage} */
export const rest = {
  name: 'over REST',
  kind: 'server',
  lasts: false,
  place() {
    let running;
    return {
      open(options = {}) {
        new MilvusClient({ uri: ':memory:', ...options }); // says what is wrong with them at once
        const entries = Object.entries(options);
        const own = Object.fromEntries(entries.filter(([name]) => OF_CLIENT.has(name)));
        const engine = Object.fromEntries(entries.filter(([name]) => !OF_CLIENT.has(name)));
        running ??= serve({ uri: ':memory:', port: 0, worker: false, ...engine });
        return later(running.then(({ url }) => new MilvusClient({ uri: url, ...own })));
      },
      async remove() {
        await running?.then((server) => server.close(), () => {});
      },
    };
  },
};

/** A client as soon as there is one. Calls are made in their order. */
function later(promise) {
  return new Proxy(MilvusClient.prototype, {
    get(_, name) {
      if (name === 'then') return undefined;
      if (BUILDERS.has(name)) return MilvusClient[name];
      if (name === 'close') return () => promise.then((client) => client.close(), () => {});
      return async (...args) => (await promise)[name](...args);
    },
  });
}
