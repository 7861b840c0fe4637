// serve() as clients of a Milvus server see it: unmodified pymilvus, the official Node SDK and what stands on it.
// Their packages are installed by make, and these tests are skipped where they could not be had.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { findPackages, grpc } from '../../js/grpc.js';
import { RPCS } from '../../js/grpc_table.js';
import { DataType } from '../../js/index.js';
import { POSITIONS } from '../../js/parameters.js';
import { serve } from '../../js/server.js';
import { held } from '../rest/held.js';
import { root, runProgram } from './installed.js';

const ecosystem = join(root, 'build/ecosystem');
const python = join(ecosystem, 'venv/bin/python');
const packages = existsSync(ecosystem) ? findPackages(ecosystem) : undefined;
const noSdk = !packages && 'the Node SDK is not installed in build/ecosystem';
const noPython = !(packages && existsSync(python)) && 'pymilvus is not installed in build/ecosystem';
const program = (name) => join(root, 'tests/ecosystem', name);

const TOKEN = 'root:Milvus';

/** How long garbage is sent; a short while when it is not said. */
const FUZZ_SECONDS = Number(process.env.FUZZ_SECONDS ?? 0);

async function served(t, options = {}) {
  const server = await serve({ uri: ':memory:', port: 0, http2: grpc({ packages }), ...options });
  t.after(() => server.close());
  return server;
}

const run = async (command, ...args) => {
  const { code, out, err } = await runProgram(command, args, { cwd: ecosystem });
  assert.equal(code, 0, err.slice(-3000));
  return out;
};

/** Methods of the table in README. */
function readmeMethods(states) {
  const [, table] = /^## Methods\n([^]*?)^## /m.exec(readFileSync(join(root, 'README.md'), 'utf8'));
  const rows = table.matchAll(new RegExp(`^\\| (?:${states}) \\| ([^|]*) \\|`, 'gm'));
  return [...rows].flatMap(([, names]) => names.match(/\w+/g));
}

/** A key and a vector as an insert has them. */
const fieldsOf = (id, vector) => [
  { type: DataType.INT64, field_name: 'id', scalars: { long_data: { data: [id] } } },
  { type: DataType.FLOAT_VECTOR, field_name: 'vector', vectors: { dim: vector.length, float_vector: { data: vector } } },
];

/** A client that sends bytes: the message of a call, whatever it is. */
function rawClient(t, url, token) {
  const { grpc: library, root: messages } = packages;
  const client = new library.Client(url.replace('http://', ''), library.credentials.createInsecure());
  t.after(() => client.close());
  const metadata = new library.Metadata();
  if (token) metadata.set('authorization', Buffer.from(token).toString('base64'));
  const type = (name) => messages.lookupType(`milvus.proto.milvus.${name}`);
  /** The answer has cancel(). */
  const send = (rpc, bytes, options = {}) => {
    let call;
    const answer = new Promise((resolve) => {
      const same = (value) => value;
      const path = `/milvus.proto.milvus.MilvusService/${rpc}`;
      call = client.makeUnaryRequest(path, same, same, bytes, metadata, options, (error, reply) => resolve({ error, reply }));
    });
    return Object.assign(answer, { cancel: () => call.cancel() });
  };
  const insert = (fields_data, options) => {
    const message = { collection_name: 'documents', num_rows: 1, fields_data };
    return send('Insert', type('InsertRequest').encode(type('InsertRequest').fromObject(message)).finish(), options);
  };
  const statusOf = ({ reply }) => type('MutationResult').toObject(type('MutationResult').decode(reply)).status;
  return { send, type, insert, statusOf };
}

