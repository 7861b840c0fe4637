// The suites of the embedded database, over a server: the same code with another address. The long ones are in tests/slow.
import { collectionsSuite } from '../conformance/collections.suite.js';
import { dataModelSuite } from '../conformance/data_model.suite.js';
import { databasesSuite } from '../conformance/databases.suite.js';
import { fieldsSuite } from '../conformance/fields.suite.js';
import { hybridSuite } from '../conformance/hybrid.suite.js';
import { iteratorsSuite } from '../conformance/iterators.suite.js';
import { partitionsSuite } from '../conformance/partitions.suite.js';
import { timesSuite } from '../conformance/times.suite.js';
import { rest } from './place.js';

const SUITES = [
  collectionsSuite,
  dataModelSuite,
  fieldsSuite,
  hybridSuite,
  iteratorsSuite,
  partitionsSuite,
  databasesSuite,
  timesSuite,
];
for (const suite of SUITES) suite(rest);
