import { fieldsSuite } from './fields.suite.js';
import { storages } from './places.js';

for (const storage of storages) fieldsSuite(storage);