describe('pymilvus', { skip: noPython }, () => {
  it("runs the guide's programs", async (t) => {
    const { url } = await served(t);
    assert.match(await run(python, program('guide.py'), url), /^Collection created!\nInserted 3 documents\n[^]*done\n$/);
  });

  it('does all that it does with a server', async (t) => {
    const { url } = await served(t);
    const called = JSON.parse(await run(python, program('everything.py'), url));
    const broken = ['get_flush_all_state']; // in pymilvus itself
    assert.deepEqual(readmeMethods('works').filter((name) => !called.includes(name) && !broken.includes(name)), []);
  });

  it('has the methods that the table in README has, with the same positions of parameters', async () => {
    const theirs = JSON.parse(await run(python, program('methods.py')));
    const named = readmeMethods('works|on a server|refused');
    assert.deepEqual(Object.keys(theirs).filter((name) => !named.includes(name)), []);
    const newer = ['list_compaction_tasks', 'list_segments']; // than the one installed here
    assert.deepEqual(named.filter((name) => !(name in theirs) && !newer.includes(name)), []);
    const differ = Object.entries(theirs).filter(([name, positions]) => {
      const [ours, other] = [POSITIONS[name] ?? positions.join(' '), positions.join(' ')];
      return !ours.startsWith(other) && !other.startsWith(ours);
    });
    assert.deepEqual(differ, []);
  });

  it('is let in with the token, and with nothing else', async (t) => {
    const { url } = await served(t, { token: TOKEN });
    assert.match(await run(python, program('guide.py'), url, TOKEN), /done\n$/);
    for (const wrong of ['root:wrong', '']) {
      const { code, err } = await runProgram(python, [program('guide.py'), url, wrong], { cwd: ecosystem });
      assert.equal(code, 1);
      assert.match(err, /auth check failure/);
    }
  });
});

describe('the Node SDK', { skip: noSdk }, () => {
  it('works over gRPC and over REST, with a token', async (t) => {
    const { url } = await served(t, { token: TOKEN });
    assert.equal(await run(process.execPath, program('sdk.cjs'), ecosystem, url, TOKEN), 'done\n');
  });
});

