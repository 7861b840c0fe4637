import { storages } from './places.js';
import { timesSuite } from './times.suite.js';

for (const storage of storages) timesSuite(storage);
