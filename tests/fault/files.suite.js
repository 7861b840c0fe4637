// Every change of a file fails once, and the machine goes off at every one.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { faultFiles } from '../wasm/fault_files.js';
import { assertState, clientOf, expectedStates, PATH, reopened, runSteps, snapshot, STEPS } from './script.js';

const CODES = { ENOSPC: 7, EIO: 1001 };

/** The error of a failed file, with what the file said; 1 when it is the database that could not be opened. */
function assertFault(error, code, where) {
  const couldNotOpen = code === 'EIO' && /^'.*' cannot be opened$/.test(error.message);
  assert.equal(error.code, couldNotOpen ? 1 : CODES[code], `${where}: ${error.message}`);
  assert.equal(error.cause?.code, code, where);
}

/** What may be left of what was not synced. */
const survivals = (k) => [
  { keep: /** @type {const} */ ('none') },
  { keep: /** @type {const} */ ('some'), seed: k },
  { keep: /** @type {const} */ ('some'), seed: -k },
  { keep: /** @type {const} */ ('all') },
];

/** @param {{ name: string, full: boolean }} how  full: every way to fail at every change, not one of them */
export function filesSuite({ name, full }) {
  describe(`a script of writes, ${name}`, () => {
    let states = [];
    let changes = 0; // of files, in the whole script
    before(async () => {
      states = await expectedStates();
      const disk = faultFiles();
      const client = clientOf(disk.files);
      await runSteps(client);
      await client.close();
      changes = disk.log.length;
    });

    it('leaves one file, synced, that has everything', async () => {
      const disk = faultFiles();
      const client = clientOf(disk.files);
      assert.equal((await runSteps(client)).done, STEPS.length);
      await client.close();
      assert.deepEqual([`${PATH}-wal`, `${PATH}-journal`].map((path) => disk.files.exists(path)), [0, 0]);
      for (const keep of ['all', 'none']) assertState(await reopened(disk.survivors({ keep })), states, STEPS.length, keep);
    });

    it('has each acknowledged step after a power cut between two calls', async () => {
      const disk = faultFiles();
      const client = clientOf(disk.files);
      for (const [i, step] of STEPS.entries()) {
        await step(client);
        for (const keep of /** @type {const} */ (['all', 'none', 'some'])) {
          const state = await reopened(disk.survivors({ keep, seed: i }));
          assertState(state, states, i + 1, `${keep} survives`, { orNext: false });
        }
      }
      await client.close();
    });

    it('goes on after any change of a file failed, and has lost nothing', async () => {
      let failed = 0;
      let tried = 0;
      for (let k = 1; k <= changes; k++) {
        for (const [i, code] of Object.keys(CODES).entries()) {
          if (!full && k % 2 !== i) continue;
          const disk = faultFiles({ fail_at: k, code, torn: k % 4 < 2 });
          const where = `k = ${k}, ${code}`;
          const client = clientOf(disk.files);
          const { done, error } = await runSteps(client);
          tried++;
          if (error) {
            failed++;
            assertFault(error, code, where);
            assertState(await snapshot(client), states, done, where, { orNext: false });
            assertState(await reopened(disk.survivors()), states, done, `${where}, then killed`);
            assert.equal((await runSteps(client, done)).done, STEPS.length, `${where}: the same call again`);
          }
          assertState(await snapshot(client), states, STEPS.length, where);
          await client.close().catch((refusal) => assertFault(refusal, code, where));
          assertState(await reopened(disk.survivors({ keep: 'none' })), states, STEPS.length, `${where}, reopened`);
        }
      }
      assert.ok(failed > tried / 2, `${failed} of ${tried} were noticed`);
    });

    it('loses no acknowledged step, and shows no half of one, wherever the machine went off', async () => {
      for (let k = 1; k <= changes; k++) {
        const disk = faultFiles({ crash_at: k, torn: k % 2 === 0 });
        const client = clientOf(disk.files);
        const { done } = await runSteps(client);
        await client.close().catch(() => {});
        for (const [i, survival] of survivals(k).entries()) {
          if (!full && i !== 0 && i !== 1 + (k % 3)) continue;
          const files = disk.survivors(survival);
          assertState(await reopened(files), states, done, `k = ${k}, ${JSON.stringify(survival)}`);
        }
      }
    });
  });
}
