import { dataModelSuite } from './data_model.suite.js';
import { storages } from './places.js';

for (const storage of storages) dataModelSuite(storage);
