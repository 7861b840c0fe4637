// A new content for a database file, whole or not at all, on any Files object.
//
// It is written beside the file first, then sealed, and only then copied over. A sealed one is
// copied again by whoever opens the database next, so it does not matter where this was interrupted;
// one that is not sealed is of no meaning.

import { Access, fileError, OpenFlag } from './files.js';

/** What may stand beside a database. */
export const IMPORT = '-import';
const JOURNALS = ['-wal', '-journal'];
export const BESIDE = [...JOURNALS, IMPORT];

const PIECE_BYTES = 4 * 1024 * 1024;

const SEAL = new TextEncoder().encode('milvus-lite: this import is whole'.padEnd(48));
const SEAL_BYTES = SEAL.length + 8; // and how many bytes there are before it

/** @typedef {import('./files.js').Files} Files */

/**
 * Says that the new content is whole. It is synced before and after.
 *
 * @param {Files} files
 * @param {string} path  of the database
 */
export function sealImport(files, path) {
  const handle = files.open(path + IMPORT, 0);
  try {
    files.sync(handle);
    const bytes = files.size(handle);
    const seal = new Uint8Array(SEAL_BYTES);
    seal.set(SEAL);
    new DataView(seal.buffer).setFloat64(SEAL.length, bytes, true);
    files.write(handle, seal, bytes);
    files.sync(handle);
  } finally {
    files.close(handle);
  }
}

/**
 * Finishes an import that has been sealed, and clears away one that has not.
 *
 * @param {Files} files
 * @param {string} path  of the database, which nobody has open
 * @param {object} [options]
 * @param {boolean} [options.readOnly]
 * @param {() => Promise<void>} [options.settle]
 */
export async function finishImport(files, path, { readOnly = false, settle = async () => {} } = {}) {
  if (files.exists(path + IMPORT) === Access.NONE) return;
  const from = files.open(path + IMPORT, OpenFlag.READ_ONLY);
  try {
    const bytes = sealedBytes(files, from);
    if (bytes >= 0 && readOnly) {
      throw fileError('EROFS', `an import into ${path} was interrupted: open it once for writing`);
    }
    if (bytes >= 0) {
      for (const suffix of JOURNALS) files.unlink(path + suffix); // they are of what was there before
      await copy(files, from, bytes, path, settle);
    }
  } finally {
    files.close(from);
  }
  if (!readOnly) files.unlink(path + IMPORT);
  await settle();
}

/**
 * @param {Files} files
 * @param {number} handle
 * @returns {number}  -1 without a seal
 */
function sealedBytes(files, handle) {
  const bytes = files.size(handle) - SEAL_BYTES;
  if (bytes < 0) return -1;
  const seal = new Uint8Array(SEAL_BYTES);
  files.read(handle, seal, bytes);
  const isWhole = SEAL.every((byte, i) => byte === seal[i]);
  return isWhole && new DataView(seal.buffer).getFloat64(SEAL.length, true) === bytes ? bytes : -1;
}

/**
 * @param {Files} files
 * @param {number} from
 * @param {number} bytes
 * @param {string} path
 * @param {() => Promise<void>} settle
 */
async function copy(files, from, bytes, path, settle) {
  const to = files.open(path, OpenFlag.CREATE);
  try {
    const piece = new Uint8Array(Math.min(PIECE_BYTES, bytes));
    for (let at = 0; at < bytes; at += PIECE_BYTES) {
      const part = piece.subarray(0, Math.min(PIECE_BYTES, bytes - at));
      files.read(from, part, at);
      files.write(to, part, at);
      await settle();
    }
    files.truncate(to, bytes);
    files.sync(to);
    await settle();
  } finally {
    files.close(to);
  }
}
