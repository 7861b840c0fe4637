import { storages } from './places.js';
import { searchSuite } from './search.suite.js';

for (const storage of storages) searchSuite(storage);
