// Over a server: all that is refused, the suites that search much, and kills under load.
import { badInputSuite } from '../conformance/bad_input.suite.js';
import { groupsSuite } from '../conformance/groups.suite.js';
import { searchSuite } from '../conformance/search.suite.js';
import { vectorTypesSuite } from '../conformance/vector_types.suite.js';
import { killSuite } from '../rest/kill.suite.js';
import { rest } from '../rest/place.js';

for (const suite of [badInputSuite, groupsSuite, searchSuite, vectorTypesSuite]) suite(rest);
killSuite({ rounds: 20, clients: 8 });
