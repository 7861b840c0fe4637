// A Files object on Node's file system, and what has to be known of a path before it is opened.

import { Access, fileError, OpenFlag } from './files.js';
import { builtin } from './node.js';

/**
 * Handles are file descriptors.
 *
 * @returns {Promise<import('./files.js').Files>}
 */
export async function nodeFiles() {
  const fs = await builtin('node:fs');
  const path = await builtin('node:path');
  const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL } = fs.constants;

  /**
   * Makes the coming or going of a file outlive a power cut.
   *
   * @param {string} file
   */
  const syncFolderOf = (file) => {
    if (process.platform === 'win32') return; // where folders cannot be opened, and need no sync
    const folder = fs.openSync(path.dirname(file), O_RDONLY);
    try {
      fs.fsyncSync(folder);
    } catch (error) {
      if (codeOf(error) !== 'EINVAL') throw error; // a file system that knows no sync of folders
    } finally {
      fs.closeSync(folder);
    }
  };

  return {
    open(file, flags) {
      const mode = flags & OpenFlag.READ_ONLY ? O_RDONLY : O_RDWR;
      try {
        return fs.openSync(file, mode);
      } catch (error) {
        if (codeOf(error) !== 'ENOENT' || !(flags & OpenFlag.CREATE)) throw error;
      }
      const handle = fs.openSync(file, mode | O_CREAT | O_EXCL);
      try {
        syncFolderOf(file);
      } catch (error) {
        fs.closeSync(handle);
        throw error;
      }
      return handle;
    },

    close(handle) {
      fs.closeSync(handle);
    },

    read(handle, to, offset) {
      let done = 0;
      while (done < to.length) {
        const n = fs.readSync(handle, to, done, to.length - done, offset + done);
        if (n === 0) break;
        done += n;
      }
      return done;
    },

    write(handle, from, offset) {
      let done = 0;
      while (done < from.length) {
        const n = fs.writeSync(handle, from, done, from.length - done, offset + done);
        if (n === 0) throw fileError('EIO', 'the file took no bytes');
        done += n;
      }
      return done;
    },

    truncate(handle, bytes) {
      fs.ftruncateSync(handle, bytes);
    },

    sync(handle) {
      fs.fdatasyncSync(handle);
    },

    size(handle) {
      return fs.fstatSync(handle).size;
    },

    unlink(file) {
      try {
        fs.unlinkSync(file);
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return;
        throw error;
      }
      syncFolderOf(file);
    },

    exists(file) {
      if (!fs.existsSync(file)) return Access.NONE;
      try {
        fs.accessSync(file, fs.constants.R_OK | fs.constants.W_OK);
        return Access.READ_WRITE;
      } catch {
        return Access.READ_ONLY; // or not even that: open() says so then
      }
    },
  };
}

/**
 * The one absolute path of a database, whatever links lead to it, so that two names of a file are
 * one database. The file itself need not be there yet.
 *
 * @param {string | URL} address  a path, or a file: URL
 * @param {string} folder         what a relative path is relative to
 * @returns {Promise<string>}
 * @throws {Error} when its folder is missing, or something stands there that is not a file
 */
export async function locateDatabase(address, folder) {
  const fs = await builtin('node:fs');
  const path = await builtin('node:path');
  const { fileURLToPath } = await builtin('node:url');

  let file = address instanceof URL ? fileURLToPath(address) : path.resolve(folder, address);
  for (let links = 0; ; links++) {
    const parent = path.dirname(file);
    if (!fs.existsSync(parent)) throw fileError('ENOENT', `dir: ${parent} not exists`);
    if (!fs.statSync(parent).isDirectory()) throw fileError('ENOTDIR', `dir: ${parent} is a file`);
    file = path.join(fs.realpathSync.native(parent), path.basename(file));

    const found = fs.lstatSync(file, { throwIfNoEntry: false });
    if (found === undefined || found.isFile()) return file;
    if (found.isDirectory()) {
      throw fileError('EISDIR', `${file} is a folder, and a database is one file`);
    }
    if (!found.isSymbolicLink()) throw fileError('EINVAL', `${file} is not a regular file`);
    if (links === 40) throw fileError('ELOOP', `${file} is a link to itself`);
    file = path.resolve(path.dirname(file), fs.readlinkSync(file));
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return /** @type {NodeJS.ErrnoException} */ (error).code;
}
