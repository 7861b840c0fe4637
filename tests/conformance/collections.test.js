import { collectionsSuite } from './collections.suite.js';
import { storages } from './places.js';

for (const storage of storages) collectionsSuite(storage);
