// A process that writes is killed at random moments. Set KILL_SEED to repeat a run.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MilvusClient } from '../../js/index.js';
import { randomOf } from '../conformance/exact.js';
import { allRows, begin, Model, operationAt } from './history.js';

const WRITER = fileURLToPath(new URL('writer.js', import.meta.url));

/**
 * Runs the writer and kills it: some milliseconds after it has said so many lines.
 *
 * @returns {Promise<number>}  the operation that was acknowledged last, or first - 1
 */
function runAndKill({ path, seed, first, lines, milliseconds }) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [WRITER, path, seed, first].map(String), { stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    let complaint = '';
    let isDoomed = false;
    const look = () => {
      if (isDoomed || printed.split('\n').length - 1 < lines) return;
      isDoomed = true;
      setTimeout(() => child.kill('SIGKILL'), milliseconds); // not to wait for anything: the moment is the point
    };
    child.stdout.on('data', (data) => {
      printed += data;
      look();
    });
    child.stderr.on('data', (data) => (complaint += data));
    child.on('close', (_, signal) => {
      if (signal !== 'SIGKILL') return reject(new Error(`the writer ended by itself: ${complaint}`));
      const acknowledged = printed.split('\n').slice(0, -1).filter((line) => line !== 'open').map(Number);
      resolve(acknowledged.at(-1) ?? first - 1);
    });
    look();
  });
}

/** @param {{ rounds: number }} how */
export function killSuite({ rounds }) {
  it(`a writer killed ${rounds} times has lost no acknowledged row, and left no half batch`, async (t) => {
    const seed = Number(process.env.KILL_SEED ?? Date.now() % 1e6);
    t.diagnostic(`KILL_SEED=${seed}`);
    const random = randomOf(seed);
    const folder = mkdtempSync(join(tmpdir(), 'kill-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'x.db');
    let model = new Model();
    let next = 0; // the operation that the model does not have yet
    let unacknowledged = 0; // operations that were there without having been acknowledged
    for (let round = 0; round < rounds; round++) {
      const atStart = random() < 0.2;
      const lines = atStart ? 0 : 1 + Math.floor(random() * 12);
      const milliseconds = random() * (atStart ? 250 : 10);
      const first = next;
      const last = await runAndKill({ path, seed, first, lines, milliseconds });
      const where = `KILL_SEED=${seed}, round ${round}, acknowledged ${first} to ${last}`;
      for (; next <= last; next++) model.apply(operationAt(seed, next));

      const client = new MilvusClient(path); // at once: the lock died with its holder
      await begin(client); // may not have been reached
      await client.load_collection('c'); // may have been killed between release and load
      const rows = await allRows(client);
      const further = model.copy().apply(operationAt(seed, next));
      if (!model.equals(rows)) {
        assert.ok(further.equals(rows), where);
        model = further;
        next++;
        unacknowledged++;
      }
      await model.assertSearch(client, round, where);
      assert.deepEqual(await client.list_collections(), ['c'], where);
      await client.close();
      assert.deepEqual(readdirSync(folder).filter((name) => !name.endsWith('-lock')), ['x.db'], where);
    }
    t.diagnostic(`${next} operations, ${model.rows.size} rows; ${unacknowledged} kills fell between commit and acknowledgement`);
    assert.ok(next > 0, 'it got to write');
  });
}
