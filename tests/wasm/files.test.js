import assert from 'node:assert/strict';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it, mock } from 'node:test';
import { Access, FileError, fileErrorOf, OpenFlag } from '../../wasm/files.js';
import { memoryFiles } from '../../wasm/files_memory.js';
import { nodeFiles } from '../../wasm/files_node.js';
import { contentOf, faultFiles } from './fault_files.js';

const { CREATE, READ_ONLY } = OpenFlag;
const folder = fs.mkdtempSync(join(tmpdir(), 'files-'));
after(() => fs.rmSync(folder, { recursive: true }));

const bytes = (...values) => new Uint8Array(values);
const failsWith = (work, code) => assert.throws(work, (error) => error.code === code, code);

/** What the engine relies on, of every kind of Files object. */
function suite(name, files) {
  describe(name, () => {
    let count = 0;
    const newPath = () => join(folder, `${name} ${count++}`);
    const readAll = (path) => contentOf(files, path);

    it('says what is there', () => {
      const path = newPath();
      assert.equal(files.exists(path), Access.NONE);
      files.close(files.open(path, CREATE));
      assert.equal(files.exists(path), Access.READ_WRITE);
    });

    it('does not open what is not there, unless it is to be created', () => {
      failsWith(() => files.open(newPath(), 0), 'ENOENT');
      failsWith(() => files.open(newPath(), READ_ONLY), 'ENOENT');
    });

    it('opens what is there with its content', () => {
      const path = newPath();
      const first = files.open(path, CREATE);
      assert.equal(files.write(first, bytes(1, 2, 3), 0), 3);
      files.close(first);
      const second = files.open(path, CREATE);
      assert.equal(files.size(second), 3);
      files.close(second);
      assert.deepEqual(readAll(path), bytes(1, 2, 3));
    });

    it('has one content behind several handles, which are numbers', () => {
      const path = newPath();
      const handles = [files.open(path, CREATE), files.open(path, 0), files.open(path, READ_ONLY)];
      assert.ok(handles.every((handle) => Number.isInteger(handle) && handle >= 0));
      assert.equal(new Set(handles).size, 3);
      files.write(handles[0], bytes(7), 0);
      const to = bytes(0);
      assert.equal(files.read(handles[2], to, 0), 1);
      assert.deepEqual(to, bytes(7));
      handles.forEach((handle) => files.close(handle));
    });

    it('reads less than asked for only at the end', () => {
      const path = newPath();
      const handle = files.open(path, CREATE);
      files.write(handle, bytes(1, 2, 3), 0);
      const to = bytes(9, 9, 9, 9);
      assert.equal(files.read(handle, to, 1), 2);
      assert.deepEqual(to, bytes(2, 3, 9, 9));
      assert.equal(files.read(handle, to, 3), 0);
      assert.equal(files.read(handle, to, 1000), 0);
      assert.equal(files.read(handle, bytes(), 0), 0);
      files.close(handle);
    });

    it('fills a gap with zeros, also behind an end that was cut off', () => {
      const path = newPath();
      const handle = files.open(path, CREATE);
      files.write(handle, bytes(1, 2, 3, 4), 0);
      files.truncate(handle, 2);
      assert.equal(files.size(handle), 2);
      files.write(handle, bytes(5), 5);
      files.truncate(handle, 8);
      files.close(handle);
      assert.deepEqual(readAll(path), bytes(1, 2, 0, 0, 0, 5, 0, 0));
    });

    it('keeps what is written across its own boundaries', () => {
      const path = newPath();
      const handle = files.open(path, CREATE);
      const page = Uint8Array.from({ length: 700_001 }, (_, i) => i % 251);
      assert.equal(files.write(handle, page, 100_000), page.length);
      const to = new Uint8Array(page.length);
      assert.equal(files.read(handle, to, 100_000), page.length);
      assert.ok(Buffer.from(to).equals(page));
      files.truncate(handle, 300_000);
      files.truncate(handle, 800_001);
      assert.equal(files.read(handle, to, 100_000), 700_001);
      assert.equal(Buffer.compare(to.subarray(0, 200_000), page.subarray(0, 200_000)), 0);
      assert.ok(to.subarray(200_000).every((byte) => byte === 0));
      files.close(handle);
    });

    it('takes views, and offsets beyond 32 bits', () => {
      const path = newPath();
      const handle = files.open(path, CREATE);
      const memory = bytes(0, 0, 1, 2, 0, 0);
      files.write(handle, memory.subarray(2, 4), 0);
      files.read(handle, memory.subarray(4), 0);
      assert.deepEqual(memory, bytes(0, 0, 1, 2, 1, 2));
      if (name === 'node') {
        files.write(handle, bytes(3), 5 * 2 ** 30);
        assert.equal(files.size(handle), 5 * 2 ** 30 + 1);
      }
      files.close(handle);
      files.unlink(path);
    });

    it('syncs', () => {
      const handle = files.open(newPath(), CREATE);
      files.sync(handle);
      files.close(handle);
    });

    it('removes files, and minds none that are missing', () => {
      const path = newPath();
      files.close(files.open(path, CREATE));
      files.unlink(path);
      assert.equal(files.exists(path), Access.NONE);
      files.unlink(path);
    });

    it('does not write through a handle for reading', () => {
      const path = newPath();
      files.close(files.open(path, CREATE));
      const handle = files.open(path, READ_ONLY);
      assert.throws(() => files.write(handle, bytes(1), 0));
      assert.throws(() => files.truncate(handle, 1));
      files.close(handle);
    });

    it('refuses a handle that is closed', () => {
      const handle = files.open(newPath(), CREATE);
      files.close(handle);
      failsWith(() => files.size(handle), 'EBADF');
      failsWith(() => files.read(handle, bytes(0), 0), 'EBADF');
    });
  });
}