describe('gRPC', { skip: noSdk }, () => {
  it('has every RPC of the table', () => {
    const { methods } = packages.root.lookupService('milvus.proto.milvus.MilvusService');
    assert.deepEqual(Object.keys(RPCS).filter((name) => !(name in methods)), []);
  });

  it('answers a call that it does not know as not implemented', async (t) => {
    const { send } = rawClient(t, (await served(t)).url);
    assert.equal((await send('CreateCredential', Buffer.alloc(0))).error.code, 12);
  });

  it('refuses a wrong token, and changes in a read-only database', async (t) => {
    const guarded = await served(t, { token: TOKEN });
    const { error } = await rawClient(t, guarded.url, 'root:no').send('GetVersion', Buffer.alloc(0));
    assert.equal(error.code, 16);
    const server = await serve({ client: guarded.client, port: 0, read_only: true, http2: grpc({ packages }) });
    t.after(() => server.close());
    const { send, type } = rawClient(t, server.url);
    const { reply } = await send('DropCollection', type('DropCollectionRequest').encode({ collection_name: 'x' }).finish());
    const status = packages.root.lookupType('milvus.proto.common.Status').decode(reply);
    assert.equal(status.code, 9);
    assert.match(status.reason, /read-only/);
  });

  it('answers garbage with an error, and goes on', async (t) => {
    const server = await served(t);
    await server.client.create_collection('documents', 4);
    await server.client.insert('documents', [{ id: 1, vector: [1, 2, 3, 4], text: 'x' }]);
    const { send, type } = rawClient(t, server.url);
    const inner = (name) => packages.root.lookupType(`milvus.proto.${name}`);
    const group = inner('common.PlaceholderGroup')
      .encode({ placeholders: [{ tag: '$0', type: 101, values: [Buffer.alloc(16, 7)] }] })
      .finish();
    const field = { type: 101, field_name: 'vector', vectors: { dim: 4, float_vector: { data: [1, 2, 3, 4] } } };
    const good = {
      Search: ['SearchRequest', {
        collection_name: 'documents', placeholder_group: group, dsl: 'id > 0', output_fields: ['*'],
        search_params: [{ key: 'topk', value: '3' }, { key: 'params', value: '{"ef":8}' }],
      }],
      Insert: ['InsertRequest', {
        collection_name: 'documents', num_rows: 1,
        fields_data: [{ type: 5, field_name: 'id', scalars: { long_data: { data: [2] } } }, field,
          { type: 23, field_name: '$meta', is_dynamic: true, scalars: { json_data: { data: [Buffer.from('{"a":1}')] } } }],
      }],
      CreateCollection: ['CreateCollectionRequest', {
        collection_name: 'other',
        schema: inner('schema.CollectionSchema')
          .encode({ fields: [{ name: 'id', data_type: 5, is_primary_key: true }, { name: 'v', data_type: 101, type_params: [{ key: 'dim', value: '2' }] }] })
          .finish(),
      }],
      Query: ['QueryRequest', { collection_name: 'documents', expr: 'id in {x}', expr_template_values: { x: { array_val: { long_data: { data: [1] } } } } }],
    };
    let seed = 11;
    const random = (n) => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) % n;
    const names = Object.keys(RPCS);
    for (const [rpc, [name, message]] of Object.entries(good)) {
      const bytes = Buffer.from(type(name).encode(type(name).fromObject(message)).finish());
      assert.equal((await send(rpc, bytes)).error, null, rpc);
      good[rpc] = bytes;
    }
    // the messages, changed; sometimes as another's
    const garbage = async () => {
      for (const [rpc, bytes] of Object.entries(good)) {
        const bad = Buffer.from(bytes.subarray(0, random(4) === 0 ? random(bytes.length) : bytes.length));
        for (let k = random(4); k >= 0 && bad.length > 0; k--) bad[random(bad.length)] = random(256);
        await send(random(8) ? rpc : names[random(names.length)], bad); // answered, one way or the other
      }
    };
    const keep = async () => {
      for (const name of await server.client.list_collections()) if (name !== 'documents') await server.client.drop_collection(name);
      if (!(await server.client.has_collection('documents'))) await server.client.create_collection('documents', 4);
      await server.client.load_collection('documents');
      await server.client.delete('documents', { filter: 'id != 1' });
      await server.client.upsert('documents', [{ id: 1, vector: [1, 2, 3, 4], text: 'x' }]);
    };
    const memory = () => (globalThis.gc?.(), process.memoryUsage().rss / 2 ** 20);
    const until = Date.now() + FUZZ_SECONDS * 1000;
    let rounds = 0;
    let least = Infinity; // megabytes, once everything has been used
    do {
      for (let i = 0; i < 300; i++) await garbage();
      await keep();
      if (++rounds >= 10) least = Math.min(least, memory());
    } while (Date.now() < until);
    if (FUZZ_SECONDS) t.diagnostic(`${rounds * 1200} messages; ${Math.round(least)} MB, at the end ${Math.round(memory())} MB`);
    assert.ok(rounds <= 10 || memory() < 1.5 * least + 50, `${memory()} MB, and it were ${least} MB`);
    assert.deepEqual(await server.client.get('documents', [1], ['text']), [{ id: 1, text: 'x' }]);
    const { damage } = await server.client.verify();
    assert.deepEqual(damage, []);
  });

  it('takes times as numbers, too', async (t) => {
    const { client, url } = await served(t);
    const schema = client
      .create_schema()
      .add_field('id', DataType.INT64, { is_primary: true })
      .add_field('vector', DataType.FLOAT_VECTOR, { dim: 1 })
      .add_field('at', DataType.TIMESTAMPTZ, { nullable: true });
    await client.create_collection({ collection_name: 'documents', schema });
    const { insert, statusOf } = rawClient(t, url);
    const field = (id, at) => [...fieldsOf(id, [1]), { type: DataType.TIMESTAMPTZ, field_name: 'at', ...at }];
    const micros = (...data) => ({ scalars: { timestamptz_data: { data } } });
    assert.equal(statusOf(await insert(field(1, micros('1738324800250001')))).code, 0);
    assert.equal(statusOf(await insert(field(2, micros('-1')))).code, 0);
    assert.equal(statusOf(await insert(field(3, { ...micros(), valid_data: [false] }))).code, 0);
    assert.equal(statusOf(await insert(field(4, micros('9223372036854775807')))).code, 1100);
    assert.deepEqual(await client.query('documents', 'id > 0', ['at']), [
      { id: 1, at: '2025-01-31T12:00:00.250001Z' },
      { id: 2, at: '1969-12-31T23:59:59.999999Z' },
      { id: 3, at: null },
    ]);
  });

  it('ends calls at their deadline or when they are cancelled, and begins none of those that wait', async (t) => {
    const { client: real } = await served(t);
    await real.create_collection('documents', 1);
    const { client, entered, letGo } = held(real);
    const server = await serve({ client, port: 0, max_waiting: 1, http2: grpc({ packages }) });
    t.after(() => server.close());
    const { insert, statusOf } = rawClient(t, server.url);
    const soon = () => ({ deadline: Date.now() + 100 });
    const begun = [1, 2].map((id) => insert(fieldsOf(id, [1]), soon()));
    await entered;
    for (const { error } of await Promise.all(begun)) assert.equal(error.code, 4, error.details);
    const cancelled = insert(fieldsOf(3, [1]));
    assert.equal(statusOf(await insert(fieldsOf(4, [1]))).code, 8, 'the line is full');
    cancelled.cancel();
    assert.equal((await cancelled).error.code, 1);
    let next;
    do next = await insert(fieldsOf(5, [1]), soon());
    while (!next.error && statusOf(next).code === 8); // until the server has seen it
    assert.equal(next.error.code, 4, 'this one had the place, and waited');
    letGo();
    assert.equal(statusOf(await rawClient(t, server.url).insert(fieldsOf(6, [1]))).code, 0);
    const rows = await real.query('documents', 'id > 0', ['id']);
    assert.deepEqual(rows.map(({ id }) => id), [1, 2, 6], 'what was begun is finished, whoever waits for it');
  });

  it('closes connections that say nothing sensible', async (t) => {
    const { port, client } = await served(t);
    for (const bytes of ['PRI * HTTP/9\r\n\r\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\xff\xff\xff\xff\xff\xff', '\x00\x01\x02']) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      socket.resume();
      socket.end(Buffer.from(bytes, 'latin1'));
      await once(socket, 'close');
    }
    assert.deepEqual(await client.list_collections(), []);
  });

  it('closes with its server, and lets the program end', async () => {
    const server = await serve({ uri: ':memory:', port: 0, http2: grpc({ packages }) });
    await server.close();
    await assert.rejects(server.client.list_collections(), /should create connection first/);
  });

  it('says what has to be installed', () => {
    assert.throws(() => grpc({ packages: null }), /npm install @zilliz\/milvus2-sdk-node/);
  });
});

const langchain = existsSync(join(ecosystem, 'node_modules/@langchain/community'));
const llamaindex = existsSync(join(ecosystem, 'node_modules/@llamaindex/milvus'));

describe('vector stores of others', { skip: noSdk }, () => {
  it('LangChain.js', { skip: !langchain && '@langchain/community is not installed' }, async (t) => {
    const { url } = await served(t);
    assert.equal(await run(process.execPath, program('langchain.cjs'), ecosystem, url), 'done\n');
  });

  it('LlamaIndex', { skip: !llamaindex && '@llamaindex/milvus is not installed' }, async (t) => {
    const { url } = await served(t);
    assert.equal(await run(process.execPath, program('llamaindex.cjs'), ecosystem, url), 'done\n');
  });
});

