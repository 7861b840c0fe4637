import { badInputSuite } from './bad_input.suite.js';
import { storages } from './places.js';

for (const storage of storages) badInputSuite(storage);
