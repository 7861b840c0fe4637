import { databasesSuite } from './databases.suite.js';
import { storages } from './places.js';

for (const storage of storages) databasesSuite(storage);
