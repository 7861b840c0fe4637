// Reads NumPy's .npy files: little-endian float16, float32 and int32, in C order.

import fs from 'node:fs';

/**
 * @param {string} file
 * @returns {{ shape: number[], values: Float32Array | Int32Array }}
 */
export function readNpy(file) {
  const bytes = fs.readFileSync(file);
  if (bytes.toString('latin1', 0, 6) !== '\x93NUMPY') throw new Error(`${file} is not a .npy file`);
  const isFirst = bytes[6] === 1; // version 1 has a length of two bytes, later ones of four
  const start = isFirst ? 10 : 12;
  const end = start + (isFirst ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8));
  const header = bytes.toString('latin1', start, end);
  const type = /'descr':\s*'([^']+)'/.exec(header)?.[1];
  const shape = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1].split(',').filter((s) => s.trim()).map(Number);
  if (!type || !shape || /'fortran_order':\s*True/.test(header)) throw new Error(`${file}: ${header.trim()} cannot be read`);
  const data = bytes.buffer.slice(bytes.byteOffset + end, bytes.byteOffset + bytes.length);
  switch (type) {
    case '<f2':
      return { shape, values: widen(new Uint16Array(data)) };
    case '<f4':
      return { shape, values: new Float32Array(data) };
    case '<i4':
      return { shape, values: new Int32Array(data) };
    default:
      throw new Error(`${file} holds ${type}; only <f2, <f4 and <i4 can be read`);
  }
}

/**
 * IEEE half precision to single, by a table of all halves.
 *
 * @param {Uint16Array} halves
 */
function widen(halves) {
  const all = new Float32Array(65536);
  for (let h = 0; h < 65536; h++) {
    const exponent = (h >> 10) & 31;
    const fraction = h & 1023;
    const size =
      exponent === 0 ? fraction * 2 ** -24
      : exponent === 31 ? (fraction ? NaN : Infinity)
      : (1 + fraction / 1024) * 2 ** (exponent - 15);
    all[h] = h & 0x8000 ? -size : size;
  }
  const floats = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) floats[i] = all[halves[i]];
  return floats;
}
