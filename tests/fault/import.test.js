// A database is replaced by a copy, and every change of a file on the way fails, or is the machine's last.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { memoryFiles } from '../../wasm/files_memory.js';
import { contentOf, faultFiles } from '../wasm/fault_files.js';
import { clientOf, PATH, reopened, runSteps, snapshot } from './script.js';

const FULL = Boolean(process.env.FULL);

describe('an import', () => {
  let older, copy; // the bytes of the database that is there, and of the one that comes
  let was, comes; // what is seen of them
  let changes = 0;

  /** What an import does to files that fail so. */
  const importInto = async (options) => {
    const disk = faultFiles({ files: memoryFiles([[PATH, older]]), ...options });
    const client = clientOf(disk.files);
    const error = await client.import_db(copy).then(() => undefined, (refusal) => refusal);
    return { disk, client, error };
  };
  const stateIn = async (files) => JSON.stringify(await reopened(files));

  before(async () => {
    const files = memoryFiles();
    const client = clientOf(files);
    await client.create_collection({ collection_name: 'old', dimension: 2 });
    await client.insert('old', [{ id: 1, vector: [1, 2] }]);
    await client.close();
    older = contentOf(files, PATH);
    was = await stateIn(memoryFiles([[PATH, older]]));
    const source = clientOf(memoryFiles());
    await runSteps(source);
    copy = await source.export_db();
    await source.close();
    comes = await stateIn(memoryFiles([[PATH, copy]]));
    const { disk, client: whole } = await importInto({});
    await whole.close();
    changes = disk.log.length;
  });

  it('that fails has changed nothing, and the next one works', async () => {
    for (let k = 1; k <= changes; k++) {
      for (const code of ['ENOSPC', 'EIO']) {
        const where = `${code} at ${k} of ${changes}`;
        const { client, error } = await importInto({ fail_at: k, code, torn: k % 2 === 0 });
        const seen = JSON.stringify(await snapshot(client));
        assert.ok(seen === comes || (error && seen === was), `${where}: ${error?.message}`);
        await client.import_db(copy);
        assert.equal(JSON.stringify(await snapshot(client)), comes, where);
        await client.close();
      }
    }
  });

  it('is there whole or not at all wherever the machine went off, and when it was answered it is there', async () => {
    for (let k = 1; k <= changes; k += 1) {
      const { disk, client, error } = await importInto({ crash_at: k, torn: k % 2 === 0 });
      await client.close().catch(() => {});
      for (const keep of FULL ? ['all', 'none', 'some'] : [['all', 'none', 'some'][k % 3]]) {
        const seen = await stateIn(disk.survivors({ keep, seed: k }));
        assert.ok(seen === comes || (error && seen === was), `off at ${k} of ${changes}, ${keep} survives`);
      }
    }
  });
});
