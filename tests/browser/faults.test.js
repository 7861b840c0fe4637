// What goes wrong under a database in a browser: no room, transactions and writes that fail, pages that die.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BROWSERS, LEVEL, startServer } from './drive.js';

const FAULTS = '/tests/browser/page/faults.js';

for (const [name, { missing, start }] of Object.entries(BROWSERS)) {
  describe(`faults in ${name}`, { skip: missing, timeout: 3_600_000 }, () => {
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

    it('OPFS: nothing answered is lost, and no half of a call is there, whichever write fails or is the last', async (t) => {
      const { changes, noticed } = await tab.call(FAULTS, 'inWorker', 'opfsFails', { every: [83, 17, 1][LEVEL] });
      t.diagnostic(`${changes} changes of files; ${noticed} failures were noticed`);
      assert.ok(noticed > 0);
    });
    it('OPFS: a full disk is told as such, however the browser tells it', () => tab.call(FAULTS, 'inWorker', 'opfsFull'));
    if (LEVEL > 0) it('OPFS: a file that is held elsewhere makes the database locked, and keeps nobody out later', () => tab.call(FAULTS, 'inWorker', 'opfsHalfOpened'));
    for (const kind of ['quota', 'abort']) {
      it(`IndexedDB: a transaction that fails (${kind}) changes nothing, and the next call goes on`, async (t) => {
        const { transactions, noticed } = await tab.call(FAULTS, 'idbFails', { kind, every: [7, 3, 1][LEVEL] });
        t.diagnostic(`${transactions} transactions; ${noticed} failures were noticed`);
        assert.ok(noticed > 0);
      });
    }
    it('IndexedDB: a smaller file takes fewer blocks', () => tab.call(FAULTS, 'idbShrinks'));
    it('IndexedDB: what was cut off does not come back', () => tab.call(FAULTS, 'idbZeros'));
    it('IndexedDB: two clients without locks do not mix', () => tab.call(FAULTS, 'idbTakenOver'));
    it('IndexedDB: a lost connection is made again', () => tab.call(FAULTS, 'idbLost'));
    it('a database that is only looked for, or only read, is not made', () => tab.call(FAULTS, 'nothingIsMade'));
  });
}
