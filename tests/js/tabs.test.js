import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { ConnectionConfigException, ConnectionNotExistException, MilvusClient } from '../../js/index.js';
import { TabTransport } from '../../js/tabs.js';
import { WasmTransport } from '../../js/transport_wasm.js';
import { memoryFiles } from '../../wasm/files_memory.js';
import { fakeOrigin } from './fake_browser.js';

const OPEN = { durability: 'full', read_only: false };

/** Tabs on one database, whose files are the disk: they outlive every tab. */
function origin(t) {
  const shared = fakeOrigin();
  const files = memoryFiles();
  const opened = [];
  const tabs = [];
  t.after(async () => {
    for (const tab of tabs) if (!tab.isDead) await tab.client.close().catch(() => {});
  });
  /**
   * @param {object} [sharing]
   * @param {(engine: WasmTransport, tab: object) => object} [wrap]
   */
  const open = (sharing = {}, wrap = (engine) => engine) => {
    const { browser, crash, freeze, thaw } = shared.tab();
    const tab = { isDead: false };
    const start = () => {
      const handles = new Set();
      // a tab that has crashed writes no more
      const guarded = Object.fromEntries(
        Object.entries(files).map(([name, work]) => [
          name,
          (...args) => {
            if (tab.isDead) throw new Error('this tab is gone');
            return work(...args);
          },
        ]),
      );
      opened.push(tab);
      return wrap(new WasmTransport({ storage: { uri: '', files: { files: guarded, path: 'tabs.db' } }, open: OPEN }), tab);
    };
    const transport = new TabTransport(start, { name: 'db', mode: 'full', ...sharing }, browser);
    Object.assign(tab, {
      transport,
      client: new MilvusClient({ transport }),
      freeze,
      thaw,
      crash() {
        tab.isDead = true;
        crash();
      },
    });
    tabs.push(tab);
    return tab;
  };
  return { open, opened, held: shared.held };
}

const rows = (n) => Array.from({ length: n }, (_, i) => ({ vector: [i, 1, 2, 3] }));

/** An engine that says when it begins a call, and can be held up behind or before the call. */
function haltingBehind(n) {
  let left = n;
  let reached = () => {};
  const halted = new Promise((resolve) => (reached = resolve));
  const wrap = (engine) => ({
    maintain: (...args) => engine.maintain(...args),
    close: () => engine.close(),
    async call(request) {
      const reply = await engine.call(request);
      if (--left !== 0) return reply;
      reached();
      return new Promise(() => {}); // it is done, and nobody is told
    },
  });
  return { halted, wrap };
}

