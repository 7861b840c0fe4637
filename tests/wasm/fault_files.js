// A Files object on which things go wrong, and what a power cut would leave of it.
//
//   const disk = faultFiles({ crash_at: 7 });
//   const client = new MilvusClient({ files: { files: disk.files, path: 'x.db' } });
//   ... calls, until one fails ...
//   const after = new MilvusClient({ files: { files: disk.survivors({ keep: 'none' }), path: 'x.db' } });
//
// Operations that change something are counted from 1: write, sync, truncate, unlink, and an open that
// creates. The coming and going of files is durable at once, as the Files contract has it; writes and
// truncates are with the sync of their file.

import { Access, fileError, OpenFlag } from '../../wasm/files.js';
import { memoryFiles } from '../../wasm/files_memory.js';

const SECTOR_BYTES = 512;

/** @typedef {import('../../wasm/files.js').Files} Files */

/** @typedef {{ offset: number, bytes: Uint8Array } | { size: number }} Change  a write, or a truncate */

/**
 * What is known of a file: its bytes at the last sync, and what was done since.
 *
 * @typedef {{ durable: Uint8Array, changes: Change[] }} History
 */

/**
 * @param {object} [options]
 * @param {Files} [options.files]     what lies below; new files in memory when left out
 * @param {number} [options.fail_at]  this operation fails, those after it do not
 * @param {string} [options.code]     ... with this code, 'ENOSPC' or 'EIO'
 * @param {number} [options.crash_at] this operation and everything after it fails: the machine is off
 * @param {boolean} [options.torn]    of a write that fails, the first half is written
 */
export function faultFiles(options = {}) {
  const { files: below = memoryFiles(), fail_at, crash_at, code = 'ENOSPC', torn = true } = options;
  /** @type {Map<string, History>} */
  const histories = new Map();
  /** @type {Map<number, History>} */
  const opened = new Map();
  /** @type {string[]} */
  const log = [];

  const isOff = () => crash_at !== undefined && log.length >= crash_at;
  const requirePower = () => {
    if (isOff()) throw fileError('EIO', 'the machine is off');
  };

  /**
   * Counts an operation.
   *
   * @param {string} what
   * @returns {boolean} whether it is to fail
   */
  const counted = (what) => {
    requirePower();
    log.push(what);
    return log.length === fail_at || isOff();
  };
  const fault = () =>
    isOff() ? fileError('EIO', 'the machine went off') : fileError(code, `injected at ${fail_at}`);

  /** @param {number} handle */
  const historyOf = (handle) => /** @type {History} */ (opened.get(handle));

  /** @param {string} path */
  const adopt = (path) => {
    const content = histories.has(path) ? undefined : contentOf(below, path);
    if (content) histories.set(path, { durable: content, changes: [] });
  };

  /** @type {Files} */
  const files = {
    open(path, flags) {
      requirePower();
      adopt(path);
      if (flags & OpenFlag.CREATE && !histories.has(path)) {
        if (counted(`create ${path}`)) throw fault();
        histories.set(path, { durable: new Uint8Array(0), changes: [] });
      }
      const handle = below.open(path, flags);
      opened.set(handle, /** @type {History} */ (histories.get(path)));
      return handle;
    },

    close(handle) {
      opened.delete(handle);
      below.close(handle);
    },

    read(handle, to, offset) {
      requirePower();
      return below.read(handle, to, offset);
    },

    write(handle, from, offset) {
      const fails = counted(`write ${from.length}@${offset}`);
      const bytes = fails ? from.slice(0, torn ? from.length >> 1 : 0) : from.slice();
      if (bytes.length > 0) {
        historyOf(handle).changes.push({ offset, bytes });
        below.write(handle, bytes, offset);
      }
      if (fails) throw fault();
      return bytes.length;
    },

    truncate(handle, size) {
      if (counted(`truncate ${size}`)) throw fault();
      historyOf(handle).changes.push({ size });
      below.truncate(handle, size);
    },

    sync(handle) {
      if (counted('sync')) throw fault();
      below.sync(handle);
      const history = historyOf(handle);
      history.durable = applied(history.durable, history.changes);
      history.changes = [];
    },

    size(handle) {
      requirePower();
      return below.size(handle);
    },

    unlink(path) {
      requirePower();
      adopt(path);
      if (!histories.has(path)) return;
      if (counted(`unlink ${path}`)) throw fault();
      histories.delete(path);
      below.unlink(path);
    },

    exists(path) {
      requirePower();
      return below.exists(path);
    },
  };

  /**
   * The files as a power cut leaves them now.
   *
   * @param {object} [what]
   * @param {'all' | 'none' | 'some'} [what.keep]  of what was written since the last sync; some: sectors
   *   of 512 bytes and truncates, by the fall of a coin
   * @param {number} [what.seed]  of the coin
   * @returns {Files}
   */
  const survivors = ({ keep = 'all', seed = 1 } = {}) => {
    const coin = coinOf(seed);
    /** @type {[string, Uint8Array][]} */
    const left = [...histories].map(([path, { durable, changes }]) => {
      const kept = keep === 'some' ? changes.flatMap(sectorsOf).filter(coin) : changes;
      return [path, applied(durable, keep === 'none' ? [] : kept)];
    });
    return memoryFiles(left);
  };

  return {
    files,
    survivors,
    /** What was counted so far, in order: the k-th operation is log[k - 1]. */
    log,
  };
}

/**
 * A file's bytes, or undefined where there is none.
 *
 * @param {Files} files
 * @param {string} path
 */
export function contentOf(files, path) {
  if (files.exists(path) === Access.NONE) return undefined;
  const handle = files.open(path, OpenFlag.READ_ONLY);
  const content = new Uint8Array(files.size(handle));
  files.read(handle, content, 0);
  files.close(handle);
  return content;
}

/**
 * A file's bytes after some changes.
 *
 * @param {Uint8Array} content
 * @param {Change[]} changes
 */
function applied(content, changes) {
  const sizes = [content.length];
  for (const change of changes) {
    const size = sizes[sizes.length - 1];
    if ('size' in change) sizes.push(change.size);
    else sizes.push(Math.max(size, change.offset + change.bytes.length));
  }
  const bytes = new Uint8Array(sizes.reduce((a, b) => Math.max(a, b)));
  bytes.set(content);
  for (const change of changes) {
    if ('size' in change) bytes.fill(0, change.size);
    else bytes.set(change.bytes, change.offset);
  }
  return bytes.slice(0, sizes[sizes.length - 1]);
}

/**
 * A write as the sectors it touches, each of which a disk writes whole or not at all.
 *
 * @param {Change} change
 * @returns {Change[]}
 */
function sectorsOf(change) {
  if ('size' in change) return [change];
  const parts = [];
  for (let at = 0; at < change.bytes.length;) {
    const offset = change.offset + at;
    const room = SECTOR_BYTES - (offset % SECTOR_BYTES);
    parts.push({ offset, bytes: change.bytes.subarray(at, at + room) });
    at += room;
  }
  return parts;
}

/**
 * A coin that falls the same way for the same seed (mulberry32).
 *
 * @param {number} seed
 * @returns {() => boolean}
 */
function coinOf(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) & 1) === 0;
  };
}
