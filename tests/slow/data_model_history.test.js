import { givenFiles, memory, nodeFile } from '../conformance/places.js';
import { dataModelHistorySuite } from '../history/history.suite.js';
import { restart } from '../history/restart.js';

for (const storage of [memory, givenFiles, nodeFile]) dataModelHistorySuite(storage, { operations: 10_000, restart });
dataModelHistorySuite(givenFiles, { operations: 300, n_keys: 10_000 });
