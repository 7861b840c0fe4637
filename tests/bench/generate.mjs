// Synthetic vectors that are about as hard to search as embeddings: many clusters of unequal size and width in a space of
// fewer dimensions than they have, whose later directions count less, around a common mean, with a little noise.

/**
 * @typedef {object} Shape
 * @property {number} dim
 * @property {'IP' | 'L2'} [metric]
 * @property {boolean} [outliers]   one dimension 11 times as wide as most, seven 2 to 5 times, all far from zero
 * @property {boolean} [freeNorms]  lengths differ; otherwise they are 1
 */

/** @type {Record<string, Shape>} */
export const SHAPES = {
  clustered: { dim: 384 },
  outlier: { dim: 384, outliers: true },
  'norms-ip': { dim: 384, freeNorms: true },
  'norms-l2': { dim: 384, metric: 'L2', freeNorms: true },
  dim32: { dim: 32 },
  dim100: { dim: 100 },
  dim768: { dim: 768 },
  dim1536: { dim: 1536 },
};

const CLUSTERS = 1000;
const LATENT = 96;

/**
 * mulberry32: the same numbers in every run.
 *
 * @param {number} seed
 */
export function randomOf(seed) {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Numbers of a normal distribution, by Box and Muller.
 *
 * @param {() => number} random
 */
function normalOf(random) {
  let spare = NaN;
  return () => {
    if (!Number.isNaN(spare)) {
      const value = spare;
      spare = NaN;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

/** What all vectors of a shape have in common. */
function spaceOf({ dim, outliers }) {
  const random = randomOf(99);
  const normal = normalOf(random);
  const latent = Math.min(LATENT, dim >> 1);
  const normals = (n, scale) => Float32Array.from({ length: n }, () => normal() * scale);
  const weights = Float64Array.from({ length: CLUSTERS }, (_, k) => (k + 1) ** -0.7);
  const total = weights.reduce((sum, w) => sum + w);
  let sum = 0;
  const scales = new Float32Array(dim).fill(1);
  const shift = new Float32Array(dim);
  if (outliers) {
    for (let d = 0; d < 8; d++) scales[Math.floor((dim * (2 * d + 1)) / 16)] = d === 0 ? 11 : 2 + (3 * d) / 7;
    for (let d = 0; d < dim; d++) shift[d] = (random() < 0.5 ? -1 : 1) / Math.sqrt(dim);
  }
  return {
    latent,
    basis: normals(latent * dim, 1 / Math.sqrt(dim)),
    mean: normals(dim, 0.8 / Math.sqrt(dim)),
    centres: normals(CLUSTERS * latent, 1),
    widths: Float32Array.from({ length: CLUSTERS }, () => 0.6 + 0.8 * random()),
    upTo: weights.map((w) => (sum += w / total)),
    scales,
    shift,
  };
}

/**
 * Gives vectors one after another.
 *
 * @param {Shape} shape
 * @param {number} seed  rows and queries have different ones
 * @returns {(out: Float32Array) => void}  writes the next vector into out, of dim numbers
 */
export function vectorSource(shape, seed) {
  const { dim, freeNorms } = shape;
  const space = spaceOf(shape);
  const random = randomOf(seed);
  const normal = normalOf(random);
  const { latent, basis, mean, centres, widths, upTo, scales, shift } = space;
  return (out) => {
    const pick = random();
    const cluster = Math.min(upTo.findIndex((p) => pick < p) >>> 0, CLUSTERS - 1);
    for (let d = 0; d < dim; d++) out[d] = mean[d] + (normal() * 0.24) / Math.sqrt(dim);
    for (let j = 0; j < latent; j++) {
      const weight = centres[cluster * latent + j] * (1 + j) ** -0.5 + normal() * 0.8 * (1 + j) ** -0.4 * widths[cluster];
      const from = j * dim;
      for (let d = 0; d < dim; d++) out[d] += weight * basis[from + d];
    }
    let squares = 0;
    for (let d = 0; d < dim; d++) {
      out[d] = scales[d] * (out[d] + shift[d]);
      squares += out[d] * out[d];
    }
    const length = freeNorms ? Math.exp(0.35 * normal()) : 1;
    const factor = length / Math.sqrt(squares);
    for (let d = 0; d < dim; d++) out[d] *= factor;
  };
}

/**
 * @param {Shape} shape
 * @param {number} n
 * @param {number} seed
 */
export function generate(shape, n, seed) {
  const next = vectorSource(shape, seed);
  const all = new Float32Array(n * shape.dim);
  for (let i = 0; i < n; i++) next(all.subarray(i * shape.dim, (i + 1) * shape.dim));
  return all;
}
