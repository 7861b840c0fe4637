// Windows that forget, and pages that may keep nothing: what was announced instead, or an error that says why. Never memory.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BROWSERS, LEVEL, startServer } from './drive.js';

const CHOICE = '/tests/browser/page/choice.js';
const KEPT = [{ id: 1, text: 'kept' }];

const OPFS = { auto: 'opfs', opfs: 'opfs', idb: 'idb' };
const IDB_ONLY = (why) => ({ auto: 'idb', reason: why, opfs: why, idb: 'idb' });
const NOTHING = (why) => ({ auto: why, opfs: why, idb: why });
const NO_STORAGE = NOTHING(/^ConnectionConfigException 1: Open local milvus failed, the browser lets this page keep nothing \(SecurityError: .+\); ':memory:' would be available$/);
const NO_WORKER = NOTHING(/^MilvusException 5: the engine's worker stopped: (Failed to construct 'Worker': .+'null'|its script cannot be loaded)/);

/** What users choose, in the page itself and in a frame of another site. */
const USERS = {
  chromium: {
    'a private window': { user: { isPrivate: true }, page: OPFS, frame: NO_STORAGE },
    'a user who allows all': { user: { preferences: { profile: { cookie_controls_mode: 0 } } }, page: OPFS, frame: OPFS },
    'a user who allows no site to keep data': { user: { preferences: { profile: { default_content_setting_values: { cookies: 2 } } } }, page: NO_STORAGE, frame: NO_STORAGE },
  },
  firefox: {
    'a private window': { user: { isPrivate: true }, page: IDB_ONLY(/SecurityError: .*GetDirectory/), frame: IDB_ONLY(/SecurityError: .*GetDirectory/) },
    'a user who allows all': { user: {}, page: OPFS, frame: OPFS },
    'a user who allows no site to keep data': { user: { preferences: { 'network.cookie.cookieBehavior': 2 } }, page: NO_STORAGE, frame: NO_STORAGE },
    'no file system': { user: { preferences: { 'dom.fs.enabled': false } }, page: IDB_ONLY(/no file system of its own/), frame: IDB_ONLY(/no file system of its own/) },
  },
};

for (const [name, { missing, start }] of Object.entries(BROWSERS)) {
  for (const [what, { user, page, frame }] of LEVEL > 0 ? Object.entries(USERS[name]) : []) {
    describe(`${what} in ${name}`, { skip: missing, timeout: 180_000 }, () => {
      it('keeps data where it says, or says why not', async (t) => {
        const server = await startServer({ '/framing.html': '<!doctype html><title>frames</title><iframe></iframe>' });
        const browser = await start(server, user);
        t.after(async () => {
          await browser.close();
          server.close();
        });
        const tab = await browser.another();
        const inPage = (what, ...args) => tab.call(CHOICE, what, ...args);
        await assertKept(inPage, page, 'page');
        await tab.goTo('/framing.html');
        const embed = async (frame, host, sandbox) => {
          await tab.call('/tests/browser/page/frame.js', 'embed', `${server.url.replace('127.0.0.1', host)}/asking.html?${frame}`, sandbox);
          return (what, ...args) => server.ask(frame, { module: CHOICE, name: what, args });
        };
        await assertKept(await embed('another site', 'localhost'), frame, 'a frame of another site');
        await assertKept(await embed('sandbox', '127.0.0.1', 'allow-scripts'), NO_WORKER, 'a frame in a sandbox');
      });
    });
  }
}

/**
 * @param {(what: string, ...args: any[]) => Promise<any>} call
 * @param {Record<string, string | RegExp>} expected  a kind, or an error
 * @param {string} where
 */
async function assertKept(call, { reason, ...expected }, where) {
  const uris = { auto: 'denied.db', opfs: 'opfs:denied-opfs.db', idb: 'idb:denied-idb.db' };
  for (const [scheme, wanted] of Object.entries(expected)) {
    const uri = uris[scheme];
    for (const multi_tab of [true, false]) {
      const said = await call('fill', { uri, multi_tab });
      if (wanted instanceof RegExp) {
        assert.match(`${said.name} ${said.code}: ${said.message}`, wanted, `${where}: ${uri}`);
        continue;
      }
      assert.equal(said.kind, wanted, `${where}: ${uri}, ${JSON.stringify(said)}`);
      if (scheme === 'auto' && reason) assert.match(said.reason, reason);
      assert.deepEqual(await call('rowsOf', { uri, multi_tab }), KEPT, `${where}: ${uri}`);
    }
  }
}
