import { givenFiles, memory, nodeFile } from '../conformance/places.js';
import { dataModelHistorySuite } from './history.suite.js';
import { restart } from './restart.js';

dataModelHistorySuite(memory, { operations: 120 });
dataModelHistorySuite(givenFiles, { operations: 120 });
dataModelHistorySuite(nodeFile, { operations: 120, restart });
