import { hybridSuite } from './hybrid.suite.js';
import { storages } from './places.js';

for (const storage of storages) hybridSuite(storage);
