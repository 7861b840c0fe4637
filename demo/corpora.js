// The corpora that `make demo` builds: each is a database, ready to be imported.

import { openFile, quietly } from './database.js';
import { embedders } from './embedders/index.js';
import { shelvesIn } from './shelves.js';

/** @typedef {import('./shelves.js').Shelf} Shelf */

/**
 * @typedef {object} Corpus
 * @property {string} name
 * @property {string} collection
 * @property {string} title
 * @property {'words' | 'passages'} kind
 * @property {object} [index]
 * @property {string} about
 * @property {string[]} examples
 * @property {Built} [built]
 */

/** @typedef {{ rows: number, bytes: number, embedder: string, version: string }} Built  what the build says of it */

/** @type {Corpus[]} */
export const corpora = [
  {
    name: 'dictionary',
    collection: 'dictionary',
    title: 'Reverse dictionary',
    kind: 'words',
    index: { index_type: 'HNSW', metric_type: 'COSINE', params: { M: 16, efConstruction: 200 } },
    about: 'meanings of WordNet',
    examples: ['fear of spiders', 'unable to sleep', 'lasting only a short time', 'longing for the past', 'a person who loves books'],
  },
  {
    name: 'docs',
    collection: 'documentation',
    title: 'Documentation',
    kind: 'passages',
    about: 'passages of this project’s documentation',
    examples: ['How large is a file?', 'How do I back up the database?', 'What does AUTOINDEX do?', 'database is locked'],
  },
];

const FOLDER = './corpora/';

/** @param {string} name  of a file beside the corpora */
export const besideCorpora = (name) => new URL(FOLDER + name, import.meta.url);

/**
 * Those that are built, as shelves that are not loaded yet.
 *
 * @returns {Promise<Shelf[]>}  without a client
 */
export async function builtCorpora() {
  const response = await fetch(besideCorpora('index.json')).catch(() => undefined);
  const index = response?.ok ? await response.json() : {};
  return corpora
    .filter(({ name }) => index[name])
    .map(({ name, collection, title, kind, ...corpus }) => {
      /** @type {Built} */
      const built = index[name];
      const embedder = embedders[built.embedder];
      return {
        ...{ name: collection, title, kind, embedder, known: true, quantised: true, loaded: false },
        ...{ rows: built.rows, dim: embedder.dim, version: built.version, file: `${name}.db` },
        ...{ corpus: { name, collection, title, kind, ...corpus, built }, client: /** @type {any} */ (undefined) },
      };
    });
}

/**
 * Opens the database of a corpus, and looks whether it has the rows, and of the same build.
 *
 * @param {Shelf} shelf  knows it then
 */
export async function openCorpus(shelf) {
  const file = await openFile(shelf.file);
  const there = (await shelvesIn(file)).find(({ name, version }) => name === shelf.name && version === shelf.version);
  Object.assign(shelf, { loaded: false, ...there, client: file.client });
  if (there) warm(shelf);
}

/** Has the engine read what searches need, so that the first one need not wait for it. */
function warm({ client, name: collection_name, dim }) {
  const anywhere = new Int8Array(dim).fill(1);
  return quietly(client).search({ collection_name, data: [anywhere], limit: 1 });
}

/**
 * Imports the corpus' file into its database.
 *
 * @param {Shelf} shelf
 * @param {(done: number, total: number) => void} on_progress  bytes
 * @returns {Promise<void>}
 */
export async function loadCorpus(shelf, on_progress) {
  const response = await fetch(besideCorpora(shelf.file), { cache: 'no-store' }); // it is kept as a database
  if (!response.ok || !response.body) throw new Error(`${shelf.file} is not there: make demo`);
  const total = shelf.corpus?.built?.bytes ?? 0;
  await shelf.client.import_db(response.body, { on_progress: ({ done }) => on_progress(done, total) });
  await warm(shelf);
  shelf.loaded = true;
}
