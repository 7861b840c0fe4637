// The slow twin of a search: every row, in double precision, sorted.
import assert from 'node:assert/strict';

/** @typedef {'COSINE' | 'IP' | 'L2'} Metric */
/** @typedef {{ id: any, vector: ArrayLike<number> }} Entity */

export const TOLERANCE = 1e-5;

/**
 * What Milvus calls the distance, of vectors as float32 holds them.
 *
 * @param {Metric} metric
 * @param {ArrayLike<number>} a
 * @param {ArrayLike<number>} b
 */
export function exactDistance(metric, a, b) {
  let dot = 0;
  let aa = 0;
  let bb = 0;
  let squares = 0;
  for (let i = 0; i < a.length; i++) {
    const x = Math.fround(a[i]);
    const y = Math.fround(b[i]);
    dot += x * y;
    aa += x * x;
    bb += y * y;
    squares += (x - y) ** 2;
  }
  if (metric === 'IP') return dot;
  if (metric === 'L2') return squares;
  return aa === 0 || bb === 0 ? 0 : dot / Math.sqrt(aa) / Math.sqrt(bb);
}

/**
 * @param {Entity[]} entities  in the order in which they were written
 * @param {ArrayLike<number>} query
 * @param {object} how
 * @param {Metric} how.metric
 * @param {number} [how.limit]
 * @param {number} [how.offset]
 * @param {number} [how.radius]
 * @param {number} [how.range_filter]
 * @returns {{ id: any, distance: number }[]}
 */
export function exactSearch(entities, query, how) {
  const { metric, limit = 10, offset = 0, radius, range_filter } = how;
  const sign = metric === 'L2' ? 1 : -1;
  const hits = entities.map(({ id, vector }) => ({ id, distance: exactDistance(metric, query, vector) }));
  const near = range_filter === undefined ? -Infinity : sign * range_filter;
  const far = radius === undefined ? Infinity : sign * radius;
  return hits
    .filter(({ distance }) => sign * distance >= near && sign * distance < far)
    .sort((a, b) => sign * (a.distance - b.distance)) // stable: of equals the one written first
    .slice(offset, offset + limit);
}

/** @param {number} distance */
const tolerated = (distance) => TOLERANCE * Math.max(1, Math.abs(distance));

/**
 * As many hits as there must be, each a row of its own with its true distance, none in a place where a
 * nearer one belongs.
 *
 * @param {any[]} hits  of one query
 * @param {Entity[]} entities
 * @param {ArrayLike<number>} query
 * @param {Parameters<typeof exactSearch>[2]} how
 */
export function assertHits(hits, entities, query, how) {
  const expected = exactSearch(entities, query, how);
  const vectors = new Map(entities.map(({ id, vector }) => [id, vector]));
  assert.equal(hits.length, expected.length, 'number of hits');
  assert.equal(new Set(hits.map((hit) => hit.id)).size, hits.length, 'every row stands once');
  hits.forEach((hit, i) => {
    assert.ok(vectors.has(hit.id), `hit ${i} is the row ${hit.id}, which is there`);
    const distance = exactDistance(how.metric, query, vectors.get(hit.id));
    const within = tolerated(distance);
    const where = `hit ${i}, row ${hit.id}`;
    assert.ok(Math.abs(hit.distance - distance) <= within, `${where}: ${hit.distance}, is ${distance}`);
    const best = expected[i].distance;
    assert.ok(Math.abs(distance - best) <= within, `${where}: ${distance}, but ${best} is nearer`);
  });
}

/** Numbers that are the same for the same seed (mulberry32), from 0 to 1. */
export function randomOf(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A number of the normal distribution. */
const gaussian = (random) =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/**
 * Vectors shaped like those of an embedding model: of length 1, in clusters around topics.
 *
 * @param {object} shape
 * @param {number} shape.n
 * @param {number} shape.dim
 * @param {number} [shape.topics]
 * @param {number} [shape.seed]
 * @returns {Float32Array[]}
 */
export function embeddings({ n, dim, topics = 8, seed = 1 }) {
  const random = randomOf(seed);
  const point = () => Array.from({ length: dim }, () => gaussian(random));
  const centers = Array.from({ length: topics }, point);
  return Array.from({ length: n }, () => {
    const center = centers[Math.floor(random() * topics)];
    const noise = point();
    const vector = center.map((x, i) => x + 0.8 * noise[i]);
    const norm = Math.hypot(...vector) || 1;
    return Float32Array.from(vector, (x) => x / norm);
  });
}

const TEXTS = [
  'Machine learning is a subset of AI',
  'Neural networks mimic the human brain',
  'Python is great for data science',
  'Vektoren für die Suche, größer als gedacht',
  '向量数据库让搜索变得简单',
  'La recherche sémantique, c’est 🔎 + 🧠',
];

/** A text of a document, with its number in it. */
export const textOf = (i) => `${TEXTS[i % TEXTS.length]} (${i})`;
