// What the suites use of node:assert/strict.

class AssertionError extends Error {
  name = 'AssertionError';
}

const shown = (value) => {
  const text = JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}n` : ArrayBuffer.isView(part) ? [...part].slice(0, 20) : part));
  return text?.length > 600 ? `${text.slice(0, 600)}...` : text;
};

/** Whether two values are the same, of the same types, all the way down. */
function same(a, b) {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (ArrayBuffer.isView(a)) return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
  if (a instanceof Map || a instanceof Set) return same([...a], [...b]);
  if (a instanceof Date) return a.getTime() === b.getTime();
  const keys = Object.keys(a);
  if (Array.isArray(a) && a.length !== b.length) return false;
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]));
}

const failed = (message, otherwise) => {
  if (message instanceof Error) throw message;
  throw new AssertionError(message === undefined ? otherwise : `${message}: ${otherwise}`);
};

function fits(error, expected) {
  if (expected === undefined) return true;
  if (expected instanceof RegExp) return expected.test(String(error));
  if (expected instanceof Error) return error === expected || (error?.name === expected.name && error.message === expected.message);
  if (typeof expected === 'function') return expected.prototype instanceof Error || expected === Error ? error instanceof expected : expected(error) === true;
  return Object.entries(expected).every(([key, value]) => (value instanceof RegExp ? value.test(error[key]) : same(error[key], value)));
}

const assert = {
  AssertionError,
  ok: (value, message) => value || failed(message, `${shown(value)} is not true`),
  equal: (a, b, message) => Object.is(a, b) || failed(message, `${shown(a)} is not ${shown(b)}`),
  notEqual: (a, b, message) => !Object.is(a, b) || failed(message, `it is ${shown(b)}`),
  deepEqual: (a, b, message) => same(a, b) || failed(message, `${shown(a)} is not like ${shown(b)}`),
  notDeepEqual: (a, b, message) => !same(a, b) || failed(message, `it is like ${shown(b)}`),
  match: (text, pattern, message) => pattern.test(text) || failed(message, `${shown(text)} does not match ${pattern}`),
  fail: (message) => failed(message, 'failed'),
  async rejects(promise, expected, message) {
    let error;
    try {
      await (typeof promise === 'function' ? promise() : promise);
    } catch (thrown) {
      error = thrown;
    }
    if (error === undefined) failed(message, 'it was not rejected');
    if (!fits(error, expected)) failed(message, `rejected with ${error?.stack ?? error}`);
  },
};
export default assert;
