import { partitionsSuite } from './partitions.suite.js';
import { storages } from './places.js';

for (const storage of storages) partitionsSuite(storage);
