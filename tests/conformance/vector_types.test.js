import { memory, nodeFile } from './places.js';
import { vectorTypesSuite } from './vector_types.suite.js';

for (const storage of [memory, nodeFile]) vectorTypesSuite(storage);