describe('tabs of one database', () => {
  it('have one engine, and the same answers everywhere', async (t) => {
    const { open, opened } = origin(t);
    const [first, second, third] = [open(), open(), open()];
    await first.client.create_collection('c', { dimension: 4, auto_id: true, metric_type: 'L2' });
    const { ids } = await second.client.insert('c', rows(100));
    assert.equal(ids.length, 100);
    const [hits] = await third.client.search('c', [[7, 1, 2, 3]], { limit: 1 });
    assert.deepEqual([hits[0].id, hits[0].distance], [ids[7], 0]);
    await assert.rejects(second.client.insert('c', [{ vector: [1] }]), (error) => {
      assert.deepEqual([error.name, error.code, error.detail], ['DataNotMatchException', 1100, { field: 'vector', row: 0 }]);
      return true;
    });
    assert.deepEqual([first.transport.isOwner, second.transport.isOwner, opened.length], [true, false, 1]);
  });

  it('answer each in the order of its calls, also more than fit the window', async (t) => {
    const { open } = origin(t);
    const [first, second] = [open(), open()];
    await first.client.create_collection('c', { dimension: 4, auto_id: true });
    await second.client.has_collection('c');
    const order = [];
    const calls = Array.from({ length: 300 }, (_, i) => second.client.insert('c', rows(1)).then(() => order.push(i)));
    await Promise.all(calls);
    assert.deepEqual(order, calls.map((_, i) => i));
    assert.equal((await first.client.get_collection_stats('c')).row_count, 300);
  });

  it('wait for indexes of the owner', async (t) => {
    const { open } = origin(t);
    const [first, second] = [open(), open()];
    await first.client.create_collection('c', { dimension: 4, auto_id: true });
    await second.client.insert('c', rows(4000));
    await second.client.drop_index('c', 'vector');
    const seen = [];
    const index_params = { index_type: 'HNSW', metric_type: 'L2' };
    await second.client.create_index('c', index_params, { on_progress: (p) => seen.push(p) });
    assert.equal(seen.at(-1).done, 4000);
  });

  it('go on when the owner closes: its calls are done first, then another opens', async (t) => {
    const { open, opened } = origin(t);
    const [first, second, third] = [open(), open(), open()];
    await first.client.create_collection('c', { dimension: 4, auto_id: true });
    await Promise.all([second.client.list_collections(), third.client.list_collections()]);
    const own = first.client.insert('c', rows(10));
    const others = [second, third].flatMap(({ client }) => [client.insert('c', rows(10)), client.insert('c', rows(10))]);
    await first.client.close();
    assert.equal((await own).insert_count, 10);
    const ids = (await Promise.all(others)).flatMap((result) => result.ids);
    assert.equal(new Set(ids).size, 40);
    assert.equal((await third.client.get_collection_stats('c')).row_count, 50);
    assert.equal(opened.length, 2);
    await assert.rejects(first.client.list_collections(), ConnectionNotExistException);
  });

  it('close without a trace, in any order', async (t) => {
    const { open, held } = origin(t);
    const all = [open(), open(), open()];
    for (const { client } of all) await client.list_collections();
    for (const { client } of [all[1], all[0], all[2]]) await client.close();
    await turn();
    assert.deepEqual(held(), []);
  });

  it('that are closed wait for the answers of calls before', async (t) => {
    const { open } = origin(t);
    const [first, second] = [open(), open()];
    await first.client.create_collection('c', { dimension: 4, auto_id: true });
    const insert = second.client.insert('c', rows(5));
    await second.client.close();
    assert.equal((await insert).insert_count, 5);
  });
});

describe('an owner that crashes', () => {
  it('has done what it answered; what it did not get is done by the next', async (t) => {
    const { open, opened } = origin(t);
    const [first, second, third] = [open(), open(), open()];
    await first.client.create_collection('c', { dimension: 4, auto_id: true });
    const { ids } = await second.client.insert('c', rows(10));
    await third.client.list_collections();
    first.crash();
    const more = await second.client.insert('c', rows(10));
    assert.equal(new Set([...ids, ...more.ids]).size, 20);
    assert.equal((await third.client.get_collection_stats('c')).row_count, 20);
    assert.equal(opened.length, 2);
  });

  const writes = {
    'an insert with auto_id': { run: (c) => c.insert('c', rows(3)), count: 13, check: ({ ids }) => assert.deepEqual(ids, [11, 12, 13]) },
    'a delete': { run: (c) => c.delete('c', [1, 2]), count: 8, check: ({ delete_count }) => assert.equal(delete_count, 2) },
    'an upsert': { run: (c) => c.upsert('c', [{ id: 1, vector: [9, 9, 9, 9] }]), count: 10, check: ({ ids }) => assert.deepEqual(ids, [1]) },
    'a new collection': { run: (c) => c.create_collection('d', { dimension: 2 }), count: 10, check: assert.ifError },
    'a new name': { run: (c) => c.rename_collection('e', 'f'), count: 10, check: assert.ifError },
    'a search': { run: (c) => c.search('c', [[0, 1, 2, 3]], { limit: 1 }), count: 10, check: ([hits]) => assert.equal(hits.length, 1) },
  };
  for (const [name, { run, count, check }] of Object.entries(writes)) {
    it(`between doing and answering does ${name} once, and it is answered as it was done`, async (t) => {
      const { open } = origin(t);
      const { halted, wrap } = haltingBehind(4);
      const [first, second] = [open({}, wrap), open()];
      await first.client.create_collection('c', { dimension: 4, auto_id: true });
      await first.client.create_collection('e', { dimension: 4 });
      await second.client.insert('c', rows(10));
      const call = run(second.client);
      await halted;
      first.crash();
      check(await call);
      assert.equal((await second.client.get_collection_stats('c')).row_count, count);
      assert.equal(second.transport.isOwner, true);
    });
  }

  it('leaves many calls of several tabs: each is done once, none is lost', async (t) => {
    const { open } = origin(t);
    const { halted, wrap } = haltingBehind(60);
    const [first, second, third] = [open({}, wrap), open(), open()];
    await first.client.create_collection('c', { dimension: 4, auto_id: true });
    await Promise.all([second.client.list_collections(), third.client.list_collections()]);
    const calls = [second, third].flatMap(({ client }) => Array.from({ length: 100 }, () => client.insert('c', rows(2))));
    await halted;
    first.crash();
    const ids = (await Promise.all(calls)).flatMap((result) => result.ids);
    assert.equal(new Set(ids).size, 400);
    assert.equal((await third.client.get_collection_stats('c')).row_count, 400);
  });
});

