import { givenFiles, memory, nodeFile } from '../conformance/places.js';
import { historySuite } from '../fault/history.suite.js';

for (const storage of [memory, givenFiles, nodeFile]) historySuite(storage, { operations: 2000 });
