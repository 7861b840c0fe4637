// The corpora that `make demo` builds, as rows and vectors.

/**
 * @typedef {object} Corpus
 * @property {string} name
 * @property {string} collection
 * @property {string} title
 * @property {'words' | 'passages'} kind
 * @property {string} about
 * @property {string} sample  what it is like
 * @property {string[]} examples
 */

/** @type {Corpus[]} */
export const corpora = [
  {
    name: 'dictionary',
    collection: 'dictionary',
    title: 'Reverse dictionary',
    kind: 'words',
    about: '40,000 meanings of WordNet, with the vectors of a sentence transformer. Describe a word, and get it.',
    sample: '“fear of spiders” → arachnophobia',
    examples: ['fear of spiders', 'to put off what should be done today', 'lasting only a short time', 'longing for the past', 'a lucky find you did not look for'],
  },
  {
    name: 'docs',
    collection: 'documentation',
    title: 'Documentation',
    kind: 'passages',
    about: 'This project’s own, in passages. Ask the database about itself.',
    sample: '“how do I back up the database?”',
    examples: ['How large is a file of 100,000 vectors?', 'How do I back up the database?', 'What does AUTOINDEX do?', 'database is locked'],
  },
];

const at = (name) => new URL(`./corpora/${name}`, import.meta.url);

/** @param {string} name */
export async function hasCorpus(name) {
  const found = await fetch(at(`${name}.json`), { method: 'HEAD' }).catch(() => undefined);
  return found?.ok ?? false;
}

/**
 * @param {string} name
 * @returns {Promise<object[]>}  rows without vectors
 */
export async function corpusRows(name) {
  const response = await fetch(at(`${name}.json`));
  if (!response.ok) throw new Error(`the corpus ${name} is not built: make demo`);
  return (await response.json()).rows;
}

/**
 * The vectors of a corpus' rows, where they were made: n scales and n x dim int8.
 *
 * @param {string} name
 * @param {number} n
 * @param {number} dim
 * @returns {Promise<((row: number) => Float32Array) | undefined>}
 */
export async function corpusVectors(name, n, dim) {
  const response = await fetch(at(`${name}.i8`)).catch(() => undefined);
  if (!response?.ok) return undefined;
  const data = await response.arrayBuffer();
  if (data.byteLength !== n * (4 + dim)) throw new Error(`the vectors of ${name} are not its rows': make demo`);
  const scales = new Float32Array(data, 0, n);
  const codes = new Int8Array(data, 4 * n);
  return (row) => {
    const vector = new Float32Array(dim);
    for (let i = 0; i < dim; i++) vector[i] = codes[row * dim + i] * scales[row];
    return vector;
  };
}
