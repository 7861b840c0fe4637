// The suites of conformance, in browsers, on what browsers keep databases in.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BROWSERS, startServer } from './drive.js';

const FULL = Boolean(process.env.FULL);
const ALL = ['bad_input', 'collections', 'data_model', 'groups', 'reopen', 'search', 'transfer', 'history'];
const FAST = { chromium: { opfs: ['reopen', 'transfer'], idb: ['reopen', 'transfer'] }, firefox: {} };
const WHOLE = { opfs: ALL, idb: ALL, memory: ['search'] };

for (const [name, { missing, start }] of Object.entries(BROWSERS)) {
  const plan = FULL ? WHOLE : FAST[name];
  if (Object.keys(plan).length === 0) continue;
  describe(`suites in ${name}`, { skip: missing, timeout: 600_000 }, () => {
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

    for (const [kind, suites] of Object.entries(plan)) {
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
