/**
 * A client whose inserts wait until they are let go.
 *
 * @param {import('../../js/index.js').MilvusClient} client
 */
export function held(client) {
  const { promise: open, resolve: letGo } = withResolvers();
  const { promise: entered, resolve: enter } = withResolvers();
  const handler = {
    get(_, name) {
      if (name !== 'insert') return client[name];
      return async (...args) => (enter(), await open, client.insert(...args));
    },
  };
  return { client: new Proxy(client, handler), entered, letGo };
}

function withResolvers() {
  let resolve;
  const promise = new Promise((given) => (resolve = given));
  return { promise, resolve };
}
