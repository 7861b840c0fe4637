// Every command of the installed package, as a user runs them.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { DataType, MilvusClient } from '../../js/index.js';
import { serve } from '../../js/server.js';
import { installPackage, runProgram } from './installed.js';

const ROWS = 1500;
const LONG = 2n ** 60n;

describe('the command line', () => {
  let installed;
  let folder;
  const run = (args, options = {}) => runProgram(installed.bin, args, { cwd: folder, ...options });
  const done = async (...args) => {
    const result = await run(args);
    assert.equal(result.code, 0, result.err);
    return result.out;
  };
  const json = async (...args) => JSON.parse(await done(...args, '--json'));

  before(async () => {
    installed = installPackage();
    folder = join(installed.folder, 'work');
    mkdirSync(folder);
    const client = new MilvusClient(join(folder, 'a.db'));
    await client.create_collection('documents', 4);
    await client.insert(
      'documents',
      Array.from({ length: ROWS }, (_, i) => ({
        id: i,
        vector: [i, 1, 0.1, 1 / 3],
        text: `line\u2028${i}\n"`,
        long: LONG + BigInt(i),
      })),
    );
    const schema = client.create_schema({ auto_id: true });
    schema.add_field('pk', DataType.VARCHAR, { is_primary: true, max_length: 30 });
    schema.add_field('v', DataType.FLOAT_VECTOR, { dim: 2 });
    schema.add_field('note', DataType.JSON, { nullable: true });
    const index_params = [{ field_name: 'v', index_type: 'HNSW', metric_type: 'L2', params: { M: 8 } }];
    await client.create_collection({ collection_name: 'notes', schema, index_params });
    await client.insert('notes', [{ v: [1, 2], note: { a: [1, null] } }, { v: [3, 4] }]);
    await client.create_partition('notes', 'more');
    await client.insert({ collection_name: 'notes', data: [{ v: [5, 6] }], partition_name: 'more' });
    await client.release_collection('notes');
    await client.create_alias('documents', 'docs');
    await client.create_database('second');
    await client.use_database('second');
    await client.create_collection('here', 2);
    await client.insert('here', [{ id: 1, vector: [1, 2] }]);
    await client.close();
  });
  after(() => installed.remove());

  it('says what it can do, and with exit code 2 what is written wrongly', async () => {
    assert.match(await done('--help'), /usage: milvus-lite-wasm <command>/);
    for (const name of 'info query search dump load backup verify compact serve migrate'.split(' ')) {
      assert.match(await done(name, '--help'), new RegExp(`^usage: milvus-lite-wasm ${name} `));
    }
    assert.equal(await done('--version'), `${installed.packed.version}\n`);
    for (const args of [[], ['nope'], ['info'], ['info', 'a.db', 'b', 'c'], ['info', 'a.db', '--nope'],
      ['query', 'a.db', 'documents', '--limit', 'x'], ['search', 'a.db', 'documents']]) {
      assert.equal((await run(args)).code, 2, args.join(' '));
    }
  });

  it('info tells collections, rows, indexes and sizes', async () => {
    const { bytes, collections } = await json('info', 'a.db');
    assert.ok(bytes > 100_000);
    assert.deepEqual(collections.map(({ name, rows, loaded }) => [name, rows, loaded]), [
      ['documents', ROWS, true],
      ['notes', 3, false],
    ]);
    assert.equal(collections[1].indexes[0].index_type, 'HNSW');
    assert.match(await done('info', 'a.db', 'notes'), /pk +VARCHAR +max_length 30 +is_primary, auto_id/);
  });

  it('query filters, pages and counts', async () => {
    const rows = await json('query', 'a.db', 'documents', 'id >= {low}', '--params', '{"low":10}', '--limit', '2', '--offset', '1', '--fields', 'text');
    assert.deepEqual(rows, [11, 12].map((id) => ({ id, text: `line\u2028${id}\n"` })));
    const last = await json('query', 'a.db', 'documents', '--order', 'id:desc', '--limit', '2', '--fields', 'id');
    assert.deepEqual(last, [{ id: ROWS - 1 }, { id: ROWS - 2 }]);
    assert.deepEqual(await json('query', 'a.db', 'documents', '--fields', 'count(*)'), [{ 'count(*)': ROWS }]);
    const groups = await json('query', 'a.db', 'documents', 'id < 2', '--group-by', 'text', '--order', 'text:desc');
    assert.deepEqual(groups, [1, 0].map((id) => ({ text: `line\u2028${id}\n"`, 'count(*)': 1 })));
    assert.deepEqual(await json('query', 'a.db', 'documents', '--fields', 'max(id)'), [{ 'max(id)': ROWS - 1 }]);
    assert.match(await done('query', 'a.db', 'documents', 'id == 3', '--fields', 'long'), new RegExp(`${LONG + 3n}`));
    const wrong = await run(['query', 'a.db', 'documents', 'id ==', '--json']);
    assert.equal(wrong.code, 1);
    assert.equal(JSON.parse(wrong.err).error.code, 1100);
  });

  it('search takes a vector, from standard input too, or the key of an entity', async () => {
    const vector = JSON.stringify([7, 1, 0.1, 1 / 3]);
    const hits = await json('search', 'a.db', 'documents', '--vector', vector, '--limit', '1', '--fields', 'text');
    assert.equal(hits[0].id, 7);
    assert.deepEqual(Object.keys(hits[0].entity), ['text']);
    writeFileSync(join(folder, 'vector.json'), vector);
    assert.deepEqual(await json('search', 'a.db', 'documents', '--vector', '@vector.json', '--limit', '1', '--fields', 'text'), hits);
    const piped = await run(['search', 'a.db', 'documents', '--vector', '-', '--limit', '1', '--json', '--fields', 'text'], { input: vector });
    assert.deepEqual(JSON.parse(piped.out), hits);
    const byKey = await json('search', 'a.db', 'documents', '--id', '7', '--filter', 'id > 7', '--limit', '2');
    assert.deepEqual(byKey.map(({ id }) => id), [8, 9]);
    assert.equal((await run(['search', 'a.db', 'documents', '--id', '77777'])).code, 1);
  });

  it('dump and load give everything back, through files and pipes, compressed or not', async () => {
    const text = await done('dump', 'a.db', '-q');
    await done('dump', 'a.db', '-o', 'a.jsonl.gz');
    assert.equal(gunzipSync(readFileSync(join(folder, 'a.jsonl.gz'))).toString(), text);
    const zipped = await run(['dump', 'a.db', '--gzip'], { encoding: 'buffer' });
    assert.equal(gunzipSync(zipped.out).toString(), text);
    assert.deepEqual((await json('load', 'b.db', 'a.jsonl.gz')).collections, { documents: ROWS, notes: 3 });
    assert.equal(await done('dump', 'b.db'), text);
    for (const input of [text, gzipSync(text)]) {
      assert.equal((await run(['load', 'c.db', '-'], { input })).code, 0);
      assert.equal(await done('dump', 'c.db'), text); // and the second time nothing is there twice
    }
    const { $collection } = JSON.parse(text.split('\n').find((line) => line.includes('"notes"')));
    assert.equal($collection.loaded, false);
    assert.equal((await done('dump', 'a.db', 'documents', '--filter', 'id < 2')).trim().split('\n').length, 3);
  });

  it('dump ends quietly when nobody reads on', async () => {
    const child = spawn('sh', ['-c', `"${installed.bin}" dump a.db -q | head -1`], { cwd: folder });
    let out = '';
    let err = '';
    child.stdout.on('data', (data) => (out += data));
    child.stderr.on('data', (data) => (err += data));
    await once(child, 'close');
    assert.ok(out.startsWith('{"$collection"'));
    assert.equal(err, '');
  });

  it('load names the line that is wrong, and keeps what came before', async () => {
    const rows = Array.from({ length: 4 }, (_, i) => JSON.stringify({ id: i, vector: [1, 2, 3, 4] }));
    await done('load', 'd.db', 'a.jsonl.gz', '-q');
    for (const [bad, says] of [['{', 'line 3 is not JSON'], ['7', 'line 3 is not a JSON object'],
      ['{"id":9,"vector":[1]}', "line 3: vector field 'vector' expected dim 4"]]) {
      const input = [...rows.slice(0, 2), bad, ...rows.slice(2)].join('\n');
      const { code, err } = await run(['load', 'd.db', '--collection', 'documents', '--batch', '2'], { input });
      assert.equal(code, 1);
      assert.ok(err.includes(says), err);
    }
    const nowhere = await run(['load', 'd.db'], { input: rows[0] });
    assert.equal(nowhere.code, 2);
    assert.match(nowhere.err, /line 1 is an entity, and no collection is named/);
    const cut = gzipSync(rows.join('\n')).subarray(0, 40);
    assert.match((await run(['load', 'd.db', '--collection', 'documents'], { input: cut })).err, /decompressed/);
  });

  it('backup copies, and replaces nothing unless told to', async () => {
    await done('backup', 'a.db', 'copy.db');
    assert.equal(await done('dump', 'copy.db'), await done('dump', 'a.db'));
    assert.equal((await run(['backup', 'a.db', 'copy.db'])).code, 1);
    await done('backup', 'a.db', 'copy.db', '--force');
    assert.equal((await run(['backup', 'a.db', 'a.db', '--force'])).code, 1);
    assert.equal((await run(['backup', 'missing.db', 'x.db'])).code, 1);
    assert.ok(!existsSync(join(folder, 'missing.db')) && !existsSync(join(folder, 'x.db')));
  });

  it('verify finds a byte that has changed, and a file that cannot be opened', async () => {
    assert.deepEqual(await json('verify', 'a.db'), { file: 'a.db', ok: true, collections: 3, damage: [] });
    const bytes = readFileSync(join(folder, 'a.db'));
    const at = bytes.indexOf(Buffer.from(Float32Array.of(1000, 1, 0.1, 1 / 3).buffer));
    bytes[at + 3] ^= 64;
    writeFileSync(join(folder, 'bad.db'), bytes);
    const { code, out } = await run(['verify', 'bad.db']);
    assert.equal(code, 1);
    assert.match(out, /^bad\.db: collection 'documents': chunk 0 of field 'vector' is damaged/);
    bytes.fill(0x55, 100, 4000);
    writeFileSync(join(folder, 'worse.db'), bytes);
    assert.equal((await run(['verify', 'worse.db'])).code, 1);
  });

  it('compact gives space back', async () => {
    await done('load', 'e.db', 'a.jsonl.gz');
    const client = new MilvusClient(join(folder, 'e.db'));
    await client.drop_alias('docs');
    await client.drop_collection('documents');
    await client.close();
    const { before, after } = await json('compact', 'e.db');
    assert.ok(after < before, `${after} of ${before}`);
    assert.equal((await json('info', 'e.db')).collections.length, 1);
  });

  it('says that a database is open elsewhere, with exit code 3', async (t) => {
    const client = new MilvusClient(join(folder, 'a.db'));
    t.after(() => client.close());
    await client.list_collections();
    for (const args of [['info', 'a.db'], ['backup', 'a.db', 'y.db'], ['verify', 'a.db'], ['compact', 'a.db']]) {
      const { code, err } = await run(args);
      assert.equal(code, 3, args[0]);
      assert.match(err, /database is locked/);
    }
  });

  it('serve answers REST, with the token alone, until Ctrl-C', async () => {
    await done('backup', 'a.db', 'served.db');
    const child = spawn(installed.bin, ['serve', 'served.db', '--port', '0', '--token', 'root:Milvus', '--json'], { cwd: folder });
    const ended = once(child, 'exit');
    const [line] = await once(child.stdout, 'data');
    const { url, protocols } = JSON.parse(line);
    assert.deepEqual(protocols, ['REST']);
    const client = new MilvusClient({ uri: url, token: 'root:Milvus' });
    assert.deepEqual(await client.get_collection_stats('documents'), { row_count: ROWS });
    await client.insert('documents', { id: 99999, vector: [1, 2, 3, 4] });
    await client.close();
    const stranger = new MilvusClient({ uri: url, token: 'root:other' });
    await assert.rejects(stranger.list_collections(), /authenticated/);
    await stranger.close();
    child.kill('SIGINT');
    assert.equal((await ended)[0], 0);
    assert.equal((await json('query', 'served.db', 'documents', 'id == 99999')).length, 1);
    assert.equal((await run(['serve', 'missing.db', '--port', '0'])).code, 1);
  });

  it('migrate takes everything to a server and back, goes on where it was, and does not mix', async () => {
    const child = spawn(installed.bin, ['serve', 'target.db', '--create', '--port', '0', '--json'], { cwd: folder });
    const ended = once(child, 'exit');
    const { url } = JSON.parse((await once(child.stdout, 'data'))[0]);
    const first = await json('migrate', 'a.db', url, '--batch', '200');
    assert.ok(first.ok);
    assert.deepEqual(first.collections.map(({ database, collection, rows }) => [database, collection, rows]), [
      ['default', 'documents', ROWS],
      ['default', 'notes', 3],
      ['second', 'here', 1],
    ]);
    const again = await run(['migrate', 'a.db', url]);
    assert.equal(again.code, 1);
    assert.match(again.err, /'documents' exists in default already/);
    assert.ok((await json('migrate', url, 'back.db')).ok);
    child.kill('SIGINT');
    await ended;
    const text = await done('dump', 'a.db');
    assert.equal(await done('dump', 'target.db'), text);
    assert.equal(await done('dump', 'back.db'), text);
    assert.equal(await done('dump', 'back.db', '--db', 'second'), await done('dump', 'a.db', '--db', 'second'));

    // as if it had been interrupted after key 700
    const half = new MilvusClient(join(folder, 'half.db'));
    await half.create_collection('documents', 4);
    await half.close();
    const done_ = { 'default/documents': 'created', 'default/documents/_default': 700 };
    writeFileSync(join(folder, 'half.db.migration'), JSON.stringify({ from: 'a.db', to: 'half.db', done: done_ }));
    const { code, out } = await run(['migrate', 'a.db', 'half.db']);
    assert.equal(code, 1);
    assert.match(out, /documents: 1,500 rows, but 799 in the target/);
    assert.match((await run(['migrate', 'back.db', 'half.db'])).err, /is of a migration from a\.db/);
  });

  it('migrate goes on after it was killed, wherever that was', async (t) => {
    const changes = ['create_collection', 'create_partition', 'upsert', 'insert', 'create_index', 'create_alias', 'load_collection'];
    for (const at of [1, 2, 4, 6, 8, 10]) {
      const target = new MilvusClient(':memory:');
      let calls = 0;
      let child;
      // a server whose client kills whoever asks for the nth change, before it is made or after it
      const client = Object.create(target);
      for (const name of changes) {
        client[name] = async (...args) => {
          const isLast = ++calls === at;
          if (isLast && at % 4) child.kill('SIGKILL');
          const result = await target[name](...args);
          if (isLast) child.kill('SIGKILL');
          return result;
        };
      }
      const server = await serve({ client, port: 0 });
      t.after(async () => (await server.close(), target.close()));
      const notes = ['--notes', `killed-${at}.migration`];
      child = spawn(installed.bin, ['migrate', 'a.db', server.url, '--batch', '500', ...notes], { cwd: folder, stdio: 'ignore' });
      const [, signal] = await once(child, 'exit');
      assert.equal(signal, 'SIGKILL', `change ${at}`);
      const { ok, collections } = await json('migrate', 'a.db', server.url, ...notes);
      assert.ok(ok, `killed at change ${at}`);
      assert.deepEqual(collections.map(({ rows }) => rows), [ROWS, 3, 1]);
      assert.deepEqual(await target.get_partition_stats('notes', 'more'), { row_count: 1 });
      assert.deepEqual((await target.list_aliases('documents')).aliases, ['docs']);
    }
  });

  it('migrate inserts nothing twice where keys are made, also when it was killed before it knew that they were inserted', async (t) => {
    const source = new MilvusClient(join(folder, 'auto.db'));
    await source.create_collection({ collection_name: 'made', dimension: 2, auto_id: true });
    await source.create_partition('made', 'more');
    const rows = (n) => Array.from({ length: n }, (_, i) => ({ vector: [i, 1] }));
    await source.insert('made', rows(100));
    await source.insert({ collection_name: 'made', data: rows(50), partition_name: 'more' });
    await source.close();
    for (const [at, batch] of [[1, '40'], [2, '15'], [4, '100']]) {
      const target = new MilvusClient(':memory:');
      const client = Object.create(target);
      const inserted = [];
      let calls = 0;
      let child;
      client.insert = async (params) => {
        const result = await target.insert(params);
        inserted.push(...result.ids);
        if (++calls === at) child.kill('SIGKILL');
        return result;
      };
      const server = await serve({ client, port: 0 });
      t.after(async () => (await server.close(), target.close()));
      const notes = ['--notes', `made-${at}.migration`];
      child = spawn(installed.bin, ['migrate', 'auto.db', server.url, '--batch', '40', ...notes], { cwd: folder, stdio: 'ignore' });
      assert.equal((await once(child, 'exit'))[1], 'SIGKILL');
      const { ok, collections } = await json('migrate', 'auto.db', server.url, '--batch', batch, ...notes);
      assert.ok(ok);
      assert.deepEqual(collections.map(({ rows: n }) => n), [150]);
      assert.equal(inserted.length, 150, `killed after insert ${at}`);
      assert.equal(new Set(inserted).size, 150);
      assert.deepEqual(await target.get_partition_stats('made', 'more'), { row_count: 50 });
    }
  });

  it('Ctrl-C while loading leaves a whole database with what was loaded', async () => {
    const child = spawn(installed.bin, ['load', 'f.db', '-', '--batch', '10'], { cwd: folder });
    const header = (await done('dump', 'a.db', 'documents')).split('\n', 1)[0];
    child.stdin.write(`${header}\n`);
    const ended = once(child, 'exit');
    child.stdin.on('error', () => {});
    for (let i = 0; i < 5000; i++) child.stdin.write(`${JSON.stringify({ id: i, vector: [i, 0, 0, 1] })}\n`);
    while (!existsSync(join(folder, 'f.db-wal'))) await new Promise((resolve) => setImmediate(resolve));
    child.kill('SIGINT'); // while it waits for more
    assert.equal((await ended)[0], 130);
    assert.ok(!existsSync(join(folder, 'f.db-wal')));
    assert.equal((await json('verify', 'f.db')).ok, true);
    assert.ok((await json('info', 'f.db')).collections[0].rows % 10 === 0);
  });
});
