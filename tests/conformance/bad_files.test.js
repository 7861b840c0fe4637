// Files that cannot be opened, or written: each has its error, and none becomes an empty database or is changed.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { faultFiles } from '../wasm/fault_files.js';
import { assertRefused } from './errors.js';
import { embeddings, randomOf, textOf } from './exact.js';
import { nodeFile, placeFor } from './places.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const N = 600;
const vectors = embeddings({ n: N, dim: 64 });

/** A closed database with some rows, in a place of its own. */
async function database(t) {
  const place = placeFor(t, nodeFile);
  const client = place.open();
  await client.create_collection('c', 64);
  await client.insert('c', vectors.map((vector, id) => ({ id, vector, text: textOf(id) })));
  await client.close();
  return { ...place, path: place.path ?? '', folder: dirname(place.path ?? '') };
}

const connection = (...says) => ({ type: 'ConnectionConfigException', code: 1, says });
const damaged = (...says) => ({ type: 'MilvusException', code: 1001, says });

/** What a client answers first. */
const open = (place, options) => async () => {
  const client = place.open(options);
  try {
    return await client.list_collections();
  } finally {
    await client.close();
  }
};

/** The bytes of an application's own SQLite database, or undefined where nothing can make one. */
function foreignDatabase(path) {
  const sql = 'create table notes (text)';
  const program = 'import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()';
  const ran = [['sqlite3', path, sql], ['python3', '-c', program, path, sql]].find(
    ([command, ...args]) => spawnSync(command, args).status === 0,
  );
  return ran && readFileSync(path);
}

describe('a file that cannot be opened', () => {
  it('because its folder is missing is not made', async (t) => {
    const place = placeFor(t, nodeFile);
    const path = join(dirname(place.path ?? ''), 'missing', 'x.db');
    const error = await assertRefused(open(place, { uri: path }), connection('Open local milvus failed', 'dir: ', 'missing', 'not exists'));
    assert.ok(error.cause instanceof Error);
    assert.ok(!existsSync(dirname(path)));
  });

  it('because it is a folder, or in a file, is named', async (t) => {
    const place = await database(t);
    await assertRefused(open(place, { uri: place.folder }), connection(place.folder, 'folder'));
    await assertRefused(open(place, { uri: join(place.path, 'x.db') }), connection(place.path, 'file'));
    const loop = join(place.folder, 'loop.db');
    symlinkSync(loop, loop);
    await assertRefused(open(place, { uri: loop }), connection('loop.db', 'link'));
  });

  it('because its address is none is named', async (t) => {
    const place = placeFor(t, nodeFile);
    for (const uri of ['', 'ftp://host/x.db', 'opfs:x.db', 'idb:x.db', 'localhost:19530']) {
      await assertRefused(open(place, { uri }), connection('uri', uri));
    }
  });

  it('because it is not a database stays as it is', async (t) => {
    const place = placeFor(t, nodeFile);
    const path = place.path ?? '';
    for (const content of ['hi', 'x'.repeat(100), 'a text, and no database '.repeat(5000)]) {
      writeFileSync(path, content);
      await assertRefused(open(place), connection(path, 'is not a database'));
      assert.equal(readFileSync(path, 'utf8'), content);
      assert.deepEqual(readdirSync(dirname(path)).filter((name) => !name.endsWith('-lock')), [basename(path)]);
    }
  });

  it('because it is the database of another application stays as it is', async (t) => {
    const place = placeFor(t, nodeFile);
    const path = place.path ?? '';
    const before = foreignDatabase(path);
    if (!before) return t.skip('needs sqlite3 or python3');
    await assertRefused(open(place), connection(path, 'SQLite database', 'not one of Milvus Lite'));
    assert.ok(readFileSync(path).equals(before));
  });

  it('because a newer engine wrote it says which format it has, and stays as it is', async (t) => {
    const place = await database(t);
    const bytes = readFileSync(place.path);
    bytes.writeUInt32BE(99, 60); // SQLite's user_version
    writeFileSync(place.path, bytes);
    await assertRefused(open(place), connection(place.path, 'format 99', 'up to', 'upgrade'));
    assert.ok(readFileSync(place.path).equals(bytes));
  });

  it('because it was cut off is reported as damaged, and stays as it is', async (t) => {
    const place = await database(t);
    const bytes = readFileSync(place.path);
    for (const part of [0.001, 0.05, 0.5, 0.9]) {
      writeFileSync(place.path, bytes);
      truncateSync(place.path, Math.floor(bytes.length * part));
      await assertRefused(open(place), damaged(place.path, 'damaged'));
      const client = place.open();
      await assertRefused(() => client.verify(), damaged(place.path, 'damaged'));
      await client.close();
      assert.ok(readFileSync(place.path).equals(bytes.subarray(0, Math.floor(bytes.length * part))));
    }
  });

  it('may be empty: then it becomes a database', async (t) => {
    const place = placeFor(t, nodeFile);
    writeFileSync(place.path ?? '', '');
    assert.deepEqual(await open(place)(), []);
  });
});

