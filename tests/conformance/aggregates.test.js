import { aggregatesSuite } from './aggregates.suite.js';
import { storages } from './places.js';

for (const storage of storages) aggregatesSuite(storage);
