import { storages } from './places.js';
import { transferSuite } from './transfer.suite.js';

for (const storage of storages) transferSuite(storage);
