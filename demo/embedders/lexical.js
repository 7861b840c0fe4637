// Vectors from the words themselves: no model, no download. It finds texts that share words, their
// stems and pieces of them with the query; it knows nothing of meaning.

import { FREQUENT } from './frequent_words.js';

const DIM = 384;
const DIRECTIONS = 8; // how many of the dimensions a feature adds to
const PIECE = 4; // characters
const PIECE_WEIGHT = 0.35;

export const lexical = {
  name: 'lexical',
  label: 'Built in: words and their parts',
  short: 'the lexical embedder',
  dim: DIM,
  note: 'Instant, nothing to load. Lexical: finds shared words and parts of words, not meaning.',
  batch: 100,
  ready: true,
  async load() {},
  async embed(texts) {
    return texts.map(embedOne);
  },
};

function embedOne(text) {
  const vector = new Float32Array(DIM);
  const counts = new Map();
  for (const [feature, weight] of features(text)) {
    counts.set(feature, (counts.get(feature) ?? 0) + weight);
  }
  for (const [feature, weight] of counts) add(vector, feature, Math.sqrt(weight));
  let square = 0;
  for (const x of vector) square += x * x;
  if (square === 0) {
    vector[0] = 1; // no word at all; a vector of zeros has no direction
    return vector;
  }
  const scale = 1 / Math.sqrt(square);
  return vector.map((x) => x * scale);
}

function* features(text) {
  const words = wordsOf(text);
  for (const word of words) {
    const rarity = idf(word);
    yield [`w ${stem(word)}`, rarity * rarity];
    if (word.length <= PIECE || rarity < 0.5) continue;
    const padded = `<${word}>`;
    const pieces = padded.length - PIECE + 1;
    const weight = (PIECE_WEIGHT * rarity * rarity) / pieces;
    for (let i = 0; i < pieces; i++) yield [`p ${padded.slice(i, i + PIECE)}`, weight];
  }
}

export function wordsOf(text) {
  return (
    text
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  );
}

/** Of English in general, by the rank among its most frequent words: 0 says nothing, 1 is rare. */
function idf(word) {
  const rank = FREQUENT.get(word);
  return rank === undefined ? 1 : 0.12 + (0.5 * rank) / FREQUENT.size;
}

/** Enough of English inflection that singular meets plural and -ing meets -ed. */
export function stem(word) {
  if (word.length < 4 || /\d/.test(word)) return word;
  let stemmed = word
    .replace(/(?:ies|ied)$/, 'y')
    .replace(/([^aeious])(?:s|es)$/, '$1')
    .replace(/(?:ings?|edly|ed|ingly)$/, '');
  if (stemmed.length < 3) stemmed = word;
  return stemmed.replace(/([bdfgmnprt])\1$/, '$1').replace(/e$/, '');
}

/** Adds a feature in a few directions that depend on nothing but its name. */
function add(vector, feature, weight) {
  let state = hash(feature);
  for (let i = 0; i < DIRECTIONS; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const mixed = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) >>> 0;
    vector[(mixed >>> 8) % DIM] += mixed & 1 ? weight : -weight;
  }
}

function hash(text) {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return (value ^ (value >>> 16)) >>> 0;
}
