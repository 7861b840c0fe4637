// Closing and reopening everywhere; for a file also what others see in it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { MilvusClient } from '../../js/index.js';
import { givenFiles, nodeFile, placeFor } from './places.js';
import { fill, reopenSuite, tellAll } from './reopen.suite.js';

for (const storage of [nodeFile, givenFiles]) reopenSuite(storage);

/** Files of a closed database, its lock aside. */
const filesOf = (path) => readdirSync(dirname(path)).filter((name) => name !== `${basename(path)}-lock`);

describe('a database file', () => {
  it('is the only one after close, and may be copied, moved and opened there', async (t) => {
    const { path = '', open } = placeFor(t, nodeFile);
    const first = open();
    const filled = await fill(first);
    const before = await tellAll(first, filled);
    await first.close();
    assert.deepEqual(filesOf(path), [basename(path)]);

    const elsewhere = join(dirname(path), 'elsewhere');
    mkdirSync(elsewhere);
    copyFileSync(path, join(elsewhere, 'copy.db'));
    renameSync(path, join(elsewhere, 'moved.db'));
    for (const name of ['copy.db', 'moved.db']) {
      const client = new MilvusClient(join(elsewhere, name));
      t.after(() => client.close());
      assert.deepEqual(await tellAll(client, filled), before);
      await client.insert('released', { id: 6, vector: [3, 4] });
      await client.close();
      assert.deepEqual(filesOf(join(elsewhere, name)).filter((file) => file.startsWith(name)), [name]);
    }
    const original = readFileSync(join(elsewhere, 'copy.db'));
    assert.equal(original.subarray(0, 15).toString(), 'SQLite format 3');
  });

  it('has the same bytes after it was only read', async (t) => {
    const { path = '', open } = placeFor(t, nodeFile);
    const first = open();
    const filled = await fill(first);
    await first.close();
    const before = readFileSync(path);
    const client = open();
    await tellAll(client, filled);
    assert.deepEqual(filesOf(path), [basename(path)], 'reading makes no files');
    await client.close();
    assert.ok(readFileSync(path).equals(before));
  });

  it('is sound to the sqlite3 command line, which reads scalar columns with plain SQL', async (t) => {
    const { path = '', open } = placeFor(t, nodeFile);
    const client = open();
    const { kept } = await fill(client);
    const rows = await client.get({ collection_name: 'articles', ids: kept, output_fields: ['text', 'big', 'score', 'tags', 'extra'] });
    await client.close();
    const sql = sqlOf(path);
    if (!sql) return t.skip('needs sqlite3 or python3');
    assert.equal(sql('pragma integrity_check'), 'ok');
    const table = sql("select 'e' || id from collection where name = 'articles'");
    assert.equal(sql(`select count(*) from ${table}`), String(kept.length));
    const ofRow = (i) => `from ${table} where id = ${rows[i].id}`;
    for (const i of [0, 1, 2, kept.length - 1]) {
      assert.equal(sql(`select text ${ofRow(i)}`), rows[i].text);
      assert.equal(sql(`select coalesce(big, 'none') ${ofRow(i)}`), String(rows[i].big ?? 'none'));
      assert.equal(Number(sql(`select score ${ofRow(i)}`)), rows[i].score);
      assert.deepEqual(JSON.parse(sql(`select tags ${ofRow(i)}`)), rows[i].tags);
      assert.equal(JSON.parse(sql(`select "$meta" ${ofRow(i)}`)).extra, rows[i].extra);
    }
    assert.equal(sql("select count(*) from field_index where type = 'HNSW' and metric = 'IP'"), '1');
    assert.equal(sql("select name from collection order by name limit 1"), 'articles');
    const changed = open();
    assert.equal((await changed.get_collection_stats('articles')).row_count, kept.length, 'and was not changed');
  });
});

/**
 * Something that runs a statement on a database file, and prints its first value.
 *
 * @param {string} path
 * @returns {((statement: string) => string) | undefined}
 */
function sqlOf(path) {
  const program = 'import sqlite3,sys; print(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchone()[0])';
  for (const [command, ...args] of [['sqlite3', path], ['python3', '-c', program, path]]) {
    const run = (statement) => spawnSync(command, [...args, statement], { encoding: 'utf8' });
    if (run('select 1').stdout?.trim() !== '1') continue;
    return (statement) => {
      const { stdout, stderr, status } = run(statement);
      assert.equal(status, 0, `${statement}: ${stderr}`);
      return stdout.replace(/\n$/, '');
    };
  }
  return undefined;
}
