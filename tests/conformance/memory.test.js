import { memorySuite } from './memory.suite.js';
import { givenFiles, memory, nodeFile } from './places.js';

for (const storage of [memory, givenFiles, nodeFile]) memorySuite(storage);
