// A Files object on the origin's private file system, in a dedicated worker. Every file is a plain
// one under its own name.
//
// A browser opens files only asynchronously, so all of them that a database may need are opened
// before: an empty one counts as missing, and to unlink is to empty. release() removes the empty
// ones. Handles are exclusive: the browser itself refuses a second writer.

import { Access, fileError, OpenFlag } from './files.js';

/** The browser gives a handle back some time after its worker was ended. */
const LEAST_PATIENCE = 2000;

/** To ask whether a file is still there takes a browser as long as to write a row to it. */
const LOOK_EVERY = 100; // milliseconds

/**
 * What only workers have, and so the types of a page do not.
 *
 * @typedef {object} SyncAccess
 * @property {(to: Uint8Array, at: { at: number }) => number} read
 * @property {(from: Uint8Array, at: { at: number }) => number} write
 * @property {(bytes: number) => void} truncate
 * @property {() => number} getSize
 * @property {() => void} flush
 * @property {() => void} close
 */
/** @typedef {{ createSyncAccessHandle?: () => Promise<SyncAccess> }} SyncFile */

/** @typedef {{ access: SyncAccess, isThere: boolean, isNew: boolean }} Entry */

/**
 * @param {string} path  of the database; the folders in it are made
 * @param {object} [options]
 * @param {string[]} [options.beside]   suffixes of the files that may come to stand beside it
 * @param {boolean} [options.readOnly]  makes nothing
 * @param {number} [options.timeout]    seconds to wait while another has it open
 */
export async function opfsFiles(path, { beside = [], readOnly = false, timeout = 0 } = {}) {
  const patience = Math.max(LEAST_PATIENCE, timeout * 1000);
  const { folder, name } = await locate(path, !readOnly);
  const prefix = path.slice(0, path.length - name.length);
  /** @type {Map<string, Entry>} */
  const byPath = new Map();
  /** @type {(Entry & { readOnly: boolean } | undefined)[]} */
  const handles = [];
  /** @type {Promise<boolean> | undefined} of what was written since the last settle() */
  let isStillThere;
  let lookedAt = -Infinity;
  let isLost = false;

  /** @param {string} file */
  const provide = async (file) => {
    if (byPath.has(file)) return;
    const own = file.slice(prefix.length);
    const found = folder && (await fileIn(folder, own, false));
    const handle = found ?? (readOnly ? undefined : await fileIn(/** @type {any} */ (folder), own, true));
    if (!handle) return;
    const access = await openAccess(handle, path, patience);
    byPath.set(file, { access, isThere: access.getSize() > 0, isNew: !found });
  };

  const release = async () => {
    const entries = [...byPath];
    byPath.clear();
    handles.length = 0;
    if (isLost) return; // to close what was deleted would wait for ever in Chromium; it ends with the worker
    for (const [, { access }] of entries) access.close();
    for (const [file, { isThere, isNew }] of entries) {
      if (isThere || readOnly || (file === path && !isNew)) continue;
      await folder?.removeEntry(file.slice(prefix.length)).catch(() => {}); // an empty file is none
    }
  };

  const provideAll = async () => {
    const files = ['', ...beside].map((suffix) => provide(path + suffix));
    const failed = (await Promise.allSettled(files)).find(({ status }) => status === 'rejected');
    if (!failed) return;
    await release(); // all of them: what stays open keeps everybody out
    throw /** @type {PromiseRejectedResult} */ (failed).reason;
  };
  await provideAll();

  /**
   * A user who clears the site's data removes files that are open: writing to them goes on, into nothing.
   * The browser is asked when the first write of a call begins, and looks while they go on; calls that
   * come close after it are not worth another look.
   */
  const beginLooking = () => {
    const now = performance.now();
    if (isStillThere || now - lookedAt < LOOK_EVERY) return;
    lookedAt = now;
    isStillThere = fileIn(/** @type {FileSystemDirectoryHandle} */ (folder), name, false).then(Boolean);
    isStillThere.catch(() => {}); // settle() listens, later
  };

  const settle = async () => {
    const answer = isStillThere ?? true;
    isStillThere = undefined;
    if (await answer) return;
    isLost = true;
    throw fileError('EIO', `${path} was deleted while it was open`);
  };

  const refresh = async () => {
    if (isLost) throw fileError('EIO', `${path} was deleted while it was open`);
  };

  /** @param {number} handle */
  const opened = (handle) => {
    const entry = handles[handle];
    if (entry === undefined) throw fileError('EBADF', `no open file has the handle ${handle}`);
    return entry.access;
  };
  /** @param {number} handle */
  const writable = (handle) => {
    if (handles[handle]?.readOnly) throw fileError('EBADF', 'the file is open for reading only');
    return opened(handle);
  };

  /** @type {import('./files.js').Files} */
  const files = {
    open(file, flags) {
      const entry = byPath.get(file);
      const mayCreate = (flags & OpenFlag.CREATE) !== 0;
      if (!entry || !(entry.isThere || mayCreate)) {
        throw fileError('ENOENT', `no such file, '${file}'`);
      }
      entry.isThere = true;
      const free = handles.indexOf(undefined);
      const handle = free < 0 ? handles.length : free;
      handles[handle] = { ...entry, readOnly: (flags & OpenFlag.READ_ONLY) !== 0 };
      return handle;
    },

    close(handle) {
      handles[handle] = undefined;
    },

    read(handle, to, offset) {
      const access = opened(handle);
      for (let done = 0; ; ) {
        const n = access.read(to.subarray(done), { at: offset + done });
        done += n;
        if (n === 0 || done >= to.length) return done;
      }
    },

    write(handle, from, offset) {
      beginLooking();
      const n = writable(handle).write(from, { at: offset });
      // at the quota some browsers throw, some write less, and one has returned 2^32 - 8
      if (n !== from.length) throw fileError('ENOSPC', `the browser wrote ${n} of ${from.length} bytes`);
      return n;
    },

    truncate(handle, bytes) {
      writable(handle).truncate(bytes);
    },

    sync(handle) {
      opened(handle).flush();
    },

    size(handle) {
      return opened(handle).getSize();
    },

    unlink(file) {
      const entry = byPath.get(file);
      if (!entry?.isThere) return;
      entry.access.truncate(0);
      entry.access.flush();
      entry.isThere = false;
    },

    exists(file) {
      return byPath.get(file)?.isThere ? Access.READ_WRITE : Access.NONE;
    },
  };

  return { files, settle, refresh, release };
}

