// A plain loop in JavaScript over all rows.

import { loopSearch } from '../exact.mjs';
import { K } from '../settings.mjs';
import { given, serve } from './driver.mjs';

await serve({
  build: async () => 0,
  search: (query) => loopSearch(given.base, query, { metric: given.metric, k: K }),
  rows: (rows) => rows,
  most: 20,
});
