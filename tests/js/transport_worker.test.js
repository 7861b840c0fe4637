import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { encode, writeMessage } from '../../js/codec.js';
import { OPERATIONS } from '../../js/constants.js';
import {
  ConnectionConfigException,
  ConnectionNotExistException,
  DataNotMatchException,
  MilvusClient,
  MilvusException,
  ParamError,
} from '../../js/index.js';
import { clientOptions } from '../../js/options.js';
import { WorkerTransport } from '../../js/transport_worker.js';
import { WasmTransport } from '../../js/transport_wasm.js';
import { fakeEngine } from '../wasm/fake_engine.js';

const folder = mkdtempSync(join(tmpdir(), 'worker-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const index = new URL('../../js/index.js', import.meta.url).href;
const dyingWorker = new URL('./dying_worker.js', import.meta.url).href;

/** What the embedded engine of a client with these options is called by. */
const transportOf = (options) => clientOptions(options).engine.transport;

/** A client in a worker, closed after the test. */
function clientOf(t, options = {}) {
  const client = new MilvusClient({ uri: ':memory:', worker: true, ...options });
  t.after(() => client.close().catch(() => {}));
  return client;
}

/** A client of a worker that can be told to die. */
function mortal(t, name) {
  const uri = join(folder, name);
  const transport = transportOf({ uri, worker: true, worker_url: dyingWorker });
  const client = new MilvusClient({ transport });
  t.after(() => client.close().catch(() => {}));
  return { client, transport, uri };
}

const rows = (n) => Array.from({ length: n }, (_, i) => ({ vector: [i, 1, 2, 3] }));

describe('a client in a worker', () => {
  it('answers in the order of the calls', async (t) => {
    const client = clientOf(t);
    const order = [];
    const call = (name, promise) => promise.then((value) => (order.push(name), value));
    const all = await Promise.all([
      call('create', client.create_collection('c', { dimension: 4, auto_id: true })),
      call('insert', client.insert('c', rows(1000))),
      call('stats', client.get_collection_stats('c')),
      call('has', client.has_collection('c')),
      call('drop', client.drop_collection('c')),
      call('gone', client.has_collection('c')),
    ]);
    assert.deepEqual(order, ['create', 'insert', 'stats', 'has', 'drop', 'gone']);
    assert.deepEqual([all[2].row_count, all[3], all[5]], [1000, true, false]);
  });

  it('rejects as one without a worker: type, code, detail and cause', async (t) => {
    const client = clientOf(t);
    await client.create_collection('c', { dimension: 4, auto_id: true });
    await assert.rejects(client.insert('c', [{ vector: [1] }]), (error) => {
      assert.ok(error instanceof DataNotMatchException);
      assert.deepEqual([error.code, error.detail], [1100, { field: 'vector', row: 0 }]);
      return true;
    });
    const nowhere = clientOf(t, { uri: join(folder, 'missing', 'x.db') });
    await assert.rejects(nowhere.list_collections(), (error) => {
      assert.ok(error instanceof ConnectionConfigException);
      assert.match(error.message, /^Open local milvus failed, dir: .*missing not exists$/);
      assert.equal(error.cause.code, 'ENOENT');
      return true;
    });
  });

  it('has the database to itself until it is closed', async (t) => {
    const uri = join(folder, 'locked.db');
    const first = clientOf(t, { uri });
    await first.create_collection('c', { dimension: 4 });
    const second = clientOf(t, { uri });
    await assert.rejects(second.list_collections(), /database is locked/);
    await first.close();
    assert.deepEqual(await second.list_collections(), ['c']);
  });

  it('is closed once; calls after it are refused', async (t) => {
    const client = clientOf(t);
    await client.list_collections();
    const last = client.list_collections();
    await Promise.all([client.close(), client.close()]);
    assert.deepEqual(await last, []);
    await assert.rejects(client.list_collections(), ConnectionNotExistException);
    await clientOf(t).close(); // never used
  });

  it('waits for an index, and tells how far it is', async (t) => {
    const client = clientOf(t);
    await client.create_collection('c', { dimension: 4, auto_id: true, metric_type: 'L2' });
    await client.insert('c', rows(5000));
    await client.drop_index('c', 'vector');
    const seen = [];
    const index_params = { index_type: 'HNSW', metric_type: 'L2' };
    await client.create_index('c', index_params, { on_progress: (p) => seen.push(p) });
    assert.deepEqual(seen.at(-1), { collection_name: 'c', field_name: 'vector', done: 5000, total: 5000 });
    assert.equal((await client.describe_index('c', 'vector')).pending_index_rows, 0);
    await client.drop_index('c', 'vector');
    const controller = new AbortController();
    const waiting = client.create_index('c', index_params, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await assert.rejects(waiting, /enough/);
  });

  it('takes the vectors as they are when it is called', async (t) => {
    const client = clientOf(t);
    await client.create_collection('c', { dimension: 4, metric_type: 'L2' });
    const vector = new Float32Array([1, 2, 3, 4]);
    const inserting = client.insert('c', { id: 1, vector });
    vector.fill(9);
    await inserting;
    assert.deepEqual((await client.get('c', [1]))[0].vector, new Float32Array([1, 2, 3, 4]));
    assert.equal(vector.length, 4, 'and leaves them to the caller');
  });

  it('lets the program end when nothing waits, and not before', () => {
    const program = `
      import { MilvusClient } from '${index}';
      const client = new MilvusClient({ uri: ':memory:', worker: true });
      await client.create_collection('c', { dimension: 4 });
      client.has_collection('c').then((there) => console.log('there', there));
    `;
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8', timeout: 30000 });
    assert.deepEqual([run.status, run.stdout, run.stderr], [0, 'there true\n', '']);
  });

  it('starts whatever flags the program has, those of V8 too', () => {
    const program = `import('${index}').then(async ({ MilvusClient }) => {
      const client = new MilvusClient({ uri: ':memory:', worker: true });
      console.log(await client.list_collections());
      await client.close();
    })`;
    const flags = ['--max-old-space-size=200', '--no-warnings'];
    const run = spawnSync(process.execPath, [...flags, '-e', program], { encoding: 'utf8', timeout: 30000 });
    assert.deepEqual([run.status, run.stdout, run.stderr], [0, '[]\n', '']);
  });
});

describe('a worker that dies', () => {
  for (const how of ['exit', 'throw']) {
    it(`by ${how} rejects what waits, and the next call starts another`, async (t) => {
      const { client, transport } = mortal(t, `${how}.db`);
      await client.create_collection('c', { dimension: 4, auto_id: true });
      await client.insert('c', rows(10));
      const dying = transport.ask(how);
      const after = client.list_collections();
      for (const call of [dying, after]) {
        await assert.rejects(call, (error) => {
          assert.ok(error instanceof MilvusException);
          assert.match(error.message, /^the engine's worker stopped: (it has exited with code 3|a bug); the next call/);
          return true;
        });
      }
      assert.equal((await client.get_collection_stats('c')).row_count, 10);
    });
  }

  it('before it has begun is reported by the call', async (t) => {
    const client = clientOf(t, { worker_url: new URL('./missing.js', import.meta.url) });
    await assert.rejects(client.list_collections(), /^MilvusException: the engine's worker stopped: .*missing\.js/);
    await assert.rejects(client.list_collections(), /worker stopped/);
  });

  it('is another thing than an engine that traps, which is opened again in it', async (t) => {
    const bytes = writeMessage({ operation: 1, rows: 0, params: '{"shape":"value","value":"fine"}', columns: [] });
    const wasm_binary = fakeEngine({ reply: bytes, traps_at: OPERATIONS.flush.id });
    const client = clientOf(t, { wasm_binary });
    await assert.rejects(client.flush('c'), (error) => {
      assert.match(error.message, /^the engine stopped: .*unreachable.*the next call opens/);
      assert.match(error.cause.message, /unreachable/);
      return true;
    });
    assert.equal(await client.get_server_version(), 'fine');
  });
});

describe('the options of a worker', () => {
  it('put the engine there when they are asked to, in Node', () => {
    assert.ok(transportOf('./x.db') instanceof WasmTransport);
    assert.ok(transportOf({ uri: './x.db', worker: true }) instanceof WorkerTransport);
    assert.ok(transportOf({ uri: ':memory:', worker: true }) instanceof WorkerTransport);
  });

  it('are checked', () => {
    const files = { files: /** @type {any} */ ({}), path: 'x' };
    assert.throws(() => transportOf({ files, worker: true }), ParamError);
    assert.throws(() => transportOf({ worker_url: 'no url' }), ParamError);
    assert.throws(() => transportOf({ wasm_url: 'no url' }), /wasm_url must be a URL, got 'no url'/);
  });

  it('take a request over, whatever its buffer', async (t) => {
    const transport = transportOf({ uri: ':memory:', worker: true });
    t.after(() => transport.close());
    const request = encode('list_collections', {});
    const { bytes } = await transport.call(request);
    assert.ok(bytes.length > 32);
    assert.equal(request.length, 0, 'it was handed over');
  });
});
