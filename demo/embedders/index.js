// The embedders to choose from. One is an object of this interface; to add one, put it here.

import { bytes } from '../elements.js';
import { lexical } from './lexical.js';
import { minilm } from './minilm.js';

/**
 * @typedef {object} Embedder
 * @property {string} name   what a collection remembers its embedder by
 * @property {string} label
 * @property {string} short   in a sentence
 * @property {string} note   what to expect of it
 * @property {number} dim
 * @property {number} [bytes] to download before the first text
 * @property {number} batch  texts to give it at once, so that there is progress to see
 * @property {boolean} ready
 * @property {(p?: object) => Promise<void>} load
 * @property {(texts: string[]) => Promise<Float32Array[]>} embed  unit vectors
 */

/** @type {Record<string, Embedder>} */
export const embedders = { lexical, minilm };

/** Where a model comes from: beside the page, or where it usually is. */
export const settings = { source: 'local' };

/** Some pay for each byte: theirs come when they are asked for. */
export const savesData = () => Boolean(/** @type {any} */ (navigator).connection?.saveData);

/** @type {Record<'ahead' | 'awaited', Set<Embedder>>}  which were begun before they were needed, and which somebody waited for */
const loads = { ahead: new Set(), awaited: new Set() };

/**
 * Has a model come while its user still reads, and run once: the first time takes longer. What goes wrong is told once
 * a text needs it.
 *
 * @param {Embedder} embedder
 */
export async function loadAhead(embedder) {
  if (embedder.ready || loads.ahead.has(embedder) || savesData()) return;
  loads.ahead.add(embedder);
  try {
    await embedder.load({ source: settings.source });
    if (!loads.awaited.has(embedder)) await embedder.embed(['warm up']);
  } catch {} // there will be another try
}

/**
 * Has an embedder ready; the model, if there is one, is loaded once.
 *
 * @param {Embedder} embedder
 * @param {ReturnType<typeof import('../elements.js').progress>} bar
 */
export async function loadEmbedder(embedder, bar) {
  if (embedder.ready) return;
  loads.awaited.add(embedder);
  bar.show('loading the model');
  const on_progress = ({ stage, done, total }) => {
    if (stage === 'start') bar.show('starting the model');
    else bar.show(`loading the model · ${bytes(done)} of ${bytes(total)}`, done / total);
  };
  try {
    await embedder.load({ source: settings.source, on_progress });
  } finally {
    bar.end();
  }
}
