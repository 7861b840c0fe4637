// What an error must say.
import assert from 'node:assert/strict';
import { MilvusException } from '../../js/index.js';

/**
 * The call is refused with an error of that class (by name) and code, whose message has all of `says`
 * in it, in that order.
 *
 * @param {() => Promise<unknown>} call
 * @param {{ type: string, code: number, says: (string | number)[], field?: string, row?: number }} expected
 * @returns {Promise<MilvusException>}
 */
export async function assertRefused(call, { type, code, says, field, row }) {
  const error = await call().then(
    () => assert.fail(`no error, but a ${type} that says ${says.join(' ... ')} was expected`),
    (refusal) => refusal,
  );
  if (error instanceof assert.AssertionError) throw error;
  assert.ok(error instanceof MilvusException, `not a MilvusException: ${error?.stack}`);
  assert.equal(error.name, type, error.message);
  assert.equal(error.code, code, error.message);
  let at = 0;
  for (const part of says) {
    const found = error.message.indexOf(String(part), at);
    assert.ok(found >= 0, `'${error.message}' does not say '${part}'${at ? ' there' : ''}`);
    at = found + String(part).length;
  }
  if (field !== undefined) assert.equal(error.detail.field, field, `detail of '${error.message}'`);
  if (row !== undefined) assert.equal(error.detail.row, row, `detail of '${error.message}'`);
  return error;
}
