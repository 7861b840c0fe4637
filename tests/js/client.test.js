import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readMessage, writeMessage } from '../../js/codec.js';
import { OPERATIONS } from '../../js/constants.js';
import { MilvusClient, MilvusUnavailableException, ParamError } from '../../js/index.js';
import { unpackColumn } from '../../js/results.js';

/** Operations of transports, not of users. */
const INTERNAL = ['open', 'close', 'maintain', 'checkpoint'];
const NAMES = Object.fromEntries(Object.entries(OPERATIONS).map(([name, { id }]) => [id, name]));

/** A client whose calls are recorded, and answered with `value`. */
const recorded = (value = null, options = {}) => {
  const calls = [];
  const transport = {
    async call(request) {
      const { operation, params, rows, columns } = readMessage(request);
      const lists = Object.fromEntries(
        columns.map((column) => [column.name, unpackColumn(column, {})]),
      );
      calls.push({ operation: NAMES[operation], params, rows, columns: lists });
      const text = JSON.stringify({ shape: 'value', value });
      return {
        bytes: writeMessage({ operation, rows: 0, params: text, columns: [] }),
        cause: undefined,
      };
    },
    async close() {
      calls.push('close');
    },
  };
  return { client: new MilvusClient({ transport, ...options }), calls };
};

describe('MilvusClient', () => {
  it('sends each call as one request of its name', async () => {
    const { client, calls } = recorded();
    const names = Object.keys(OPERATIONS).filter((name) => !INTERNAL.includes(name));
    for (const name of names) {
      await client[name]({
        collection_name: 'c',
        data: name === 'search' ? [[1]] : [{}],
        ids: [1],
      });
    }
    assert.deepEqual(
      calls.map(({ operation }) => operation),
      names,
    );
    for (const { params } of calls) assert.equal(params.collection_name, 'c');
  });

  it('has a method for every operation', () => {
    for (const name of Object.keys(OPERATIONS)) {
      if (name === 'close' || !INTERNAL.includes(name))
        assert.equal(typeof MilvusClient.prototype[name], 'function', name);
    }
  });

  it('takes the first parameters by position', async () => {
    const { client, calls } = recorded();
    await client.insert('c', [{ id: 1 }, { id: 2 }]);
    await client.create_collection('c', { dimension: 4 });
    await client.has_collection('c');
    await client.list_indexes('c', 'vector');
    await client.search('c', [[1, 2]], { limit: 3 });
    assert.deepEqual(calls[0], {
      operation: 'insert',
      params: { collection_name: 'c' },
      rows: 2,
      columns: { id: [1, 2] },
    });
    assert.deepEqual(calls[1].params, { collection_name: 'c', dimension: 4 });
    assert.deepEqual(calls[2].params, { collection_name: 'c' });
    assert.deepEqual(calls[3].params, { collection_name: 'c', field_name: 'vector' });
    assert.deepEqual(calls[4].params, { collection_name: 'c', limit: 3 });
    assert.deepEqual(calls[4].columns, { data: [[1, 2]] });
  });

  it('sends builders as what they have built', async () => {
    const { client, calls } = recorded();
    const schema = client.create_schema({ auto_id: true }).add_field('id', 5, { is_primary: true });
    const index_params = client.prepare_index_params('v', { index_type: 'FLAT' });
    await client.create_collection({ collection_name: 'c', schema, index_params });
    assert.deepEqual(calls[0].params, {
      collection_name: 'c',
      schema: JSON.parse(JSON.stringify(schema)),
      index_params: [{ field_name: 'v', index_type: 'FLAT', params: {} }],
    });
  });

  it('packs what it is given when it is called, not later', async () => {
    const { client, calls } = recorded();
    const vector = new Float32Array([1, 2]);
    const call = client.insert('c', [{ vector }]);
    vector.fill(9);
    await call;
    assert.deepEqual(calls[0].columns.vector, [new Float32Array([1, 2])]);
  });

  it('rejects, and never throws, for a call it cannot send', async () => {
    const { client, calls } = recorded();
    await assert.rejects(client.insert('c', 'rows'), ParamError);
    await assert.rejects(client.search('c', [1, 2]), ParamError);
    await assert.rejects(client.flush('c', 1, 2), ParamError);
    assert.deepEqual(calls, []);
  });

  it('returns what the engine answers', async () => {
    assert.deepEqual(await recorded(['a', 'b']).client.list_collections(), ['a', 'b']);
    assert.equal(await recorded(null).client.flush('c'), undefined);
  });

  it('closes its transport, by await using too', async () => {
    const { client, calls } = recorded();
    await client.close();
    await client[Symbol.asyncDispose]();
    assert.deepEqual(calls, ['close', 'close']);
  });
});

describe('the options of a client', () => {
  it('are checked where they are given', () => {
    const refused = (options, ...words) =>
      assert.throws(
        () => new MilvusClient(options),
        (error) =>
          error instanceof ParamError && words.every((word) => error.message.includes(word)),
      );
    refused({ memory_limit: 1 }, 'memory_limit', '4194304', 'got 1');
    refused({ memory_limit: '8GB' }, 'memory_limit', "got '8GB'");
    refused({ memory_limit: 'lots' }, 'memory_limit');
    refused({ int64: 'number' }, 'int64', 'auto, bigint, string');
    refused({ vector_format: 'list' }, 'vector_format');
    refused({ timeout: -1 }, 'timeout');
    refused({ db_name: 7 }, 'db_name', 'got 7');
    refused({ durabilty: 'full' }, "unknown option 'durabilty'");
  });

  it('take a limit in bytes or with a unit', () => {
    for (const memory_limit of [4194304, '4MB', '512MB', '1.5 GiB', '4G', 2 ** 32]) {
      assert.ok(new MilvusClient({ memory_limit }));
    }
  });

  it('may name a server, and the first call says when nobody is there', async () => {
    const client = new MilvusClient({ uri: 'http://127.0.0.1:1' });
    await assert.rejects(client.list_collections(), (error) => {
      assert.ok(error instanceof MilvusUnavailableException);
      assert.match(error.message, /Fail connecting to server on 127\.0\.0\.1:1, /);
      return true;
    });
    await client.close();
  });
});