suite('memory', memoryFiles());
suite('node', await nodeFiles());
suite('fault', faultFiles().files);

describe('memoryFiles', () => {
  it('begins with copies of what it is given', () => {
    const content = bytes(1, 2);
    const files = memoryFiles([['a', content]]);
    content.fill(9);
    assert.deepEqual(contentOf(files, 'a'), bytes(1, 2));
  });
});

const files = await nodeFiles();

describe('nodeFiles', () => {
  const isRoot = process.getuid?.() === 0;

  /** Runs work with functions of node:fs replaced by those that `replace` makes of them. */
  const withFs = (names, replace, work) => {
    for (const name of names) mock.method(fs, name, replace(fs[name], name));
    syncBuiltinESMExports();
    try {
      return work();
    } finally {
      mock.restoreAll();
      syncBuiltinESMExports();
    }
  };

  /** The names of those functions that work calls, in order. */
  const callsOf = (names, work) => {
    const calls = [];
    const recording =
      (real, name) =>
      (...args) => {
        calls.push(name);
        return real(...args);
      };
    withFs(names, recording, work);
    return calls;
  };

  it('syncs the folder when a file comes or goes, and not otherwise', () => {
    const path = join(folder, 'comes and goes');
    const syncsOf = (work) => callsOf(['fsyncSync'], work).length;
    assert.equal(
      syncsOf(() => files.close(files.open(path, CREATE))),
      1,
    );
    assert.equal(
      syncsOf(() => files.close(files.open(path, CREATE))),
      0,
    );
    assert.equal(
      syncsOf(() => files.unlink(path)),
      1,
    );
    assert.equal(
      syncsOf(() => files.unlink(path)),
      0,
    );
  });

  it('syncs files by fdatasync, which leaves out the times of a file', () => {
    const handle = files.open(join(folder, 'synced'), CREATE);
    const calls = callsOf(['fsyncSync', 'fdatasyncSync'], () => files.sync(handle));
    files.close(handle);
    assert.deepEqual(calls, ['fdatasyncSync']);
  });

  it('goes on after short reads and writes', () => {
    const handle = files.open(join(folder, 'short'), CREATE);
    const content = bytes(1, 2, 3, 4, 5, 6, 7, 8);
    const to = new Uint8Array(10);
    let calls = 0;
    const short = (real) => (fd, buffer, at, n, offset) => {
      calls++;
      return real(fd, buffer, at, Math.min(n, 3), offset);
    };
    withFs(['readSync', 'writeSync'], short, () => {
      assert.equal(files.write(handle, content, 4), 8);
      assert.equal(files.read(handle, to, 4), 8);
    });
    files.close(handle);
    assert.equal(calls, 3 + 4);
    assert.deepEqual(to.subarray(0, 8), content);
  });

  it('lets errors of the system through', { skip: isRoot && 'root may write everywhere' }, () => {
    const path = join(folder, 'read only');
    fs.writeFileSync(path, 'x', { mode: 0o444 });
    assert.equal(files.exists(path), Access.READ_ONLY);
    failsWith(() => files.open(path, CREATE), 'EACCES');
    files.close(files.open(path, READ_ONLY));
  });
});

