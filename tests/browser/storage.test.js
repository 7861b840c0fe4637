// Where a browser keeps a database: the choice, what is said of it, no room, files that travel.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { MilvusClient } from '../../js/index.js';
import { BROWSERS, LEVEL, startServer } from './drive.js';

const CHOICE = '/tests/browser/page/choice.js';
const NO_OPFS = '/tests/browser/page/no_opfs_worker.js';
const NO_STORAGE = '/tests/browser/page/no_storage_worker.js';
const KEPT = [{ id: 1, text: 'kept' }];

for (const [name, { missing, start }] of Object.entries(BROWSERS)) {
  describe(`storage in ${name}`, { skip: missing, timeout: 300_000 }, () => {
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
    const call = (what, ...args) => tab.call(CHOICE, what, ...args);

    it('is OPFS where that works, and says so', async () => {
      const { kind, reason, persistent, persisted, usage, quota } = await call('fill', { uri: './notes.db' });
      assert.deepEqual([kind, reason, persistent, typeof persisted], ['opfs', null, true, 'boolean']);
      assert.ok(usage > 0 && quota > usage);
      assert.deepEqual(await call('rowsOf', { uri: 'opfs:notes.db' }), KEPT);
      assert.deepEqual(await call('opfsNames'), ['notes.db'], 'one file, under its own name');
    });

    it('is IndexedDB where OPFS refuses, and says why', async () => {
      const { kind, reason } = await call('fill', { uri: 'other.db', worker_url: NO_OPFS });
      assert.equal(kind, 'idb');
      assert.match(reason, /SecurityError: .*GetDirectory/);
      assert.deepEqual(await call('rowsOf', { uri: 'idb:other.db' }), KEPT);
    });

    it('stays where a database was begun, also when OPFS has come to work', async () => {
      const { kind, reason } = await call('storageOf', { uri: 'other.db' });
      assert.deepEqual([kind, reason], ['idb', 'this database was begun in IndexedDB']);
      assert.deepEqual(await call('rowsOf', { uri: 'other.db' }), KEPT);
    });

    it('is an error where it is asked for by name and is not there, or where there is none', async () => {
      const expect = async (options, ...patterns) => {
        const { name, code, message } = await call('storageOf', options);
        assert.deepEqual([name, code], ['ConnectionConfigException', 1]);
        for (const pattern of patterns) assert.match(message, pattern);
      };
      await expect({ uri: 'opfs:notes.db', worker_url: NO_OPFS }, /opfs: is not available here \(SecurityError/, /notes\.db/);
      await expect({ uri: 'idb:notes.db', worker_url: NO_STORAGE }, /idb: is not available here \(InvalidStateError/);
      await expect({ uri: 'new.db', worker_url: NO_STORAGE }, /neither opfs: \(SecurityError.* nor idb: /, /:memory:/);
      await expect({ uri: 'folder/' }, /uri: 'folder\/' is illegal/);
      await expect({ uri: '../x.db' }, /is illegal/);
      await expect({ uri: 'file:///x.db' }, /needs Node/);
    });

    it('is IndexedDB in a page without a worker', async () => {
      const { kind, reason } = await call('storageInPage', 'page.db');
      assert.equal(kind, 'idb');
      assert.match(reason, /needs a dedicated worker/);
    });

    for (const scheme of ['opfs', 'idb']) {
      it(`${scheme}: a file travels to Node, to sqlite3 and back`, async (t) => {
        const folder = mkdtempSync(join(tmpdir(), 'travel-'));
        t.after(() => rmSync(folder, { recursive: true }));
        const path = join(folder, 'x.db');
        await call('fill', { uri: `${scheme}:travel.db` });
        const text = await call('exported', { uri: `${scheme}:travel.db` });
        writeFileSync(path, Buffer.from(text, 'base64'));
        if (scheme === 'opfs') assert.equal(await call('opfsFile', 'travel.db'), text, 'the export is the file');
        if (spawnSync('sqlite3', ['--version']).status === 0) {
          const printed = execFileSync('sqlite3', [path, "pragma integrity_check; select name, n_rows from collection"], { encoding: 'utf8' });
          assert.equal(printed, 'ok\nc|1\n');
        }
        const client = new MilvusClient(path);
        await client.insert('c', [{ id: 2, vector: [4, 5, 6] }]);
        assert.deepEqual(await client.get({ collection_name: 'c', ids: [1], output_fields: ['text'] }), KEPT);
        await client.create_collection({ collection_name: 'd', dimension: 2 });
        await client.close();
        const back = readFileSync(path).toString('base64');
        assert.deepEqual(await call('imported', { uri: `${scheme}:back.db` }, back), ['c', 'd']);
        assert.deepEqual(await call('rowsOf', { uri: `${scheme}:back.db` }), KEPT);
        assert.deepEqual(await call('imported', { uri: `${scheme}:back.db` }, btoa('no database')).then(({ code }) => code), 1);
        assert.deepEqual(await call('rowsOf', { uri: `${scheme}:back.db` }), KEPT);
      });
    }

    if (name === 'chromium' && LEVEL > 0) {
      for (const scheme of ['opfs', 'idb']) {
        it(`${scheme}: no room is an error that loses nothing, and free room ends it`, async (t) => {
          const crowded = await start(server);
          try {
            const { page, call: callThere } = await crowded.tab();
            const session = await crowded.context.newCDPSession(page);
            await session.send('Storage.overrideQuotaForOrigin', { origin: server.url, quotaSize: 40e6 });
            await callThere(CHOICE, 'fillRoom', 16e6);
            const options = { uri: `${scheme}:full.db` };
            const { inserted, code, message } = await callThere(CHOICE, 'untilFull', options);
            t.diagnostic(`after ${inserted} rows: ${message}`);
            assert.equal(code, 7, message);
            assert.match(message, /full/);
            assert.equal(await callThere(CHOICE, 'wholeRows', inserted + 250), inserted, 'what was answered is there, and nothing of the last batch');
            await callThere(CHOICE, 'fillRoom', 0);
            assert.equal(await callThere(CHOICE, 'goOn', inserted), 1);
            assert.deepEqual(await callThere(CHOICE, 'reopened', options), { row_count: inserted + 1 });
            assert.equal(await callThere(CHOICE, 'wholeRows', inserted + 1), inserted + 1);
          } finally {
            await crowded.close();
          }
        });

        it(`${scheme}: cleared site data is never an empty database under an open client`, async (t) => {
          const cleared = await start(server);
          try {
            const { page, call: callThere } = await cleared.tab();
            await callThere(CHOICE, 'stayOpen', { uri: `${scheme}:cleared.db` });
            const session = await cleared.context.newCDPSession(page);
            await session.send('Storage.clearDataForOrigin', { origin: server.url, storageTypes: 'all' });
            const said = await callThere(CHOICE, 'afterwards');
            t.diagnostic(said);
            assert.match(said, /^MilvusException: /);
            assert.match(await callThere(CHOICE, 'afterwards'), /^\w+Exception: /, 'and again');
          } finally {
            await cleared.close();
          }
        });
      }
    }
  });
}
