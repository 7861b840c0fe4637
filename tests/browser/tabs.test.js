// Tabs of one origin on one database, in a real browser.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { EMPTY_PAGE, launch, missing, root, serveFolder } from './browser.js';
import { LEVEL } from './drive.js';

const MODULE = { module: '/js/index.js', wasm_url: '/build/milvus_lite.wasm' };

describe('tabs of a browser', { skip: missing, timeout: 180_000 }, () => {
  let server, browser, context;
  let n = 0;

  before(async () => {
    server = await serveFolder(root, { '/page.html': EMPTY_PAGE, '/other.html': EMPTY_PAGE });
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    server?.close();
  });

  /** A tab with a client `db`, of a database of the test's own. */
  async function tab(uri, options = {}) {
    const page = await context.newPage();
    await page.goto(`${server.url}/page.html`);
    await connect(page, uri, options);
    return page;
  }
  const connect = (page, uri, options) =>
    page.evaluate(
      async ({ module, ...given }) => {
        const { MilvusClient } = await import(module);
        globalThis.db = new MilvusClient(given);
        globalThis.rows = (n) => Array.from({ length: n }, (_, i) => ({ vector: [i, 1, 2, 3] }));
      },
      { ...MODULE, uri, ...options },
    );
  const create = (page) =>
    page.evaluate(() => db.create_collection('c', { dimension: 4, auto_id: true, metric_type: 'L2' }));
  const insert = (page, n) => page.evaluate((n) => db.insert('c', rows(n)).then(({ ids }) => ids), n);
  const count = (page) => page.evaluate(() => db.get_collection_stats('c').then(({ row_count }) => row_count));
  /** Begins inserting one batch after another; the answered keys are kept in the page. */
  const begin = (page) =>
    page.evaluate(() => {
      globalThis.answered = [];
      globalThis.failed = [];
      globalThis.isOn = true;
      globalThis.done = (async () => {
        while (isOn) {
          const calls = [db.insert('c', rows(3)), db.insert('c', rows(2))];
          for (const call of calls) await call.then(({ ids }) => answered.push(...ids), ({ message }) => failed.push(message));
          await db.search('c', [[1, 1, 2, 3]], { limit: 3 }).then(([hits]) => hits.length === 3 || failed.push(`${hits.length} hits`), ({ message }) => failed.push(message));
        }
      })();
    });
  const end = (page) =>
    page.evaluate(async () => {
      isOn = false;
      await done;
      return { answered, failed };
    });
  const soon = async (condition) => {
    for (let i = 0; i < 500; i++) {
      if (await condition()) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.fail(`it never came true: ${condition}`);
  };
  const answeredIn = (page) => page.evaluate(() => answered.length);

  /** Every key that was answered is there once, and no row that was not. */
  async function assertWhole(page, ids) {
    assert.equal(new Set(ids).size, ids.length, 'no key twice');
    assert.equal(await count(page), ids.length);
    const got = await page.evaluate((ids) => db.get({ collection_name: 'c', ids, output_fields: ['id'] }).then((r) => r.length), ids);
    assert.equal(got, ids.length);
  }

  async function fresh() {
    context = await browser.newContext();
    return `./tabs-${++n}.db`;
  }

  it('share a database: what one writes the other finds', async () => {
    const uri = await fresh();
    const [one, two] = [await tab(uri), await tab(uri)];
    await create(one);
    const ids = [...(await insert(one, 10)), ...(await insert(two, 20))];
    for (const page of [one, two]) await assertWhole(page, ids);
    const hits = await two.evaluate(() => db.search('c', [[7, 1, 2, 3]], { limit: 2 }));
    assert.deepEqual(hits[0].map(({ id, distance }) => [id, distance]), [[ids[7], 0], [ids[17], 0]]);
    const refused = await two.evaluate(() => db.insert('c', [{ vector: [1] }]).catch(({ name, detail }) => [name, detail.field]));
    assert.deepEqual(refused, ['DataNotMatchException', 'vector']);
    await context.close();
  });

  it('hand over when the owner closes its client, its page, reloads or goes elsewhere', async () => {
    const uri = await fresh();
    let owner = await tab(uri);
    await create(owner);
    const other = await tab(uri);
    const ids = await insert(other, 1);
    const leave = {
      client: (page) => page.evaluate(() => db.close()),
      page: (page) => page.close(),
      reload: (page) => page.reload(),
      elsewhere: (page) => page.goto(`${server.url}/other.html`),
    };
    for (const [name, go] of Object.entries(leave).slice(0, LEVEL > 0 ? 4 : 2)) {
      await begin(other);
      await soon(async () => (await answeredIn(other)) > 20);
      await go(owner);
      const before = await answeredIn(other);
      await soon(async () => (await answeredIn(other)) > before + 20);
      const { answered, failed } = await end(other);
      assert.deepEqual(failed, [], name);
      ids.push(...answered);
      await assertWhole(other, ids);
      // the one that is left has the database now; it becomes the other one
      await other.evaluate(() => db.close());
      owner = await tab(uri);
      await assertWhole(owner, ids);
      await connect(other, uri);
      await count(other);
    }
    await context.close();
  });

  it('go on when the owner crashes: nothing answered is lost, nothing is done twice', async () => {
    const uri = await fresh();
    let owner = await tab(uri);
    await create(owner);
    const ids = [];
    for (let round = 0; round < (LEVEL > 0 ? 3 : 1); round++) {
      const [one, two] = [await tab(uri), await tab(uri)];
      for (const page of [one, two]) await begin(page);
      await soon(async () => (await answeredIn(one)) > 20 && (await answeredIn(two)) > 20);
      const crash = await context.newCDPSession(owner);
      crash.send('Page.crash').catch(() => {});
      await new Promise((resolve) => owner.on('crash', resolve));
      const before = await answeredIn(one);
      await soon(async () => (await answeredIn(one)) > before + 20);
      for (const page of [one, two]) {
        const { answered, failed } = await end(page);
        assert.deepEqual(failed, []);
        ids.push(...answered);
      }
      await assertWhole(two, ids);
      await two.close();
      owner = one;
      await count(owner);
    }
    await context.close();
  });

  for (const n of LEVEL > 0 ? [2, 5] : []) {
    it(`write and search at once, ${n} of them, while the owner is closed again and again`, async (t) => {
      const uri = await fresh();
      const tabs = []; // the first one has the database
      const open = async () => {
        tabs.push(await tab(uri));
        if (tabs.length === 1) await create(tabs[0]);
        await count(tabs.at(-1)); // it is in the queue
        await begin(tabs.at(-1));
      };
      for (let i = 0; i < n; i++) await open();
      const ids = [];
      const finish = async (page) => {
        const { answered, failed } = await end(page);
        assert.deepEqual(failed, []);
        ids.push(...answered);
      };
      const until = performance.now() + (LEVEL > 1 ? 60_000 : 10_000);
      let owners = 0;
      for (; performance.now() < until; owners++) {
        const [owner, next] = tabs;
        await finish(owner); // what it was answered; the others go on writing through it
        await owner.close();
        tabs.shift();
        const before = await answeredIn(next);
        await soon(async () => (await answeredIn(next)) > before);
        await open();
      }
      for (const page of tabs) await finish(page);
      t.diagnostic(`${owners} owners were closed, ${ids.length} rows`);
      await assertWhole(tabs[0], ids);
      await context.close();
    });
  }

  it('that went into the cache of pages are back with everything', async () => {
    const uri = await fresh();
    const one = await tab(uri);
    await create(one);
    const two = await tab(uri);
    const ids = await insert(one, 5);
    await one.goto(`${server.url}/other.html`);
    ids.push(...(await insert(two, 5)));
    await one.goBack();
    if (await one.evaluate(() => globalThis.db === undefined)) await connect(one, uri);
    ids.push(...(await insert(one, 5)));
    await assertWhole(two, ids);
    await context.close();
  });

  it('hand over when the owner is frozen, and it has its answers when it thaws', async () => {
    const uri = await fresh();
    const one = await tab(uri);
    await create(one);
    const two = await tab(uri);
    const ids = [...(await insert(one, 5)), ...(await insert(two, 5))];
    const life = await context.newCDPSession(one);
    await life.send('Page.setWebLifecycleState', { state: 'frozen' });
    ids.push(...(await insert(two, 5)));
    await life.send('Page.setWebLifecycleState', { state: 'active' });
    ids.push(...(await insert(one, 5)));
    for (const page of [one, two]) await assertWhole(page, ids);
    await context.close();
  });

  it('wait for an index together', async () => {
    const uri = await fresh();
    const [one, two] = [await tab(uri), await tab(uri)];
    await create(one);
    await insert(two, 4000);
    const seen = await two.evaluate(async () => {
      const progress = [];
      await db.drop_index('c', 'vector');
      await db.create_index('c', { index_type: 'HNSW', metric_type: 'L2' }, { on_progress: (p) => progress.push(p.done) });
      return progress;
    });
    assert.equal(seen.at(-1), 4000);
    await context.close();
  });

  it('do not share with multi_tab: false: the second is told at once', async () => {
    const uri = await fresh();
    const one = await tab(uri, { multi_tab: false });
    await create(one);
    for (const options of [{ multi_tab: false }, {}]) {
      const two = await tab(uri, options);
      const start = performance.now();
      const error = await two.evaluate(() => db.list_collections().catch(({ name, message }) => [name, message]));
      assert.equal(error[0], 'ConnectionConfigException');
      assert.match(error[1], /database is locked/);
      assert.ok(performance.now() - start < 1500, 'at once');
    }
    await one.evaluate(() => db.close());
    const three = await tab(uri);
    assert.equal(await count(three), 0);
    await context.close();
  });
});