describe('fileErrorOf', () => {
  it('tells full, forbidden, missing and broken apart, by the codes of Node and the names of browsers', () => {
    const of = (error) => fileErrorOf(error);
    assert.equal(of({ code: 'ENOSPC' }), FileError.NO_SPACE);
    assert.equal(of({ code: 'EDQUOT' }), FileError.NO_SPACE);
    assert.equal(of(new DOMException('full', 'QuotaExceededError')), FileError.NO_SPACE);
    assert.equal(of({ code: 'EROFS' }), FileError.NOT_PERMITTED);
    assert.equal(of({ code: 'EACCES' }), FileError.NOT_PERMITTED);
    assert.equal(of(new DOMException('', 'NoModificationAllowedError')), FileError.NOT_PERMITTED);
    assert.equal(of({ code: 'ENOENT' }), FileError.NOT_FOUND);
    assert.equal(of(new DOMException('', 'NotFoundError')), FileError.NOT_FOUND);
    assert.equal(of({ code: 'EIO' }), FileError.IO);
    assert.equal(of(new TypeError('x')), FileError.IO);
    assert.equal(of(undefined), FileError.IO);
    assert.equal(of('a string'), FileError.IO);
  });
});

describe('faultFiles', () => {
  /** Some operations of each kind; returns the code of the first that failed. */
  const script = (files) => {
    try {
      const handle = files.open('a', CREATE); // 1
      files.write(handle, bytes(1, 1, 1, 1), 0); // 2
      files.sync(handle); // 3
      files.write(handle, bytes(2, 2, 2, 2), 2); // 4
      files.truncate(handle, 5); // 5
      files.close(handle);
      files.open('b', CREATE); // 6
      files.unlink('b'); // 7
    } catch (error) {
      return error.code;
    }
    return undefined;
  };
  const left = (disk, what) => [
    contentOf(disk.survivors(what), 'a'),
    contentOf(disk.survivors(what), 'b'),
  ];

  it('counts what changes something', () => {
    const disk = faultFiles();
    assert.equal(script(disk.files), undefined);
    const expected = [
      'create a',
      'write 4@0',
      'sync',
      'write 4@2',
      'truncate 5',
      'create b',
      'unlink b',
    ];
    assert.deepEqual(disk.log, expected);
  });

  it('fails once, and goes on', () => {
    for (let k = 1; k <= 7; k++) {
      const disk = faultFiles({ fail_at: k, code: k % 2 ? 'EIO' : 'ENOSPC' });
      assert.equal(script(disk.files), k % 2 ? 'EIO' : 'ENOSPC');
      disk.files.close(disk.files.open('c', CREATE));
      assert.equal(disk.files.exists('c'), Access.READ_WRITE);
    }
  });

  it('is off after a crash', () => {
    const disk = faultFiles({ crash_at: 4 });
    assert.equal(script(disk.files), 'EIO');
    failsWith(() => disk.files.open('a', 0), 'EIO');
    failsWith(() => disk.files.exists('a'), 'EIO');
  });

  it('leaves what was synced, and of the rest all, nothing or some', () => {
    const disk = faultFiles({ crash_at: 5 });
    script(disk.files);
    assert.deepEqual(left(disk, { keep: 'all' }), [bytes(1, 1, 2, 2, 2, 2), undefined]);
    assert.deepEqual(left(disk, { keep: 'none' }), [bytes(1, 1, 1, 1), undefined]);
  });

  it('tears the write it crashes at', () => {
    const torn = faultFiles({ crash_at: 4 });
    script(torn.files);
    assert.deepEqual(left(torn, { keep: 'all' })[0], bytes(1, 1, 2, 2));
    const whole = faultFiles({ crash_at: 4, torn: false });
    script(whole.files);
    assert.deepEqual(left(whole, { keep: 'all' })[0], bytes(1, 1, 1, 1));
  });

  it('leaves some sectors, the same for the same seed', () => {
    const disk = faultFiles();
    const handle = disk.files.open('a', CREATE);
    disk.files.write(handle, new Uint8Array(512 * 64).fill(7), 256);
    const some = (seed) => Buffer.from(contentOf(disk.survivors({ keep: 'some', seed }), 'a'));
    assert.deepEqual(some(3), some(3));
    assert.notDeepEqual(some(3), some(4));
    const kept = some(3).filter((byte) => byte === 7).length;
    assert.ok(kept > 512 * 16 && kept < 512 * 48, `${kept} bytes`);
    assert.ok(
      some(3)
        .subarray(0, 256)
        .every((byte) => byte === 0),
    );
  });

  it('knows the files that were there before', () => {
    const disk = faultFiles({ files: memoryFiles([['a', bytes(1, 2, 3)]]) });
    const handle = disk.files.open('a', CREATE);
    disk.files.write(handle, bytes(9), 0);
    assert.deepEqual(disk.log, ['write 1@0']);
    assert.deepEqual(left(disk, { keep: 'none' })[0], bytes(1, 2, 3));
    assert.deepEqual(left(disk, { keep: 'all' })[0], bytes(9, 2, 3));
  });
});
