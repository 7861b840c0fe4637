// What a history runs on: a client of a database, which is closed and opened again, and where that is possible goes off.
import { memoryFiles } from '../../wasm/files_memory.js';
import { MilvusClient } from '../../js/index.js';
import { faultFiles } from '../wasm/fault_files.js';

/** @typedef {import('./choices.js').Choices} Choices */

/**
 * @typedef {object} Machine
 * @property {MilvusClient} client
 * @property {boolean} isReadOnly
 * @property {boolean} isFaulty  its files fail
 * @property {(options: object) => Promise<void>} reopen  after closing, or after it went off; calm: nothing fails
 * @property {(c: Choices) => Promise<void>} crash        goes off between two calls, and on again
 * @property {(error: any) => boolean} isFault            whether the machine is to blame for an error
 * @property {() => boolean} isOff
 * @property {() => Promise<void>} close
 */

/**
 * Of a storage as the suites have them.
 *
 * @param {import('../conformance/places.js').Storage} storage
 * @param {import('../conformance/places.js').Place} place
 * @param {(path: string) => () => void} [restart]  takes the files for a crash; what it returns puts them back
 * @returns {Machine}
 */
export function machineOf(storage, place, restart) {
  const machine = {
    client: place.open(),
    isReadOnly: false,
    isFaulty: false,
    async reopen({ calm, ...options }) {
      if (!storage.lasts) return;
      await machine.client.close();
      machine.client = place.open(options);
      machine.isReadOnly = Boolean(options.read_only);
    },
    async crash() {
      if (!restart || !place.path) return machine.reopen({});
      const putBack = restart(/** @type {string} */ (place.path));
      await machine.client.close();
      putBack();
      machine.client = place.open();
    },
    isFault: () => false,
    isOff: () => false,
    close: () => machine.client.close(),
  };
  return machine;
}

const PATH = 'history.db';
const CODES = ['ENOSPC', 'EIO'];

/**
 * On files of which a change fails now and then, or at which the machine goes off, with all, none or some left of what
 * was not synced.
 *
 * @param {Choices} c
 * @returns {Machine}
 */
export function faultyMachine(c) {
  let disk;
  let crash_at;
  let code;
  const start = (files, { calm = false, ...options } = {}) => {
    const k = 1 + c.pick(c.one([20, 400]));
    const fails = !calm && c.chance(0.7);
    crash_at = fails && c.chance(0.5) ? k : undefined;
    code = fails && !crash_at ? c.one(CODES) : undefined;
    disk = faultFiles({ files, crash_at, ...(code && { fail_at: k, code }), torn: c.chance(0.5) });
    for (const path of [PATH, `${PATH}-wal`, `${PATH}-journal`]) {
      if (files.exists(path)) disk.files.close(disk.files.open(path, 0)); // known to it, also if nobody asks for it
    }
    machine.client = new MilvusClient({ files: { files: disk.files, path: PATH }, ...options });
    machine.isReadOnly = Boolean(options.read_only);
  };
  const isOff = () => crash_at !== undefined && disk.log.length >= crash_at;
  const left = () => disk.survivors({ keep: c.one(['all', 'none', 'some']), seed: c.pick(1000) });
  /** @type {any} */
  const machine = {
    isFaulty: true,
    async reopen(options) {
      await machine.client.close().catch((error) => {
        if (!machine.isFault(error)) throw error;
      });
      start(left(), options);
    },
    async crash() {
      const files = left();
      await machine.client.close().catch(() => {});
      start(files);
    },
    isFault: (error) => isOff() || (code !== undefined && error.cause?.code === code),
    isOff,
    close: () => machine.client.close().catch(() => {}),
  };
  start(memoryFiles());
  return machine;
}
