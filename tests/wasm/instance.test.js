import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encode, writeMessage } from '../../js/codec.js';
import { Code, OPERATIONS } from '../../js/constants.js';
import { MilvusClient, MilvusException } from '../../js/index.js';
import { OpenFlag } from '../../wasm/files.js';
import { memoryFiles } from '../../wasm/files_memory.js';
import { Instance, MEMORY_LEAST, OutOfMemory } from '../../wasm/instance.js';
import { fakeEngine } from './fake_engine.js';

const reply = writeMessage({
  operation: 0,
  rows: 0,
  params: JSON.stringify({ shape: 'value', value: 'fine' }),
  columns: [],
});

describe('an instance', () => {
  const start = (options, bytes) =>
    new Instance(fakeEngine({ reply, ...options }), memoryFiles(), bytes);
  const flush = encode('flush', {});

  it('gives a copy of the reply', () => {
    const instance = start();
    const first = instance.call(flush);
    assert.deepEqual(first, reply);
    first.fill(0);
    assert.deepEqual(instance.call(flush), reply);
  });

  it('does not start with another ABI, without an engine or with too little memory', () => {
    assert.throws(() => start({ abi: 2 }), /has ABI 2, and this client speaks 1/);
    assert.throws(() => start({ engine: 0 }), OutOfMemory);
    assert.throws(() => start({}, MEMORY_LEAST - 1), OutOfMemory);
    assert.ok(start({}, MEMORY_LEAST));
  });

  it('goes on when a request or reply finds no room', () => {
    const instance = start({ room: flush.length, fails_at: OPERATIONS.close.id });
    assert.throws(() => instance.call(new Uint8Array(flush.length + 1)), OutOfMemory);
    assert.throws(() => instance.call(encode('close', {})), OutOfMemory);
    assert.deepEqual(instance.call(flush), reply);
  });

  it('is of no use after a trap, and can still be dropped', () => {
    const instance = start({ traps_at: OPERATIONS.flush.id });
    assert.throws(() => instance.call(flush), WebAssembly.RuntimeError);
    assert.throws(() => instance.call(encode('close', {})), /has stopped/);
    instance.drop();
    instance.drop();
  });
});

