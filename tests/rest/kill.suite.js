// A server that is killed under load: what was acknowledged is there when its database is opened again.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MilvusClient } from '../../js/index.js';

const SERVING = fileURLToPath(new URL('serving.js', import.meta.url));
const ROWS = 40;

/** @param {{ rounds: number, clients: number }} how  each round is a process, and all clients write at once */
export function killSuite({ rounds, clients }) {
  describe('a server that is killed', () => {
    it(`loses nothing that was acknowledged, ${rounds} times over`, async (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'milvus-'));
      t.after(() => rmSync(folder, { recursive: true, force: true }));
      const uri = join(folder, 'x.db');
      const acknowledged = new Set();
      let next = 0;
      for (let round = 0; round < rounds; round++) {
        const child = spawn(process.execPath, [SERVING, uri], { stdio: ['ignore', 'pipe', 'inherit'] });
        const exited = once(child, 'exit');
        const [url] = await once(child.stdout, 'data');
        const client = new MilvusClient(String(url).trim());
        await client.create_collection('c', { dimension: 2 });
        const last = next + ROWS;
        const write = async () => {
          for (;;) {
            const id = next++;
            if (id === last) child.kill('SIGKILL');
            await client.insert('c', { id, vector: [id, 1] });
            acknowledged.add(id);
          }
        };
        for (const { reason } of await Promise.allSettled(Array.from({ length: clients }, write))) {
          assert.equal(reason.name, 'MilvusUnavailableException', reason.message);
        }
        await exited;
        await client.close();
        const again = new MilvusClient(uri);
        const rows = await again.query('c', 'id >= 0', { output_fields: ['id'] });
        const ids = new Set(rows.map(({ id }) => id));
        for (const id of acknowledged) assert.ok(ids.has(id), `row ${id} is gone after ${round + 1} kills`);
        await again.close();
      }
      assert.ok(acknowledged.size >= rounds * (ROWS - clients));
    });
  });
}
