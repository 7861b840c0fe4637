import { groupsSuite } from './groups.suite.js';
import { storages } from './places.js';

for (const storage of storages) groupsSuite(storage);
