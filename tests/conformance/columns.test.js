import { columnsSuite } from './columns.suite.js';
import { storages } from './places.js';

for (const storage of storages) columnsSuite(storage);