describe('an owner that stands still', () => {
  const isLate = (error) => {
    assert.deepEqual([error.name, error.code], ['MilvusException', 10001]);
    assert.match(error.message, /^the tab that has the database open did not answer within 0\.05 seconds; /);
    return true;
  };
  const count = ({ client }) => client.get_collection_stats('c').then(({ row_count }) => row_count);
  /** An owner of a collection and another tab, which has asked it something. */
  async function two(t, ...sharing) {
    const { open, ...rest } = origin(t);
    const [first, second] = [open(...sharing), open(...sharing)];
    await first.client.create_collection('c', { dimension: 4, auto_id: true });
    await second.client.list_collections();
    return { open, first, second, ...rest };
  }

  it('is told of to who waits with a timeout, and does nothing of it later', async (t) => {
    const { first, second } = await two(t);
    first.freeze();
    const calls = Array.from({ length: 100 }, () => second.client.insert('c', rows(1), { timeout: 0.05 }));
    for (const { status, reason } of await Promise.allSettled(calls)) assert.ok(status === 'rejected' && isLate(reason));
    first.thaw();
    await second.client.insert('c', rows(3), { timeout: 5 });
    assert.equal(await count(second), 3);
  });

  it('is told of to a tab that comes later, by the timeout of its client', async (t) => {
    const { open, first } = await two(t);
    first.freeze();
    const third = open({ timeout: 0.05 });
    await assert.rejects(third.client.insert('c', rows(1)), isLate);
    await assert.rejects(third.client.storage(), isLate);
    first.thaw();
    assert.equal(await count(third), 0);
    await third.client.close();
  });

  it('answers who waits without a limit when it goes on, once', async (t) => {
    const { first, second } = await two(t);
    first.freeze();
    const insert = second.client.insert('c', rows(10));
    await assert.rejects(second.client.list_collections({ timeout: 0.05 }), isLate);
    first.thaw();
    assert.equal((await insert).insert_count, 10);
    assert.equal(await count(first), 10);
  });

  it('and crashes leaves the database to others, who do what still waits and nothing else', async (t) => {
    const { first, second } = await two(t);
    first.freeze();
    const [late, waiting] = [second.client.insert('c', rows(1), { timeout: 0.05 }), second.client.insert('c', rows(10))];
    await assert.rejects(late, isLate);
    first.crash();
    assert.equal((await waiting).insert_count, 10);
    assert.equal(await count(second), 10);
  });

  it('is not the tab itself: its own calls take the time they take', async (t) => {
    const slow = (engine) => ({
      close: () => engine.close(),
      call: (request) => new Promise((resolve) => setTimeout(() => resolve(engine.call(request)), 60)),
    });
    const { open } = origin(t);
    const { client } = open({ timeout: 0.05 }, slow);
    assert.deepEqual(await client.list_collections({ timeout: 0.01 }), []);
  });
});

