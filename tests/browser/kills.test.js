// Pages that write are ended at random moments, in every way a page can end. KILL_SEED repeats a run's choices.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomOf } from '../conformance/exact.js';
import { BROWSERS, LEVEL, startServer } from './drive.js';

const WRITER = '/tests/browser/page/writer.js';
const ROUNDS = [2, 30, 300][LEVEL];
const ROUNDS_PER_FILE = 25;
const seed = Number(process.env.KILL_SEED ?? Date.now() % 1e6);

/** Ways to end the page of a tab, each gives the tab that goes on. */
const WAYS = {
  async 'crash of the tab'(browser, tab) {
    const session = await browser.context.newCDPSession(tab.page);
    const crashed = new Promise((resolve) => tab.page.once('crash', resolve));
    session.send('Page.crash').catch(() => {});
    await crashed;
    await tab.page.close();
    return browser.tab();
  },
  async reload(browser, tab) {
    await tab.reload();
    return tab;
  },
  async 'closed tab'(browser, tab) {
    const next = await browser.tab(); // a browser needs one
    await tab.page.close();
    return next;
  },
  async 'end of the worker'(browser, tab) {
    await tab.call(WRITER, 'terminate');
    return tab;
  },
  async 'kill -9'(browser) {
    await browser.kill();
    return browser.tab();
  },
};
const WAYS_IN = { chromium: Object.values(WAYS), firefox: [WAYS['kill -9'], WAYS.reload, WAYS['end of the worker']] };

for (const [name, { missing, start }] of Object.entries(BROWSERS)) {
  describe(`writers in ${name}`, { skip: missing, timeout: 3_600_000 }, () => {
    let server, browser, tab;
    before(async () => {
      server = await startServer();
      browser = await start(server);
      tab = await browser.tab();
    });
    after(async () => {
      await browser?.close();
      server?.close();
    });

    for (const scheme of ['opfs', 'idb']) {
      it(`${scheme}: ended ${ROUNDS} times have lost nothing that was answered, and left no half batch`, async (t) => {
        t.diagnostic(`KILL_SEED=${seed}`);
        const random = randomOf(seed);
        const ways = WAYS_IN[name];
        let [whole, written, unanswered] = [0, 0, 0];
        for (let round = 0; round < ROUNDS; round++) {
          if (round % ROUNDS_PER_FILE === 0) whole = 0;
          const uri = `${scheme}:killed-${Math.floor(round / ROUNDS_PER_FILE)}.db`;
          const key = `${name}-${scheme}-${round}`;
          const end = ways[round < ways.length ? round : Math.floor(random() * ways.length)];
          await tab.call(WRITER, 'write', uri, whole, key);
          const atLeast = whole + Math.floor(random() * 6);
          while ((server.answered.get(key) ?? whole - 1) < atLeast) await sleep(2);
          await sleep(random() * 30); // not to wait for anything: the moment is the point
          tab = await end(browser, tab);
          const found = await tab.call(WRITER, 'read', uri);
          const answered = (server.answered.get(key) ?? whole - 1) + 1; // now: a page that reloads goes on for a moment
          const where = `KILL_SEED=${seed}, round ${round}, ${end.name}: ${answered} batches were answered, ${found} are there`;
          assert.ok(found === answered || found === answered + 1, where);
          written += found - whole;
          unanswered += found - answered;
          whole = found;
        }
        t.diagnostic(`${written} batches; ${unanswered} were there and not yet answered`);
      });
    }
  });
}
