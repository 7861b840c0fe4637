// The engine's side of copying a database out and in, piece by piece. Nothing else happens to the
// database meanwhile. See transfer.js for the other side.

import { Access, OpenFlag } from '../wasm/files.js';
import { IMPORT } from '../wasm/replace.js';
import { Code } from './constants.js';
import { ConnectionConfigException, MilvusException } from './errors.js';

/** @typedef {import('./connect.js').Storage} Storage */

const PIECE_BYTES = 4 * 1024 * 1024;

/** Of a SQLite file's header: the text it begins with, and where our number stands in it. */
const SQLITE = 'SQLite format 3\0';
const APPLICATION_ID = { at: 68, value: 0x4d564c54 };
const HEADER_BYTES = 100;

/** A copy out. The engine has folded its log into the file. */
export class Export {
  #files;
  #handle;
  #at = 0;

  /** @param {Storage} storage */
  constructor({ files, path }) {
    if (files.exists(`${path}-wal`) !== Access.NONE) {
      const message = `${path} cannot be exported: its log has to be folded into it, and it is read-only`;
      throw new MilvusException(Code.ServiceQuotaExceeded, message);
    }
    this.#files = files;
    this.#handle = files.open(path, OpenFlag.READ_ONLY);
    this.bytes = files.size(this.#handle);
  }

  /** @returns {Uint8Array<ArrayBuffer>}  of no bytes at the end */
  read() {
    const piece = new Uint8Array(Math.min(PIECE_BYTES, this.bytes - this.#at));
    if (this.#files.read(this.#handle, piece, this.#at) !== piece.length) {
      throw new MilvusException(Code.IoFailed, 'the file ended while it was exported');
    }
    this.#at += piece.length;
    return piece;
  }

  async end() {
    this.#files.close(this.#handle);
  }
}

/** A copy in, which is put beside the database until it is whole. */
export class Import {
  #storage;
  /** @type {number | undefined} */
  #handle;
  #bytes = 0;

  /**
   * @param {Storage} storage
   * @param {boolean} isOurs  what is to be replaced
   */
  constructor(storage, isOurs) {
    const { files, path } = storage;
    this.#storage = storage;
    if (!isOurs) refuseForeign(files, path, 'and is not replaced');
    files.unlink(path + IMPORT);
    this.#handle = files.open(path + IMPORT, OpenFlag.CREATE);
  }

  /** @param {Uint8Array} piece */
  async write(piece) {
    const { files, settle } = this.#storage;
    files.write(/** @type {number} */ (this.#handle), piece, this.#bytes);
    this.#bytes += piece.length;
    await settle?.();
  }

  /** What has come is all. It is looked at, as far as that needs no engine. */
  async complete() {
    const { files, path, settle } = this.#storage;
    files.sync(/** @type {number} */ (this.#handle));
    this.#close();
    await settle?.();
    if (this.#bytes === 0) throw notOurs('it is empty');
    refuseForeign(files, path + IMPORT, '');
  }

  /** Leaves nothing behind but what was there before. */
  async end() {
    const { files, path, settle } = this.#storage;
    this.#close();
    files.unlink(path + IMPORT);
    await settle?.();
  }

  #close() {
    if (this.#handle !== undefined) this.#storage.files.close(this.#handle);
    this.#handle = undefined;
  }
}

/**
 * @param {import('../wasm/files.js').Files} files
 * @param {string} path
 * @param {string} so
 */
function refuseForeign(files, path, so) {
  if (files.exists(path) === Access.NONE) return;
  const header = new Uint8Array(HEADER_BYTES);
  const handle = files.open(path, OpenFlag.READ_ONLY);
  const bytes = files.read(handle, header, 0);
  files.close(handle);
  if (bytes === 0) return;
  const isSqlite = [...SQLITE].every((character, i) => character.charCodeAt(0) === header[i]);
  if (!isSqlite) throw notOurs(`'${path}' is not a database${so && `, ${so}`}`);
  if (new DataView(header.buffer).getInt32(APPLICATION_ID.at) !== APPLICATION_ID.value) {
    throw notOurs(`'${path}' is a SQLite database, but not one of Milvus Lite${so && `, ${so}`}`);
  }
}

/** @param {string} why */
function notOurs(why) {
  return new ConnectionConfigException(Code.ConnectionConfig, `import failed, ${why}`);
}
