// The suites of the embedded database, over a server: the same code with another address.
import { badInputSuite } from '../conformance/bad_input.suite.js';
import { collectionsSuite } from '../conformance/collections.suite.js';
import { dataModelSuite } from '../conformance/data_model.suite.js';
import { groupsSuite } from '../conformance/groups.suite.js';
import { searchSuite } from '../conformance/search.suite.js';
import { rest } from './place.js';

for (const suite of [collectionsSuite, dataModelSuite, badInputSuite, searchSuite, groupsSuite]) suite(rest);
