// Vectors of one byte a dimension: a quarter of the size, and the same directions to half a percent.

/**
 * @param {Float32Array} vector
 * @returns {Int8Array}  its codes; the scale is left out, which angles do not need
 */
export function codesOf(vector) {
  let most = 1e-12;
  for (const x of vector) most = Math.max(most, Math.abs(x));
  return Int8Array.from(vector, (x) => Math.round((127 * x) / most));
}
