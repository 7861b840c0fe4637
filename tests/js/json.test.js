import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readJson, writeJson } from '../../js/json.js';

describe('writeJson', () => {
  it('writes what JSON.stringify writes', () => {
    const values = [
      null,
      true,
      -0,
      1.5e300,
      'quotes " and \u0000 and \ud800 and \u{1f600}',
      [1, [2, []], {}],
      { a: undefined, b: [undefined], 'a key': { toJSON: () => 'itself' } },
      new Date(0),
      JSON.parse('{"__proto__":{"a":1}}'),
    ];
    for (const value of values) assert.equal(writeJson(value), JSON.stringify(value));
  });

  it('writes a bigint as its digits, and a typed array as an array', () => {
    const value = {
      big: 2n ** 62n,
      floats: new Float32Array([0.5, -1]),
      bigs: new BigInt64Array([1n]),
    };
    assert.equal(writeJson(value), '{"big":4611686018427387904,"floats":[0.5,-1],"bigs":[1]}');
  });

  it('writes NaN and infinities as null, or refuses them', () => {
    assert.equal(writeJson([NaN, -Infinity]), '[null,null]');
    assert.throws(() => writeJson({ limit: NaN }, { finite: true }), /NaN is not a finite number/);
  });

  it('writes undefined as nothing', () => {
    assert.equal(writeJson(undefined), undefined);
  });

  it('refuses what would be lost without a word', () => {
    for (const value of [
      () => 1,
      Symbol('s'),
      new Map([[1, 2]]),
      new Set(),
      /x/,
      new ArrayBuffer(4),
    ]) {
      assert.throws(() => writeJson({ value }), /has no place in JSON/);
    }
  });

  it('refuses a value that contains itself, and not one that stands in it twice', () => {
    const twice = { a: 1 };
    assert.equal(writeJson([twice, twice]), '[{"a":1},{"a":1}]');
    const loop = { list: /** @type {unknown[]} */ ([]) };
    loop.list.push(loop);
    assert.throws(() => writeJson(loop), /contains itself/);
  });
});

describe('readJson', () => {
  it('reads an integer that no number holds as a bigint', () => {
    const text = '{"a":[9007199254740993,-9223372036854775808],"b":9007199254740991}';
    const expected = { a: [9007199254740993n, -9223372036854775808n], b: 9007199254740991 };
    assert.deepEqual(readJson(text), expected);
    assert.deepEqual(readJson('[9007199254740993]', String), ['9007199254740993']);
  });

  it('leaves fractions, exponents and strings with many digits alone', () => {
    const text =
      '[0.12345678901234567890,12345678901234567890.5,12345678901234567890e2,"12345678901234567890"]';
    assert.deepEqual(readJson(text), JSON.parse(text));
  });

  it('is not confused by strings that look like its own marks', () => {
    const text = '["#12345678901234567890","\\"##1",12345678901234567890]';
    assert.deepEqual(readJson(text), ['#12345678901234567890', '"##1', 12345678901234567890n]);
  });

  it('reads back what writeJson wrote', () => {
    const value = { id: 2n ** 60n + 1n, deep: [{ n: -(2n ** 63n) }], text: 'é中\u{1f600}', x: 0.1 };
    assert.deepEqual(readJson(/** @type {string} */ (writeJson(value))), value);
  });
});