describe('a tab out of sight', () => {
  it('that is the owner hands over without loss, and asks again when it is needed', async (t) => {
    const { open, opened } = origin(t);
    const [first, second] = [open(), open()];
    await first.client.create_collection('c', { dimension: 4, auto_id: true });
    await second.client.list_collections();
    const own = first.client.insert('c', rows(10));
    const other = second.client.insert('c', rows(10));
    first.transport.suspend();
    assert.deepEqual([(await own).insert_count, (await other).insert_count], [10, 10]);
    await second.client.insert('c', rows(1));
    assert.deepEqual(opened.length, 2);
    first.transport.resume();
    assert.equal((await first.client.get_collection_stats('c')).row_count, 21);
    assert.deepEqual([first.transport.isOwner, second.transport.isOwner], [false, true]);
  });

  it('that asks another gets its answers when it is back, once', async (t) => {
    const { open } = origin(t);
    const [first, second] = [open(), open()];
    await first.client.create_collection('c', { dimension: 4, auto_id: true });
    await second.client.list_collections();
    const insert = second.client.insert('c', rows(10));
    second.transport.suspend();
    for (let i = 0; i < 5; i++) await turn();
    second.transport.resume();
    assert.equal((await insert).insert_count, 10);
    assert.equal((await first.client.get_collection_stats('c')).row_count, 10);
  });

  it('alone opens again', async (t) => {
    const { open, held } = origin(t);
    const { client, transport } = open();
    await client.create_collection('c', { dimension: 4 });
    transport.suspend();
    assert.deepEqual(await client.list_collections(), ['c']);
    await client.close();
    await turn();
    assert.deepEqual(held(), []);
  });
});

describe('a tab that may keep nothing', () => {
  const refused = () => Object.assign(new Error('The request was denied.'), { name: 'SecurityError' });
  const browsers = {
    'without locks': { locks: { request: async () => { throw refused(); } }, channel: fakeOrigin().tab().browser.channel },
    'without channels': { locks: fakeOrigin().tab().browser.locks, channel() { throw refused(); } },
  };
  for (const [name, browser] of Object.entries(browsers)) {
    for (const alone of [false, true]) {
      it(`${name} says so, and closes, ${alone ? 'alone' : 'sharing'}`, async () => {
        const transport = new TabTransport(assert.fail, { name: 'db', mode: 'full', alone }, browser);
        const client = new MilvusClient({ transport });
        for (let i = 0; i < 2; i++) {
          await assert.rejects(client.list_collections(), {
            name: 'ConnectionConfigException',
            message: /^Open local milvus failed, the browser lets this page keep nothing \(SecurityError: The request was denied\.\)/,
          });
        }
        await client.close();
      });
    }
  }
});

describe('tabs that do not share', () => {
  const isLocked = (error) => {
    assert.ok(error instanceof ConnectionConfigException);
    assert.match(error.message, /^Open local milvus failed, database is locked: /);
    return true;
  };

  it('are told at once that the database is locked, whoever of them came first', async (t) => {
    for (const [one, two] of [[{ alone: true }, {}], [{}, { alone: true }], [{ alone: true }, { alone: true }]]) {
      const { open } = origin(t);
      const [first, second] = [open(one), open(two)];
      await first.client.create_collection('c', { dimension: 4 });
      await assert.rejects(second.client.list_collections(), isLocked);
      await assert.rejects(second.client.list_collections(), isLocked);
      await first.client.close();
      assert.deepEqual(await second.client.list_collections(), ['c']);
      await second.client.close();
    }
  });

  it('may wait', async (t) => {
    const { open } = origin(t);
    const [first, second] = [open({ alone: true }), open({ alone: true, timeout: 30 })];
    await first.client.create_collection('c', { dimension: 4 });
    const list = second.client.list_collections();
    await turn();
    await first.client.close();
    assert.deepEqual(await list, ['c']);
    const third = open({ alone: true, timeout: 0.01 });
    const waits = setTimeout(() => {}, 60_000); // the time that passes there keeps no program alive
    await assert.rejects(third.client.list_collections(), isLocked).finally(() => clearTimeout(waits));
  });

  it('nor do those that open it in another way', async (t) => {
    const { open } = origin(t);
    const [first, second] = [open(), open({ mode: 'relaxed' })];
    await first.client.create_collection('c', { dimension: 4 });
    await assert.rejects(second.client.list_collections(), (error) => isLocked(error) && /other options/.test(error.message));
  });
});
