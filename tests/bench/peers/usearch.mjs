// usearch's native addon, float32, one thread. Own argument: a FILE to keep the graph in.
//
// Its ef is given when an index is opened, so the graph is written to the file and mapped from there for each ef.

import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { secondsSince } from '../report.mjs';
import { K, PEERS } from '../settings.mjs';
import { given, serve } from './driver.mjs';

const { Index } = createRequire(path.join(PEERS, 'usearch/'))('usearch');
const { dim, base, metric, M, efConstruction, own } = given;
const [file] = own;

const indexWith = (ef) =>
  new Index({
    dimensions: dim,
    metric: metric === 'L2' ? 'l2sq' : 'ip',
    quantization: 'f32',
    connectivity: M,
    expansion_add: efConstruction,
    expansion_search: ef,
    multi: false,
  });

/** One for each ef, which share the file's memory. */
const opened = new Map();
let index;

function open(ef) {
  const mapped = indexWith(ef);
  mapped.view(file);
  opened.set(ef, mapped);
  return mapped;
}

await serve({
  build: async () => {
    if (fs.existsSync(file)) return 'kept';
    const built = indexWith(64);
    const keys = BigUint64Array.from({ length: base.length / dim }, (_, row) => BigInt(row));
    const start = performance.now();
    built.add(keys, base, 1);
    const time = secondsSince(start);
    built.save(file);
    return time;
  },
  prepare: (ef) => (index = opened.get(ef) ?? open(ef)),
  search: (query) => index.search(query, K, 1),
  rows: ({ keys }) => Array.from(keys, Number),
});
