// The databases behind the page: a file for what its user adds, and one for each corpus, so that a corpus is
// loaded by importing a ready file. What a client is asked to do is recorded for the code tab.

import { MilvusClient } from '../js/index.js';
import { record } from './code.js';

export const OWN = 'demo.db';

/**
 * @typedef {object} File
 * @property {string} name
 * @property {string} uri    the client's address
 * @property {MilvusClient} client
 * @property {boolean} kept  the rows outlive the page; else why not
 * @property {string} why
 */

/** @type {Map<string, Promise<File>>} */
const files = new Map();

/**
 * A file of this browser, or, where it keeps none, a database in memory. It is opened once.
 *
 * @returns {Promise<File>}
 */
export function openFile(name = OWN) {
  if (!files.has(name)) {
    const opening = open(name);
    opening.catch(() => files.delete(name));
    files.set(name, opening);
  }
  return /** @type {Promise<File>} */ (files.get(name));
}

async function open(name) {
  const client = recorded(name, new MilvusClient(name));
  try {
    await quietly(client).list_collections();
    return { name, uri: name, client, kept: (await quietly(client).storage()).persistent, why: '' };
  } catch (error) {
    if (/locked|damaged/.test(error.message)) throw error;
    const temporary = recorded(name, new MilvusClient({ uri: ':memory:', worker: true }));
    await quietly(temporary).list_collections();
    return { name, uri: ':memory:', client: temporary, kept: false, why: error.message };
  }
}

/** The files that are open. */
export const openFiles = () => Promise.all(files.values());

/** @type {WeakMap<MilvusClient, MilvusClient>} */
const inside = new WeakMap();

/** The same client for what the page only asks for itself: the code tab does not show it. */
export const quietly = (/** @type {MilvusClient} */ client) => inside.get(client) ?? client;

/**
 * @param {string} file
 * @param {MilvusClient} inner
 * @returns {MilvusClient}
 */
function recorded(file, inner) {
  const client = new Proxy(inner, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args) => {
        const result = value.apply(target, args);
        return typeof result?.then === 'function' ? record(file, String(name), args, result) : result;
      };
    },
  });
  inside.set(client, inner);
  return client;
}

/** @param {File} file */
export async function clearFile({ client }) {
  for (const collection_name of await quietly(client).list_collections()) {
    await client.drop_collection({ collection_name });
  }
  await client.compact();
}

/**
 * How large a file is, where the browser tells.
 *
 * @param {string} name
 * @returns {Promise<number | undefined>}
 */
export async function fileBytes(name) {
  try {
    const folder = await navigator.storage.getDirectory();
    return (await (await folder.getFileHandle(name)).getFile()).size;
  } catch {
    return undefined;
  }
}
