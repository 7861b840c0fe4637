// Suites of the embedded database, over a server: the same code with another address. The others are in tests/slow.
import { aggregatesSuite } from '../conformance/aggregates.suite.js';
import { collectionsSuite } from '../conformance/collections.suite.js';
import { dataModelSuite } from '../conformance/data_model.suite.js';
import { hybridSuite } from '../conformance/hybrid.suite.js';
import { orderSuite } from '../conformance/order.suite.js';
import { timesSuite } from '../conformance/times.suite.js';
import { rest } from './place.js';

for (const suite of [aggregatesSuite, collectionsSuite, dataModelSuite, hybridSuite, orderSuite, timesSuite]) suite(rest);
