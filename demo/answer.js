// An answer without a model: the sentences of the best passages that are nearest to the question.

import { FREQUENT } from './embedders/frequent_words.js';
import { stem, wordsOf } from './embedders/lexical.js';
import { h } from './elements.js';
import { sentences } from './passages.js';

const PASSAGES = 5;
const MOST_SENTENCES = 40;
const QUOTED = 3;

/**
 * @param {{ vector: Float32Array, hits: { entity: { text?: string } }[], embedder: import('./embedders/index.js').Embedder }} p
 * @returns {Promise<{ text: string, hit: number }[]>}  best first
 */
export async function extract({ vector, hits, embedder }) {
  const found = hits
    .slice(0, PASSAGES)
    .flatMap(({ entity }, hit) => sentences(entity.text ?? '').map((text) => ({ text: text.trim(), hit })))
    .filter(({ text }) => text.length >= 20 && text.length <= 400)
    .slice(0, MOST_SENTENCES);
  if (found.length === 0) return [];
  const vectors = await embedder.embed(found.map(({ text }) => text));
  const scored = found.map((sentence, i) => ({ ...sentence, score: dot(vectors[i], vector) - 0.02 * sentence.hit }));
  scored.sort((a, b) => b.score - a.score);
  const seen = new Set();
  const best = scored.filter(({ text }) => !seen.has(text) && seen.add(text)).slice(0, QUOTED);
  return best.filter(({ score }) => score > 0.6 * best[0].score && score > 0);
}

function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/**
 * A text with the words it shares with a question marked.
 *
 * @param {string} text
 * @param {string} question
 * @returns {(Node | string)[]}
 */
export function marked(text, question) {
  const stems = new Set(wordsOf(question).filter((word) => !FREQUENT.has(word)).map(stem));
  const parts = [];
  let at = 0;
  for (const { 0: word, index } of text.matchAll(/[\p{L}\p{N}]+/gu)) {
    const [plain = ''] = wordsOf(word);
    if (!stems.has(stem(plain))) continue;
    parts.push(text.slice(at, index), h('mark', {}, word));
    at = index + word.length;
  }
  return [...parts, text.slice(at)];
}
