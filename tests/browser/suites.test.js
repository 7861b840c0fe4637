// The suites of conformance, in browsers, on what browsers keep databases in.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { BROWSERS, LEVEL, startServer } from './drive.js';

const THERE = readdirSync(new URL('../conformance/', import.meta.url)).flatMap((name) => /^(\w+)\.suite\.js$/.exec(name)?.[1] ?? []);
const ALL = [...THERE, 'history', 'data model history'];
/** Tests for Node that need nothing of it but a place for a file, and those in memory. */
const KEPT = ['conformance/create_index.test.js', 'conformance/explain.test.js'];
const IN_MEMORY = ['filter/language.test.js', 'filter/random.test.js'];
const PLAN =
  LEVEL > 0
    ? { opfs: [...ALL, ...KEPT], idb: [...ALL, ...KEPT], memory: [...ALL.filter((suite) => suite !== 'reopen'), ...IN_MEMORY] }
    : { opfs: ['reopen'] };

for (const [name, { missing, start }] of Object.entries(BROWSERS)) {
  describe(`suites in ${name}`, { skip: missing, timeout: 3_600_000 }, () => {
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

    for (const [kind, suites] of Object.entries(PLAN)) {
      for (const suite of suites) {
        it(`${suite}, ${kind}`, async (t) => {
          const results = await tab.call('/tests/browser/page/suites.js', 'runSuite', suite, kind);
          assert.ok(results.length > 0);
          for (const { name, error, skipped, milliseconds } of results) {
            await t.test(`${name} (${milliseconds} ms there)`, { skip: skipped }, () => error && assert.fail(error));
          }
        });
      }
    }
  });
}
