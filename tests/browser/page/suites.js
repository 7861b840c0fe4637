// Runs the suites in the page.
import { historySuite } from '/tests/fault/history.suite.js';
import { dataModelHistorySuite } from '/tests/history/history.suite.js';
import { storages } from './places.js';
import { run } from './test.js';

/**
 * @param {string} suite
 * @param {'opfs' | 'idb' | 'memory'} kind
 */
export async function runSuite(suite, kind) {
  const storage = storages[kind];
  if (suite === 'history') return run(() => historySuite(storage, { operations: 150 }));
  if (suite === 'data model history') return run(() => dataModelHistorySuite(storage, { operations: 150 }));
  const module = await import(`/tests/conformance/${suite}.suite.js`);
  const [, collect] = Object.entries(module).find(([name]) => name.endsWith('Suite'));
  return run(() => collect(storage));
}
