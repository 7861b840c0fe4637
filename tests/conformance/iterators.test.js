import { iteratorsSuite } from './iterators.suite.js';
import { storages } from './places.js';

for (const storage of storages) iteratorsSuite(storage);