/**
 * Whether a database stands there already.
 *
 * @param {string} path
 */
export async function existsInOpfs(path) {
  const { folder, name } = await locate(path, false);
  const file = folder && (await fileIn(folder, name, false));
  return file !== undefined && (await file.getFile()).size > 0;
}

/**
 * Writes a file and reads it back: browsers have the functions and yet refuse, in private windows for one.
 *
 * @returns {Promise<string | undefined>}  why it does not work here
 */
export async function probeOpfs() {
  const name = `.milvus-lite-probe-${crypto.randomUUID()}`;
  try {
    const root = await rootFolder();
    try {
      const file = await root.getFileHandle(name, { create: true });
      const access = await syncAccess(file);
      try {
        const written = Uint8Array.of(1, 2, 3, 4);
        const read = new Uint8Array(4);
        access.write(written, { at: 0 });
        access.flush();
        access.read(read, { at: 0 });
        if (read.join() !== written.join()) return 'what is written cannot be read back';
      } finally {
        access.close();
      }
    } finally {
      await root.removeEntry(name).catch(() => {});
    }
  } catch (error) {
    const { name: kind, message } = /** @type {Error} */ (error);
    return `${kind}: ${message}`;
  }
  return undefined;
}

async function rootFolder() {
  if (!globalThis.navigator?.storage?.getDirectory) {
    throw fileError('ENOTSUP', 'this browser, or a page without https, has no file system of its own');
  }
  const { prototype = {} } = globalThis.FileSystemFileHandle ?? {};
  if (!(/** @type {SyncFile} */ (prototype).createSyncAccessHandle)) {
    throw fileError('ENOTSUP', 'it needs a dedicated worker');
  }
  return navigator.storage.getDirectory();
}

/**
 * @param {string} path
 * @param {boolean} create
 */
async function locate(path, create) {
  const folders = path.split('/');
  const name = /** @type {string} */ (folders.pop());
  /** @type {FileSystemDirectoryHandle | undefined} */
  let folder = await rootFolder();
  for (const step of folders) {
    if (folder) folder = await orMissing(folder.getDirectoryHandle(step, { create }));
  }
  return { folder, name };
}

/**
 * @param {FileSystemDirectoryHandle} folder
 * @param {string} name
 * @param {boolean} create
 */
function fileIn(folder, name, create) {
  return orMissing(folder.getFileHandle(name, { create }));
}

/**
 * @template T
 * @param {Promise<T>} handle
 * @returns {Promise<T | undefined>}
 */
async function orMissing(handle) {
  try {
    return await handle;
  } catch (error) {
    if (/** @type {Error} */ (error).name === 'NotFoundError') return undefined;
    throw error;
  }
}

/** @param {FileSystemFileHandle} file */
function syncAccess(file) {
  return /** @type {Required<SyncFile>} */ (/** @type {unknown} */ (file)).createSyncAccessHandle();
}

/**
 * @param {FileSystemFileHandle} file
 * @param {string} path      of the database
 * @param {number} patience  milliseconds
 */
async function openAccess(file, path, patience) {
  const start = performance.now();
  for (let wait = 5; ; wait = Math.min(2 * wait, 100)) {
    try {
      return await syncAccess(file);
    } catch (cause) {
      const { name } = /** @type {Error} */ (cause);
      if (name !== 'NoModificationAllowedError' && name !== 'InvalidStateError') throw cause;
      if (performance.now() - start >= patience) {
        const why = 'another tab or client has it open';
        throw fileError('EBUSY', `database is locked: ${why}, ${path}`, cause);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}
