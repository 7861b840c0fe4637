import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { openStorage } from '../../js/connect.js';
import { lockDatabase } from '../../wasm/lock_node.js';

// Other versions of Node to share the locks with: OTHER_NODES=/path/to/node:/path/to/another
const NODES = [process.execPath, ...(process.env.OTHER_NODES?.split(':') ?? [])];
const LOCK_MODULE = new URL('../../wasm/lock_node.js', import.meta.url).href;

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'lock-')));
after(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
const newPath = () => join(folder, `${count++}.db`);

/** What a child or a worker runs: it says what it got, and keeps it until it is ended. */
const program = (path, rungs) => `
  import { lockDatabase } from ${JSON.stringify(LOCK_MODULE)};
  try {
    const lock = await lockDatabase(${JSON.stringify(path)}, { rungs: ${JSON.stringify(rungs)} });
    console.log(lock ? 'held' : 'absent');
    globalThis.keep = lock;
  } catch (error) {
    console.log(error.message.startsWith('database is locked') ? 'locked' : error.stack);
  }
`;

const children = new Set();
after(() => children.forEach((child) => child.kill('SIGKILL')));

/** Starts a process that takes the lock; resolves when it has said what it got. */
async function start(path, { node = process.execPath, flags = [], rungs = undefined } = {}) {
  const stay = `${program(path, rungs)} process.stdin.resume();`;
  const child = spawn(node, [...flags, '--input-type=module', '-e', stay], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  children.add(child);
  let errors = '';
  child.stderr.on('data', (text) => (errors += text));
  const [said] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  const end = async (signal) => {
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };
  return { said: String(said).trim(), end, errors: () => errors };
}

/** What another process gets of the lock now. */
async function tryElsewhere(path, options) {
  const other = await start(path, options);
  await other.end('SIGKILL');
  return other.said;
}

const isLocked = (path) => (error) =>
  error.code === 'EBUSY' &&
  error.message.includes('database is locked') &&
  error.message.includes(path);

const has = {
  sqlite: (node) =>
    spawnSync(node, ['-e', "process.exit(process.getBuiltinModule?.('node:sqlite') ? 0 : 1)"])
      .status === 0,
  flock: () => spawnSync('flock', ['--version']).error === undefined || existsSync('/bin/busybox'),
};

describe('the lock of a database', () => {
  it('is one at a time in a process', async () => {
    const path = newPath();
    const lock = await lockDatabase(path);
    await assert.rejects(lockDatabase(path), isLocked(path));
    await assert.rejects(lockDatabase(path), isLocked(path));
    await lock.release();
    const next = await lockDatabase(path);
    await next.release();
  });

  it('leaves its sidecar, and nothing else', async () => {
    const path = newPath();
    const lock = await lockDatabase(path);
    await lock.release();
    assert.ok(existsSync(`${path}-lock`));
    assert.ok(!existsSync(`${path}-lock-journal`));
  });

  it('is of one database', async () => {
    const locks = [await lockDatabase(newPath()), await lockDatabase(newPath())];
    for (const lock of locks) await lock.release();
  });

  it('is waited for as long as is asked', async () => {
    const path = newPath();
    const lock = await lockDatabase(path);
    const waiting = lockDatabase(path, { timeout: 20 });
    setTimeout(() => lock.release(), 50);
    await (await waiting).release();

    const held = await lockDatabase(path);
    const start = performance.now();
    await assert.rejects(lockDatabase(path, { timeout: 0.2 }), isLocked(path));
    assert.ok(performance.now() - start >= 199);
    await held.release();
  });

  it('is one at a time over processes, whichever came first', async () => {
    const path = newPath();
    const other = await start(path);
    assert.equal(other.said, 'held');
    await assert.rejects(lockDatabase(path), isLocked(path));
    await other.end('SIGTERM');
    const lock = await lockDatabase(path);
    assert.equal(await tryElsewhere(path), 'locked');
    await lock.release();
    assert.equal(await tryElsewhere(path), 'held');
  });

  it('ends with its process, by kill -9 too', async () => {
    const path = newPath();
    for (let i = 0; i < 3; i++) {
      const other = await start(path);
      assert.equal(other.said, 'held');
      await other.end('SIGKILL');
    }
    const lock = await lockDatabase(path);
    await lock.release();
  });

  it('does not keep a process from ending', async () => {
    for (const rungs of [undefined, ...(process.platform === 'linux' ? [['socket']] : [])]) {
      const args = ['--input-type=module', '-e', program(newPath(), rungs)];
      const { stdout, status } = spawnSync(process.execPath, args, {
        timeout: 20_000,
        encoding: 'utf8',
      });
      assert.deepEqual([stdout.trim(), status], ['held', 0]);
    }
  });

  it('says nothing to the user', async () => {
    for (const node of NODES) {
      const other = await start(newPath(), { node });
      await other.end('SIGTERM');
      assert.equal(other.errors(), '', node);
    }
  });

  it('is not lost when a worker of the same process is turned away', async () => {
    const path = newPath();
    const lock = await lockDatabase(path);
    const source = new URL(`data:text/javascript,${encodeURIComponent(program(path))}`);
    const worker = new Worker(source, { stdout: true });
    const [said] = await once(worker.stdout, 'data');
    assert.equal(String(said).trim(), 'locked');
    await worker.terminate();
    assert.equal(await tryElsewhere(path), 'locked');
    if (has.sqlite(process.execPath)) {
      assert.equal(await tryElsewhere(path, { rungs: ['sqlite'] }), 'locked');
    }
    await lock.release();
  });

  it('is one for all names of a file', async () => {
    const path = newPath();
    symlinkSync(path, join(folder, 'link.db'));
    symlinkSync(folder, join(folder, 'folder'));
    const storage = await openStorage({ uri: path });
    for (const uri of [
      join(folder, 'link.db'),
      join(folder, 'folder', path.slice(folder.length)),
    ]) {
      await assert.rejects(openStorage({ uri }), /Open local milvus failed, database is locked/);
    }
    await storage.release();
    const other = await openStorage({ uri: join(folder, 'link.db') });
    assert.equal(other.path, path);
    await other.release();
  });

  it('is not needed where no sidecar can be made: then a database is only read', async (t) => {
    const readOnly = '/sys/kernel'; // not even root makes files here
    if (!existsSync(readOnly)) return t.skip('no folder that nobody can write');
    assert.equal(await lockDatabase(join(readOnly, 'x.db')), null);
    const isMissing = /x\.db does not exist, and its folder cannot be written/;
    await assert.rejects(openStorage({ uri: join(readOnly, 'x.db') }), isMissing);
    const storage = await openStorage({ uri: join(readOnly, 'profiling') });
    assert.equal(storage.readOnly, true);
    await storage.release();
  });
});

describe('the ladder', { skip: process.platform !== 'linux' && 'Linux has several rungs' }, () => {
  const available = (rungs, node) => !rungs || rungs.every((rung) => has[rung]?.(node) ?? true);

  for (const [first, second] of [
    [['sqlite'], ['sqlite']],
    [['flock'], ['flock']],
    [['socket'], ['socket']],
    [undefined, ['sqlite']],
    [['sqlite'], undefined],
    [undefined, ['flock']],
    [['flock'], undefined],
  ]) {
    const title = (rungs) => rungs ?? 'all there are';
    it(`keeps a process with ${title(second)} from a database that one with ${title(first)} holds`, async (t) => {
      if (!available(first, process.execPath) || !available(second, process.execPath))
        return t.skip('not here');
      const path = newPath();
      const lock = await lockDatabase(path, { rungs: first });
      assert.equal(await tryElsewhere(path, { rungs: second }), 'locked');
      await lock.release();
      assert.equal(await tryElsewhere(path, { rungs: second }), 'held');
    });
  }

  it('holds between versions of Node', async (t) => {
    if (NODES.length === 1) return t.skip('OTHER_NODES names no other');
    if (!has.flock()) return t.skip('no flock(1)');
    for (const node of NODES) {
      const path = newPath();
      const holder = await start(path, { node });
      assert.equal(holder.said, 'held');
      for (const other of NODES)
        assert.equal(await tryElsewhere(path, { node: other }), 'locked', `${node}, ${other}`);
      await holder.end('SIGKILL');
      for (const other of NODES)
        assert.equal(await tryElsewhere(path, { node: other }), 'held', `${node}, ${other}`);
    }
  });

  it('is climbed by a process that may start no others', async () => {
    const path = newPath();
    const isOld = Number(process.versions.node.split('.')[0]) < 23;
    const flags = [isOld ? '--experimental-permission' : '--permission'];
    flags.push('--allow-fs-read=*', '--allow-fs-write=*');
    const first = await start(path, { flags });
    assert.equal(first.said, 'held');
    assert.equal(await tryElsewhere(path, { flags }), 'locked');
    await first.end('SIGKILL');
    assert.equal(await tryElsewhere(path, { flags }), 'held');
  });
});
