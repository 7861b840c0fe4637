// A Files object in memory: for ':memory:' and for tests.

import { Access, fileError, OpenFlag } from './files.js';

const CHUNK_BYTES = 256 * 1024;

/** @typedef {{ chunks: Uint8Array[], bytes: number }} File  chunks cover at least bytes */

/**
 * @param {Iterable<[path: string, content: Uint8Array]>} [contents]  files to begin with; copied
 * @returns {import('./files.js').Files}
 */
export function memoryFiles(contents = []) {
  /** @type {Map<string, File>} */
  const byPath = new Map();
  /** @type {({ file: File, readOnly: boolean } | undefined)[]} */
  const handles = [];

  for (const [path, content] of contents) {
    const file = { chunks: [], bytes: 0 };
    put(file, content, 0);
    byPath.set(path, file);
  }

  /** @param {number} handle */
  const opened = (handle) => {
    const entry = handles[handle];
    if (entry === undefined) throw fileError('EBADF', `no open file has the handle ${handle}`);
    return entry;
  };

  /** @param {number} handle */
  const writable = (handle) => {
    const { file, readOnly } = opened(handle);
    if (readOnly) throw fileError('EBADF', 'the file is open for reading only');
    return file;
  };

  return {
    open(path, flags) {
      let file = byPath.get(path);
      if (file === undefined) {
        if ((flags & OpenFlag.CREATE) === 0) throw fileError('ENOENT', `no such file, '${path}'`);
        file = { chunks: [], bytes: 0 };
        byPath.set(path, file);
      }
      const free = handles.indexOf(undefined);
      const handle = free < 0 ? handles.length : free;
      handles[handle] = { file, readOnly: (flags & OpenFlag.READ_ONLY) !== 0 };
      return handle;
    },

    close(handle) {
      opened(handle);
      handles[handle] = undefined;
    },

    read(handle, to, offset) {
      const { file } = opened(handle);
      const bytes = Math.max(0, Math.min(to.length, file.bytes - offset));
      for (let done = 0; done < bytes;) {
        const { chunk, at, room } = locate(file, offset + done);
        const n = Math.min(room, bytes - done);
        to.set(chunk.subarray(at, at + n), done);
        done += n;
      }
      return bytes;
    },

    write(handle, from, offset) {
      put(writable(handle), from, offset);
      return from.length;
    },

    truncate(handle, bytes) {
      const file = writable(handle);
      if (bytes < file.bytes) {
        file.chunks.length = Math.ceil(bytes / CHUNK_BYTES);
        // A file that grows again must not show what was cut off.
        if (bytes % CHUNK_BYTES !== 0)
          file.chunks[file.chunks.length - 1].fill(0, bytes % CHUNK_BYTES);
      }
      reserve(file, bytes);
      file.bytes = bytes;
    },

    sync(handle) {
      opened(handle);
    },

    size(handle) {
      return opened(handle).file.bytes;
    },

    unlink(path) {
      byPath.delete(path);
    },

    exists(path) {
      return byPath.has(path) ? Access.READ_WRITE : Access.NONE;
    },
  };
}

/**
 * @param {File} file
 * @param {number} offset  less than what is reserved
 */
function locate(file, offset) {
  const at = offset % CHUNK_BYTES;
  return { chunk: file.chunks[Math.floor(offset / CHUNK_BYTES)], at, room: CHUNK_BYTES - at };
}

/**
 * @param {File} file
 * @param {number} bytes
 */
function reserve(file, bytes) {
  try {
    while (file.chunks.length * CHUNK_BYTES < bytes) file.chunks.push(new Uint8Array(CHUNK_BYTES));
  } catch (cause) {
    throw fileError('ENOSPC', 'no memory left for the file', cause);
  }
}

/**
 * @param {File} file
 * @param {Uint8Array} from
 * @param {number} offset
 */
function put(file, from, offset) {
  reserve(file, offset + from.length);
  for (let done = 0; done < from.length;) {
    const { chunk, at, room } = locate(file, offset + done);
    chunk.set(from.subarray(done, done + room), at);
    done += Math.min(room, from.length - done);
  }
  file.bytes = Math.max(file.bytes, offset + from.length);
}
