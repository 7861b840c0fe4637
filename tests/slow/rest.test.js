// Over a server: all suites that say something of it, and kills under load. Left out is what a server does not have: copies of
// the database (transfer.suite.js, and the tests of other suites that make one).
import { badInputSuite } from '../conformance/bad_input.suite.js';
import { columnsSuite } from '../conformance/columns.suite.js';
import { databasesSuite } from '../conformance/databases.suite.js';
import { fieldsSuite } from '../conformance/fields.suite.js';
import { groupsSuite } from '../conformance/groups.suite.js';
import { iteratorsSuite } from '../conformance/iterators.suite.js';
import { memorySuite } from '../conformance/memory.suite.js';
import { partitionsSuite } from '../conformance/partitions.suite.js';
import { reopenSuite } from '../conformance/reopen.suite.js';
import { searchSuite } from '../conformance/search.suite.js';
import { vectorTypesSuite } from '../conformance/vector_types.suite.js';
import { writesSuite } from '../conformance/writes.suite.js';
import { killSuite } from '../rest/kill.suite.js';
import { rest, restFile } from '../rest/place.js';

const SUITES = [
  badInputSuite,
  columnsSuite,
  databasesSuite,
  fieldsSuite,
  groupsSuite,
  iteratorsSuite,
  partitionsSuite,
  searchSuite,
  vectorTypesSuite,
  writesSuite,
];
for (const suite of SUITES) suite(rest);
for (const suite of [memorySuite, reopenSuite]) suite(restFile);
killSuite({ rounds: 20, clients: 8 });
