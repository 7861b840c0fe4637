// The embedders to choose from. One is an object of this interface; to add one, put it here.

import { lexical } from './lexical.js';
import { minilm } from './minilm.js';

/**
 * @typedef {object} Embedder
 * @property {string} name   what a collection remembers its embedder by
 * @property {string} label
 * @property {string} note   what to expect of it
 * @property {number} dim
 * @property {number} batch  texts to give it at once, so that there is progress to see
 * @property {boolean} ready
 * @property {(p?: object) => Promise<void>} load
 * @property {(texts: string[]) => Promise<Float32Array[]>} embed  unit vectors
 */

/** @type {Record<string, Embedder>} */
export const embedders = { lexical, minilm };
