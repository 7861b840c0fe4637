// What the engine's storage stands on: a Files object, synchronous and dull.

/**
 * Named files of bytes. Every method is synchronous; handles are small numbers. A method that fails
 * throws (an error with a `code` as in Node, or a `name` as in browsers) or returns -1. There is no
 * policy here: who may open what, and when to sync, is decided above.
 *
 * When open() has created a file, and when unlink() has returned, that fact survives a power cut.
 * What was written does so once sync() has returned.
 *
 * @typedef {object} Files
 * @property {(path: string, flags: number) => number} open
 *   flags of OpenFlag; a missing file without CREATE fails with ENOENT
 * @property {(handle: number) => void} close
 * @property {(handle: number, to: Uint8Array, offset: number) => number} read
 *   bytes read; fewer than asked for only at the end of the file
 * @property {(handle: number, from: Uint8Array, offset: number) => number} write
 *   bytes written; a gap behind the old end reads as zeros
 * @property {(handle: number, bytes: number) => void} truncate  also makes a file longer
 * @property {(handle: number) => void} sync  what was written, and as much of the metadata as reading it back needs
 * @property {(handle: number) => number} size
 * @property {(path: string) => void} unlink  a missing file is no error
 * @property {(path: string) => number} exists  a value of Access
 * @property {() => number} [now]  milliseconds since 1970, where it is not the machine's clock
 */

export const OpenFlag = Object.freeze({ CREATE: 1, READ_ONLY: 2 });

export const Access = Object.freeze({ NONE: 0, READ_WRITE: 1, READ_ONLY: 2 });

/** How failures cross into C: wasm/platform.h has the same numbers. */
export const FileError = Object.freeze({ IO: -1, NO_SPACE: -2, NOT_PERMITTED: -3, NOT_FOUND: -4 });

/** @type {Record<string, number>} */
const NUMBERS = {
  ENOSPC: FileError.NO_SPACE,
  EDQUOT: FileError.NO_SPACE,
  QuotaExceededError: FileError.NO_SPACE,
  EROFS: FileError.NOT_PERMITTED,
  EACCES: FileError.NOT_PERMITTED,
  EPERM: FileError.NOT_PERMITTED,
  NoModificationAllowedError: FileError.NOT_PERMITTED,
  NotAllowedError: FileError.NOT_PERMITTED,
  ENOENT: FileError.NOT_FOUND,
  ENOTDIR: FileError.NOT_FOUND,
  NotFoundError: FileError.NOT_FOUND,
};

/**
 * The number for what a Files object threw.
 *
 * @param {unknown} error
 */
export function fileErrorOf(error) {
  const { code, name } = /** @type {{ code?: unknown, name?: unknown }} */ (error ?? {});
  return NUMBERS[String(code)] ?? NUMBERS[String(name)] ?? FileError.IO;
}

/**
 * An error with a code, as Node's own file functions throw them.
 *
 * @param {string} code     'ENOENT', 'EIO', ...
 * @param {string} message
 * @param {unknown} [cause]
 */
export function fileError(code, message, cause) {
  const error = new Error(message, cause === undefined ? undefined : { cause });
  return Object.assign(error, { code });
}
