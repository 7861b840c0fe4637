import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { openStorage, parseAddress } from '../../js/connect.js';
import { ConnectionConfigException } from '../../js/errors.js';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'connect-')));
after(() => rmSync(folder, { recursive: true }));

const refuses = (uri, ...words) =>
  assert.throws(
    () => parseAddress(uri),
    (error) =>
      error instanceof ConnectionConfigException &&
      error.code === 1 &&
      words.every((word) => error.message.includes(word)),
    `${uri}`,
  );

describe('an address', () => {
  it('is a path, :memory: or a file: URL', () => {
    for (const uri of [
      './x.db',
      '/data/x.db',
      'x',
      'a:b.db',
      'C:\\data\\x.db',
      'C:/x.db',
      ':memory:',
    ]) {
      assert.equal(parseAddress(uri), uri);
    }
    assert.deepEqual(parseAddress('file:///x.db'), new URL('file:///x.db'));
    assert.deepEqual(parseAddress(new URL('file:///x.db')), new URL('file:///x.db'));
  });

  it('of a server is refused, without showing a password', () => {
    for (const uri of [
      'http://localhost:19530',
      'https://h',
      'tcp://h:1',
      'unix:/x.sock',
      'localhost:19530',
      'HTTP://h',
    ]) {
      refuses(uri, uri, 'is a Milvus server');
    }
    const withPassword = () => parseAddress('https://root:secret@host:19530');
    assert.throws(
      withPassword,
      (error) => !error.message.includes('secret') && /host:19530/.test(error.message),
    );
  });

  it('in a browser is refused in Node', () => {
    refuses('opfs:x.db', 'opfs:x.db', "a browser's storage");
    refuses('idb:x.db', 'idb:x.db', "a browser's storage");
  });

  it('of nothing known is refused', () => {
    refuses('', 'is illegal');
    refuses(undefined, 'is illegal');
    refuses(5, 'is illegal');
    refuses('s3://bucket/x.db', 's3://bucket/x.db', 'is illegal');
  });
});

describe('openStorage', () => {
  const open = async (uri, options = {}) => {
    const storage = await openStorage({ uri, folder, ...options });
    await storage.release();
    return storage;
  };
  const fails = (uri, message) =>
    assert.rejects(open(uri), (error) => {
      assert.ok(error instanceof ConnectionConfigException);
      assert.match(error.message, message);
      assert.ok(error.cause);
      return true;
    });

  it('finds the one path of a file', async () => {
    mkdirSync(join(folder, 'real'));
    symlinkSync('real', join(folder, 'linked'));
    symlinkSync('real/not-yet.db', join(folder, 'dangling.db'));
    const expected = join(folder, 'real', 'not-yet.db');
    for (const uri of [
      './real/not-yet.db',
      'linked/not-yet.db',
      './dangling.db',
      join(folder, 'dangling.db'),
    ]) {
      const { path, kind, readOnly } = await open(uri);
      assert.deepEqual([path, kind, readOnly], [expected, 'node', false]);
    }
    assert.equal((await open(pathToFileURL(expected).href)).path, expected);
  });

  it('says what stands in the way', async () => {
    writeFileSync(join(folder, 'file'), '');
    symlinkSync('loop.db', join(folder, 'loop.db'));
    await fails('missing/x.db', /^Open local milvus failed, dir: .*missing not exists$/);
    await fails('file/x.db', /^Open local milvus failed, dir: .*file is a file$/);
    await fails('.', /is a folder, and a database is one file/);
    await fails('loop.db', /is a link to itself/);
    if (process.platform !== 'win32') await fails('/dev/null', /is not a regular file/);
  });

  it('gives each :memory: files of its own', async () => {
    const one = await open(':memory:');
    const two = await open(':memory:');
    assert.equal(one.kind, 'memory');
    one.files.close(one.files.open('x', 1));
    assert.deepEqual([one.files.exists('x'), two.files.exists('x')], [1, 0]);
  });

  it('takes given files as they are', async () => {
    const { files } = await open(':memory:');
    const storage = await open('http://ignored', { files: { files, path: 'x.db' } });
    assert.deepEqual([storage.files, storage.path, storage.kind], [files, 'x.db', 'given']);
  });
});