describe('a file with flipped bytes', () => {
  it('never gives a wrong vector: it is what was written, or an error that says where', async (t) => {
    const place = await database(t);
    const bytes = readFileSync(place.path);
    const written = new Set(vectors.map((vector) => vector.join()));
    const seed = Number(process.env.FLIP_SEED ?? 1);
    const random = randomOf(seed);
    const errors = new Set();
    for (let round = 0; round < Number(process.env.FLIP_ROUNDS ?? 60); round++) {
      const at = round < 25 ? 4 * round : Math.floor(random() * bytes.length);
      const flipped = Buffer.from(bytes);
      flipped[at] ^= 1 << Math.floor(random() * 8);
      writeFileSync(place.path, flipped);
      const client = place.open();
      const where = `byte ${at}, seed ${seed}`;
      try {
        const [hits] = await client.search('c', [vectors[5]], { limit: N, output_fields: ['vector'] });
        assert.equal(hits.length, N, where);
        for (const { entity } of hits) assert.ok(written.has(entity.vector.join()), where);
      } catch (error) {
        assert.match(error.name, /^(MilvusException|ConnectionConfigException|CollectionNotExistException)$/, `${where}: ${error.stack}`);
        assert.match(error.message, /damaged|not a database|not one of|format|find collection/, where);
        errors.add(error.message);
      } finally {
        await client.close().catch(() => {});
      }
    }
    assert.ok([...errors].some((message) => /chunk \d+ of field 'vector' is damaged/.test(message)), [...errors].join('\n'));
  });

  it('leaves the rows beside the damage readable', async (t) => {
    const place = await database(t);
    const bytes = readFileSync(place.path);
    const needle = Buffer.from(vectors[N - 1].buffer, 0, 64);
    const at = bytes.indexOf(needle);
    assert.ok(at > 0);
    bytes[at + 2] ^= 4;
    writeFileSync(place.path, bytes);
    const client = place.open();
    await assertRefused(() => client.search('c', [vectors[0]]), damaged("field 'vector'", 'damaged', 'checksum'));
    const [row] = await client.get({ collection_name: 'c', ids: [N - 1], output_fields: ['text'] });
    assert.deepEqual(row, { id: N - 1, text: textOf(N - 1) });
  });
});

