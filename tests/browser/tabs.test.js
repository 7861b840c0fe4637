// Tabs of one origin on one database, in real browsers.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BROWSERS, LEVEL, startServer } from './drive.js';

const SHARING = '/tests/browser/page/sharing.js';
const STANDING = { worker_url: '/tests/browser/page/standing_worker.js' };
const SCHEMES = LEVEL > 0 ? ['opfs:', 'idb:'] : [''];

for (const [name, { missing, start }] of Object.entries(BROWSERS)) {
  describe(`tabs of ${name}`, { skip: missing, timeout: 3_600_000 }, () => {
    let server, browser;
    let n = 0;
    let opened = [];

    before(async () => {
      server = await startServer();
      browser = await start(server);
    });
    afterEach(async () => {
      for (const tab of opened) if (!tab.isGone) await tab.close();
      opened = [];
    });
    after(async () => {
      await browser?.close();
      server?.close();
    });

    const fresh = (scheme = '') => `${scheme}tabs-${++n}.db`;
    /** A tab with a client of a database. */
    async function tab(uri, options = {}) {
      const { call, close, ...rest } = await browser.another();
      const ask = (what, ...args) => call(SHARING, what, ...args);
      const made = {
        ...rest,
        isGone: false,
        ask,
        connect: (more = options) => ask('connect', { uri, ...more }),
        close() {
          made.isGone = true;
          return close();
        },
      };
      opened.push(made);
      await made.connect();
      return made;
    }
    async function owner(uri, options) {
      const made = await tab(uri, options);
      await made.ask('create');
      return made;
    }
    const soon = async (condition) => {
      for (let i = 0; i < 1500; i++) {
        if (await condition()) return;
        await sleep(20);
      }
      assert.fail(`it never came true: ${condition}`);
    };
    const isAnswered = async (tab, more = 20) => {
      const before = await tab.ask('answeredSoFar');
      await soon(async () => (await tab.ask('answeredSoFar')) > before + more);
    };
    /** Ends what was begun in a tab, of which nothing may have failed: the keys that were answered. */
    const ended = async (tab, where) => {
      const { answered, failed } = await tab.ask('end');
      assert.deepEqual(failed, [], where);
      return answered;
    };

    /** Every key that was answered is there once, and no row that was not. */
    async function assertWhole(tab, ids) {
      assert.equal(new Set(ids).size, ids.length, 'no key twice');
      assert.equal(await tab.ask('count'), ids.length);
      assert.equal(await tab.ask('getCount', ids), ids.length);
    }

    it('share a database: what one writes the other finds', async () => {
      const uri = fresh();
      const [one, two] = [await owner(uri), await tab(uri)];
      const ids = [...(await one.ask('insert', 10)), ...(await two.ask('insert', 20))];
      for (const tab of [one, two]) await assertWhole(tab, ids);
      assert.deepEqual(await two.ask('nearest'), [[ids[7], 0], [ids[17], 0]]);
      const { name, detail } = await two.ask('refusalOf', 'insert', 'c', [{ vector: [1] }]);
      assert.deepEqual([name, detail.field], ['DataNotMatchException', 'vector']);
    });

    for (const scheme of SCHEMES) {
      it(`hand over when the owner closes its client, its page, reloads or goes elsewhere ${scheme}`, async () => {
        const uri = fresh(scheme);
        const leave = {
          client: (tab) => tab.ask('close'),
          page: (tab) => tab.close(),
          reload: (tab) => tab.reload(),
          elsewhere: (tab) => tab.goTo('/page.html'),
        };
        let first = await owner(uri);
        const other = await tab(uri);
        const ids = await other.ask('insert', 1);
        for (const [where, go] of Object.entries(leave).slice(0, LEVEL > 0 ? 4 : 2)) {
          await other.ask('begin');
          await isAnswered(other);
          await go(first);
          await isAnswered(other);
          ids.push(...(await ended(other, where)));
          await assertWhole(other, ids);
          // the one that is left has the database now; it becomes the other one
          await other.ask('close');
          first.isGone ||= where === 'elsewhere'; // it asks for nothing there
          first = await tab(uri);
          await assertWhole(first, ids);
          await other.connect();
          await other.ask('count');
        }
      });
    }

    for (const n of LEVEL > 0 ? [2, 5] : []) {
      it(`write and search at once, ${n} of them, while the owner is closed again and again`, async (t) => {
        const uri = fresh();
        const tabs = [await owner(uri)]; // the first one has the database
        const join = async (tab) => {
          await tab.ask('count'); // it is in the queue
          await tab.ask('begin');
        };
        while (tabs.length < n) tabs.push(await tab(uri));
        for (const tab of tabs) await join(tab);
        const ids = [];
        const until = performance.now() + (LEVEL > 1 ? 60_000 : 10_000);
        let owners = 0;
        for (; performance.now() < until; owners++) {
          const [first, next] = tabs;
          ids.push(...(await ended(first))); // the others go on writing through it
          await first.close();
          tabs.shift();
          await isAnswered(next, 0);
          tabs.push(await tab(uri));
          await join(tabs.at(-1));
        }
        for (const tab of tabs) ids.push(...(await ended(tab)));
        t.diagnostic(`${owners} owners were closed, ${ids.length} rows`);
        await assertWhole(tabs[0], ids);
      });
    }

    it('wait for an index together', async () => {
      const uri = fresh();
      const [one, two] = [await owner(uri), await tab(uri)];
      await one.ask('count');
      await two.ask('insert', 4000);
      assert.equal((await two.ask('indexed')).done, 4000);
    });

    for (const scheme of SCHEMES) {
      it(`are told by a timeout when the owner stands still, and nothing is done twice ${scheme}`, async () => {
        const uri = fresh(scheme);
        const [one, two] = [await owner(uri, STANDING), await tab(uri)];
        const ids = [...(await one.ask('insert', 5)), ...(await two.ask('insert', 5))];
        const [three, four] = [await tab(uri, { timeout: 0.5 }), await tab(uri, { timeout: 0.5 })];
        await three.ask('count');
        await two.ask('keepWorkers', 6000);
        await sleep(200); // the fourth one has not called yet, and nobody tells it now who the owner is
        const insert = two.ask('insert', 7);
        for (const refusal of [two.ask('refusalOfInsert', 1, { timeout: 0.5 }), three.ask('refusalOfInsert', 2), four.ask('refusalOfInsert', 3)]) {
          const { name, code, message, ms } = await refusal;
          assert.deepEqual([name, code], ['MilvusException', 10001]);
          assert.match(message, /^the tab that has the database open did not answer within 0.5 seconds; /);
          assert.ok(ms < 4000, `after ${ms} ms`);
        }
        ids.push(...(await insert), ...(await three.ask('insert', 2, { timeout: 20 })));
        for (const tab of [one, two, three, four]) await assertWhole(tab, ids);
      });
    }

    it('do not share with multi_tab: false: the second is told at once', async () => {
      const uri = fresh();
      const alone = { multi_tab: false };
      const one = await owner(uri, alone);
      for (const options of [alone, {}]) {
        const two = await tab(uri, options);
        const { name, message, ms } = await two.ask('refusalOf', 'list_collections');
        assert.equal(name, 'ConnectionConfigException');
        assert.match(message, /database is locked/);
        assert.ok(ms < 1500, 'at once');
      }
      await one.ask('close');
      const three = await tab(uri);
      assert.equal(await three.ask('count'), 0);
    });

    if (name !== 'chromium') return; // what follows needs its protocol, or a thread for each tab

    it('go on when the owner crashes: nothing answered is lost, nothing is done twice', async () => {
      const uri = fresh();
      let first = await owner(uri);
      const ids = [];
      for (let round = 0; round < (LEVEL > 0 ? 3 : 1); round++) {
        const [one, two] = [await tab(uri), await tab(uri)];
        for (const tab of [one, two]) await tab.ask('begin');
        for (const tab of [one, two]) await isAnswered(tab);
        const session = await browser.context.newCDPSession(first.page);
        const crashed = new Promise((resolve) => first.page.once('crash', resolve));
        session.send('Page.crash').catch(() => {});
        await crashed;
        await isAnswered(one);
        for (const tab of [one, two]) ids.push(...(await ended(tab)));
        await assertWhole(two, ids);
        await two.close();
        first = one;
        await first.ask('count');
      }
    });

    it('that went into the cache of pages are back with everything', async () => {
      const uri = fresh();
      const [one, two] = [await owner(uri), await tab(uri)];
      const ids = await one.ask('insert', 5);
      await one.goTo('/asking.html?nobody');
      ids.push(...(await two.ask('insert', 5)));
      await one.page.goBack();
      if (!(await one.ask('isConnected'))) await one.connect();
      ids.push(...(await one.ask('insert', 5)));
      await assertWhole(two, ids);
    });

    for (const scheme of SCHEMES) {
      it(`go on while the page of the owner is in an endless loop ${scheme}`, async () => {
        const uri = fresh(scheme);
        const [one, two] = [await owner(uri), await tab(uri)];
        const ids = [...(await one.ask('insert', 5)), ...(await two.ask('insert', 5))];
        const kept = one.ask('keepThread', 3000);
        await sleep(200);
        for (let i = 0; i < 20; i++) ids.push(...(await two.ask('insert', 5)));
        const now = Date.now();
        assert.ok(now < (await kept), 'it was in its loop all the time');
        for (const tab of [one, two]) await assertWhole(tab, ids);
      });

      it(`hand over when the owner is frozen in the middle of its work, and it has its answers when it thaws ${scheme}`, async () => {
        const uri = fresh(scheme);
        const [one, two] = [await owner(uri), await tab(uri)];
        for (const tab of [one, two]) await tab.ask('begin');
        for (const tab of [one, two]) await isAnswered(tab);
        const session = await browser.context.newCDPSession(one.page);
        await session.send('Page.setWebLifecycleState', { state: 'frozen' });
        await isAnswered(two, 100);
        await session.send('Page.setWebLifecycleState', { state: 'active' });
        await isAnswered(one);
        const ids = [...(await ended(one)), ...(await ended(two))];
        for (const tab of [one, two]) await assertWhole(tab, ids);
      });
    }
  });
}
