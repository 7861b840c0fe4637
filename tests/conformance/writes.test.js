import { storages } from './places.js';
import { writesSuite } from './writes.suite.js';

for (const storage of storages) writesSuite(storage);