describe('a file that cannot be written', () => {
  const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const mayRun =
    process.platform !== 'win32' && spawnSync(process.execPath, ['--version'], { ...nobody, cwd: '/' }).status === 0;

  /** Runs a program as a user who is not root and owns nothing here, with a copy of the client in a folder. */
  const asNobody = (folder, program) => {
    const app = join(folder, 'app');
    for (const part of ['package.json', 'js', 'wasm', 'build/milvus_lite.wasm']) cpSync(join(ROOT, part), join(app, part), { recursive: true });
    execFileSync('chmod', ['-R', 'a+rX', folder]);
    const source = `import { MilvusClient } from ${JSON.stringify(join(app, 'js/index.js'))};\n${program}`;
    const args = ['--input-type=module', '--eval', source];
    return execFileSync(process.execPath, args, { encoding: 'utf8', ...nobody, cwd: '/' });
  };
  const report = `const say = (call) => call().then(
    (value) => console.log('ok', JSON.stringify(value)),
    (error) => console.log(error.name, error.code, error.message));`;

  it('is read, and every write refused', async (t) => {
    if (!mayRun) return t.skip('needs another user who can run Node');
    const { path, folder } = await database(t);
    chmodSync(path, 0o444);
    const before = readFileSync(path);
    const printed = asNobody(folder, `${report}
      const client = new MilvusClient(${JSON.stringify(path)});
      await say(() => client.get_collection_stats('c'));
      await say(() => client.insert('c', { id: 1, vector: new Float32Array(64).fill(1) }));
      await say(() => client.drop_collection('c'));
      await say(async () => (await client.search('c', [new Float32Array(64).fill(1)], { limit: 3 }))[0].length);
      await say(() => client.close());
    `).trim().split('\n');
    assert.equal(printed.length, 5, printed.join('\n'));
    assert.equal(printed[0], `ok {"row_count":${N}}`);
    assert.match(printed[1], /^MilvusException 9 .*read-only/);
    assert.match(printed[2], /^MilvusException 9 .*read-only/);
    assert.equal(printed[3], 'ok 3');
    assert.equal(printed[4], 'ok undefined');
    assert.ok(readFileSync(path).equals(before));
    chmodSync(path, 0o644);
  });

  it('because its folder is read-only and it is not there is not made', async (t) => {
    if (!mayRun) return t.skip('needs another user who can run Node');
    const place = placeFor(t, nodeFile);
    const folder = join(dirname(place.path ?? ''), 'closed');
    mkdirSync(folder);
    chmodSync(folder, 0o555);
    const printed = asNobody(dirname(folder), `${report}
      const client = new MilvusClient(${JSON.stringify(join(folder, 'x.db'))});
      await say(() => client.create_collection('c', 3));
      await say(() => client.close());
    `);
    assert.match(printed, /^(ConnectionConfigException 1|MilvusException 9) .*\nok undefined\n$/);
    assert.deepEqual(readdirSync(folder), []);
  });
});

describe('a full disk', () => {
  it('refuses what does not fit, keeps what was there, and goes on when there is room again', async (t) => {
    const disk = { isFull: false };
    const { files } = faultFiles();
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    const limited = {
      ...files,
      write(handle, from, offset) {
        if (disk.isFull) throw full;
        return files.write(handle, from, offset);
      },
    };
    const place = placeFor(t, nodeFile);
    const client = place.open({ files: { files: limited, path: 'x.db' } });
    await client.create_collection('c', 64);
    const rows = vectors.map((vector, id) => ({ id, vector, text: textOf(id) }));
    await client.insert('c', rows.slice(0, 100));
    disk.isFull = true;
    for (const call of [
      () => client.insert('c', rows.slice(100)),
      () => client.upsert('c', { ...rows[5], text: 'changed' }),
      () => client.delete('c', [1, 2, 3]),
      () => client.create_collection('d', 3),
      () => client.drop_collection('c'),
      () => client.rename_collection('c', 'd'),
      () => client.release_collection('c'),
      () => client.drop_index('c', 'vector'),
    ]) {
      const error = await assertRefused(call, { type: 'MilvusException', code: 7, says: ['full'] });
      assert.equal(error.cause, full);
      assert.deepEqual(await client.get('c', rows.map(({ id }) => id)), rows.slice(0, 100));
      const [hits] = await client.search('c', [vectors[50]], { limit: N });
      assert.equal(hits.length, 100);
      assert.deepEqual(await client.list_indexes('c'), ['vector']);
    }
    disk.isFull = false;
    await client.insert('c', rows.slice(100));
    await client.close();
    const again = place.open({ files: { files, path: 'x.db' } });
    assert.deepEqual(await again.get('c', rows.map(({ id }) => id)), rows);
    assert.deepEqual(await again.list_collections(), ['c']);
  });

  it('from the start is an error, and no half database', async (t) => {
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    const disk = { isFull: true };
    const { files } = faultFiles();
    const limited = { ...files, write: (...args) => (disk.isFull ? assert.fail(full) : files.write(...args)) };
    const place = placeFor(t, nodeFile);
    const client = place.open({ files: { files: limited, path: 'x.db' } });
    await assertRefused(() => client.create_collection('c', 3), { type: 'MilvusException', code: 7, says: ['full'] });
    disk.isFull = false;
    await client.create_collection('c', 3);
    assert.deepEqual(await client.list_collections(), ['c']);
  });
});

it('a database on disk is private to nobody: its mode is that of other new files', async (t) => {
  if (process.platform === 'win32') return t.skip('has no such modes');
  const place = await database(t);
  const other = join(place.folder, 'other');
  writeFileSync(other, '');
  assert.equal(statSync(place.path).mode, statSync(other).mode);
});
