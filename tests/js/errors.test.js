import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as errors from '../../js/errors.js';
import * as index from '../../js/index.js';

const { exceptionType, MilvusException, ParamError } = errors;

describe('an exception', () => {
  it('has code, message, detail and cause', () => {
    const cause = new Error('below');
    const error = new ParamError(1100, 'limit must be positive', {
      detail: { field: 'limit' },
      cause,
    });
    const { code, message, detail } = error;
    assert.deepEqual([code, message, detail], [1100, 'limit must be positive', { field: 'limit' }]);
    assert.equal(error.cause, cause);
    assert.equal(String(error), 'ParamError: limit must be positive');
    assert.ok(error instanceof MilvusException && error instanceof Error);
  });

  it('has an empty detail and no cause unless given', () => {
    const error = new MilvusException(1, 'x');
    assert.deepEqual(error.detail, {});
    assert.ok(!('cause' in error));
  });

  it('is found by the name of its class', () => {
    for (const [name, type] of Object.entries(errors)) {
      if (name === 'exceptionType') continue;
      assert.equal(exceptionType(name), type);
      assert.equal(new type(1, '').name, name);
      assert.equal(index[name], type, `${name} is exported`);
    }
    assert.equal(exceptionType('NewException'), MilvusException);
    assert.equal(exceptionType('constructor'), MilvusException);
  });
});
