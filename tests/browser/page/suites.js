// Runs the suites in the page.
import { historySuite } from '/tests/fault/history.suite.js';
import { dataModelHistorySuite } from '/tests/history/history.suite.js';
import { KINDS } from './places.js';
import { run } from './test.js';

/**
 * A suite for any storage, or a test of Node's that does without Node.
 *
 * @param {string} suite  a name, or the test's path
 * @param {'opfs' | 'idb' | 'memory'} kind
 */
export async function runSuite(suite, kind) {
  const storage = KINDS[kind];
  if (suite.endsWith('.test.js')) return run(() => import(`/tests/${suite}?in=${kind}`));
  if (suite === 'history') return run(() => historySuite(storage, { operations: 150 }));
  if (suite === 'data model history') return run(() => dataModelHistorySuite(storage, { operations: 150 }));
  const module = await import(`/tests/conformance/${suite}.suite.js`);
  const [, collect] = Object.entries(module).find(([name]) => name.endsWith('Suite'));
  return run(() => collect(storage));
}
