// The side of a peer that is written in JavaScript: a process of its own, asked over stdin, timed in here.
//
// Arguments: BASE QUERIES DIM METRIC M EF_CONSTRUCTION [...], raw float32 files.
// Commands: build -> seconds, or "kept"; pass EF -> seconds a query; find EF -> rows, K a query, separated by blanks;
// memory -> bytes of WebAssembly memory; quit. A reply is one line.

import { createInterface } from 'node:readline';
import { readFloats } from '../sets.mjs';
import { K } from '../settings.mjs';

/**
 * @typedef {object} Peer
 * @property {() => Promise<number | 'kept'>} build  seconds
 * @property {(query: Float32Array, ef: number) => any} search  the hits, or a promise of them
 * @property {(hits: any) => ArrayLike<number | bigint>} rows   of hits, best first
 * @property {(ef: number) => void} [prepare]  before searches with this ef
 * @property {() => number} [memory]
 * @property {() => Promise<void>} [close]
 * @property {number} [most]    queries a pass, where all would take too long
 */

const [baseFile, queriesFile, dim, metric, M, efConstruction, ...own] = process.argv.slice(2);

export const given = {
  dim: Number(dim),
  metric,
  M: Number(M),
  efConstruction: Number(efConstruction),
  own,
  base: readFloats(baseFile),
};

/** @param {Peer} peer */
export async function serve(peer) {
  const matrix = readFloats(queriesFile);
  const count = Math.min(matrix.length / given.dim, peer.most ?? Infinity);
  const queries = Array.from({ length: count }, (_, q) => matrix.slice(q * given.dim, (q + 1) * given.dim));
  const commands = {
    build: () => peer.build(),
    pass: async (ef) => {
      peer.prepare?.(ef);
      const start = performance.now();
      // a promise that need not be waited for would cost a turn of the event loop's microtasks
      for (const query of queries) {
        const hits = peer.search(query, ef);
        if (hits instanceof Promise) await hits;
      }
      return (performance.now() - start) / 1000 / queries.length;
    },
    find: async (ef) => {
      peer.prepare?.(ef);
      const found = [];
      for (const query of queries) {
        const rows = peer.rows(await peer.search(query, ef));
        for (let i = 0; i < K; i++) found.push(rows[i] ?? -1);
      }
      return found.join(' ');
    },
    memory: () => peer.memory?.() ?? 0,
  };
  for await (const line of createInterface({ input: process.stdin })) {
    const [name, argument] = line.split(' ');
    if (name === 'quit') break;
    process.stdout.write(`${await commands[name](Number(argument))}\n`);
  }
  await peer.close?.();
  process.exit(0);
}