describe('a client whose engine', () => {
  const files = { files: memoryFiles(), path: 'x.db' };
  const client = (engine, options) =>
    new MilvusClient({ files, wasm_binary: fakeEngine({ reply, ...engine }), ...options });
  const failsWith = (code, text) => (error) =>
    error instanceof MilvusException && error.code === code && text.test(error.message);

  it('has trapped opens the database again with the next call', async () => {
    const c = client({ traps_at: OPERATIONS.flush.id });
    assert.equal(await c.get_server_version(), 'fine');
    const stopped = failsWith(
      Code.ServiceInternal,
      /the engine stopped: .*unreachable.*the next call opens/,
    );
    await assert.rejects(c.flush('c'), stopped);
    assert.equal(await c.get_server_version(), 'fine');
    await c.close();
  });

  it('has trapped opens a database in memory again too: its files are not in the engine', async () => {
    const c = client({ traps_at: OPERATIONS.flush.id }, { files: undefined, uri: ':memory:' });
    await assert.rejects(c.flush('c'), failsWith(Code.ServiceInternal, /the next call opens/));
    assert.equal(await c.get_server_version(), 'fine');
    await c.close();
  });

  it('traps when it closes has let go of the database', async () => {
    const c = client({ traps_at: OPERATIONS.close.id });
    await c.get_server_version();
    await assert.rejects(c.close(), failsWith(Code.ServiceInternal, /stopped/));
    await assert.rejects(c.get_server_version(), /should create connection first/);
  });

  it('does not start says why, with every call', async () => {
    const c = client({ abi: 9 });
    const refused = failsWith(Code.ServiceInternal, /does not start: .*ABI 9/);
    await assert.rejects(c.flush('c'), refused);
    await assert.rejects(c.flush('c'), refused);
    await c.close();
    await assert.rejects(
      client({ engine: 0 }).flush('c'),
      failsWith(Code.ServiceMemoryLimitExceeded, /cannot start/),
    );
    const notWasm = new MilvusClient({ files, wasm_binary: new Uint8Array([1, 2, 3]) });
    await assert.rejects(notWasm.flush('c'), failsWith(Code.ServiceInternal, /does not start/));
  });

  it('has no room says so, and goes on', async () => {
    const c = client({ room: 4096 });
    const full = failsWith(Code.ServiceMemoryLimitExceeded, /no room for a request of \d+ bytes/);
    await assert.rejects(c.insert('c', [{ text: 'x'.repeat(5000) }]), full);
    assert.equal(await c.get_server_version(), 'fine');
    await c.close();
  });

  it('is open closes once, after the calls before it', async () => {
    const c = client();
    const order = [];
    const calls = [
      c.flush('c').then(() => order.push('flush')),
      c.close().then(() => order.push('close')),
      c.flush('c').catch((error) => order.push(error.message)),
      c.close().then(() => order.push('close again')),
    ];
    await Promise.all(calls);
    assert.deepEqual(order.slice(1), ['flush', 'close', 'close again']);
    assert.equal(order[0], 'should create connection first');
  });

  it('was never needed closes too', async () => {
    const c = client({ abi: 9 });
    await c.close();
    await assert.rejects(c.flush('c'), failsWith(1, /should create connection first/));
  });

  it('is dropped leaves no file open', async () => {
    const opened = new Set();
    const below = memoryFiles();
    const counting = {
      ...below,
      open(path, flags) {
        const handle = below.open(path, flags);
        opened.add(handle);
        return handle;
      },
      close(handle) {
        opened.delete(handle);
        below.close(handle);
      },
    };
    const c = new MilvusClient({ files: { files: counting, path: 'x.db' } });
    await c.create_collection('docs', { dimension: 2 });
    assert.ok(opened.size > 0);
    await c.close();
    assert.equal(opened.size, 0);
    assert.equal(below.exists('x.db'), 1);
    assert.equal(below.exists('x.db-wal') + below.exists('x.db-journal'), 0);
    assert.equal(below.size(below.open('x.db', OpenFlag.READ_ONLY)) % 4096, 0);
  });
});

describe('the engine', () => {
  it('describes itself', async () => {
    const { loadModule } = await import('../../js/module.js');
    const instance = new Instance(await loadModule(), memoryFiles());
    const { abi, codes, ops } = instance.describe();
    assert.equal(abi, 1);
    assert.equal(codes.CollectionNotFound, 100);
    assert.equal(ops[0].name, 'open');
    instance.drop();
  });

  it('starts within the least memory, or says clearly that it cannot', async () => {
    const c = new MilvusClient({ uri: ':memory:', memory_limit: MEMORY_LEAST });
    try {
      await c.create_collection('docs', { dimension: 4 });
    } catch (error) {
      assert.ok(error instanceof MilvusException);
      assert.equal(error.code, Code.ServiceMemoryLimitExceeded);
    }
    await c.close();
  });

  it('refuses rows beyond its limit, and goes on', async () => {
    const c = new MilvusClient({ uri: ':memory:', memory_limit: '16MB' });
    await c.create_collection('docs', { dimension: 384 });
    const rows = (from, n) =>
      Array.from({ length: n }, (_, i) => ({
        id: from + i,
        vector: new Float32Array(384).fill(i + 1),
      }));
    await c.insert('docs', rows(0, 100));
    await assert.rejects(c.insert('docs', rows(100, 20_000)), (error) => {
      assert.ok(error instanceof MilvusException);
      assert.equal(error.code, Code.ServiceMemoryLimitExceeded);
      return true;
    });
    assert.deepEqual(await c.get_collection_stats('docs'), { row_count: 100 });
    await c.close();
  });
});
