import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Kind } from '../../js/columns.js';
import { DataNotMatchException, ParamError } from '../../js/errors.js';
import { packColumn, packRows } from '../../js/rows.js';

const kindOf = (...values) => packColumn('x', values).kind;

/** The data of a column, in an array of that type. */
const dataOf = (column, Type) => {
  const buffer = new ArrayBuffer(16 + column.dataBytes);
  column.write(buffer, 16);
  return [...new Type(buffer, 16, column.dataBytes / Type.BYTES_PER_ELEMENT)];
};

const bits = (bytes, n) =>
  Array.from({ length: n }, (_, i) => (bytes[i >> 3] >> (i & 7)) & 1).join('');

describe('the kind of a column', () => {
  it('is that of its values', () => {
    assert.equal(kindOf(true, false), Kind.BOOL);
    assert.equal(kindOf(1, -2), Kind.I64);
    assert.equal(kindOf(1, 2n), Kind.I64);
    assert.equal(kindOf(1, 0.5, NaN), Kind.F64);
    assert.equal(kindOf(2 ** 53), Kind.F64);
    assert.equal(kindOf('a', ''), Kind.STR);
    assert.equal(kindOf({ a: 1 }), Kind.JSON);
  });

  it('of vectors is that of their elements', () => {
    assert.equal(kindOf(new Float32Array(2)), Kind.MATRIX_F32);
    assert.equal(kindOf(new Float64Array(2)), Kind.MATRIX_F64);
    assert.equal(kindOf([1, 2], [0.5, NaN]), Kind.MATRIX_F64);
    assert.equal(kindOf(new Int8Array(2)), Kind.MATRIX_I8);
    assert.equal(
      kindOf(new Uint8Array(2), new Uint8ClampedArray(2), Buffer.alloc(2)),
      Kind.MATRIX_U8,
    );
    assert.equal(kindOf(new Uint16Array(2)), Kind.MATRIX_U16);
    assert.equal(kindOf(new Int16Array(2), new Int32Array(2), new Uint32Array(2)), Kind.MATRIX_F64);
    assert.equal(kindOf(new Float32Array(2), [1, 2]), Kind.MATRIX_F64);
  });

  it('is JSON for everything mixed, and for what no other kind holds', () => {
    assert.equal(kindOf(1, 'a'), Kind.JSON);
    assert.equal(kindOf(1n, 0.5), Kind.JSON);
    assert.equal(kindOf(2n ** 63n), Kind.JSON);
    assert.equal(kindOf(true, 1), Kind.JSON);
    assert.equal(kindOf([1, 'a']), Kind.JSON);
    assert.equal(kindOf([1, , 2]), Kind.JSON); // eslint-disable-line no-sparse-arrays
    assert.equal(kindOf(new Int8Array(2), new Uint8Array(2)), Kind.JSON);
    assert.equal(kindOf(new BigInt64Array(2)), Kind.JSON);
  });

  it('does not depend on nulls, and is JSON where nothing else is', () => {
    assert.equal(kindOf(null, 1, undefined), Kind.I64);
    assert.equal(kindOf(null, null), Kind.JSON);
    assert.equal(kindOf(), Kind.JSON);
  });

  it('of an empty list is that of its neighbours, else JSON', () => {
    assert.equal(kindOf([], []), Kind.JSON);
    assert.equal(kindOf([], ['a']), Kind.JSON);
    assert.equal(kindOf([], [1]), Kind.MATRIX_F64);
  });
});

describe('packColumn', () => {
  it('marks nulls and keys that are not there', () => {
    const column = packColumn('x', [1, null, undefined, 4]);
    assert.equal(bits(column.valid, 4), '1001');
    assert.equal(bits(column.given, 4), '1101');
    assert.deepEqual(dataOf(column, BigInt64Array), [1n, 0n, 0n, 4n]);
  });

  it('has no bitmaps where it needs none', () => {
    const { valid, given } = packColumn('x', [1, 2]);
    assert.deepEqual([valid, given], [undefined, undefined]);
    assert.equal(packColumn('x', [1, null]).given, undefined);
  });

  it('keeps every bit of an integer', () => {
    const values = [
      0,
      -1,
      1,
      2 ** 32,
      -(2 ** 32) - 1,
      2 ** 53 - 1,
      1 - 2 ** 53,
      2n ** 63n - 1n,
      -(2n ** 63n),
    ];
    assert.deepEqual(dataOf(packColumn('x', values), BigInt64Array), values.map(BigInt));
  });

  it('lays vectors of one length beside each other', () => {
    const column = packColumn('v', [new Float32Array([1, 2]), null, new Float32Array([5, 6])]);
    assert.equal(column.width, 2);
    assert.deepEqual(dataOf(column, Float32Array), [1, 2, 0, 0, 5, 6]);
  });

  it('gives vectors of different lengths offsets', () => {
    const column = packColumn('v', [[1, 2], [], null, [3]]);
    assert.equal(column.width, 0);
    assert.deepEqual([...column.offsets], [0, 2, 2, 2, 3]);
    assert.deepEqual(dataOf(column, Float64Array), [1, 2, 3]);
  });

  it('counts texts in bytes of UTF-8', () => {
    const texts = ['a', 'é', '中', '\u{1f600}', null, '', '\ud83d', '\ude00', 'z'];
    const column = packColumn('t', texts);
    const lengths = texts.map((text) => Buffer.byteLength(text ?? ''));
    const offsets = lengths.reduce((all, n) => [...all, all[all.length - 1] + n], [0]);
    assert.deepEqual([...column.offsets], offsets);
    assert.deepEqual(
      Buffer.from(dataOf(column, Uint8Array)),
      Buffer.concat(texts.map((t) => Buffer.from(t ?? ''))),
    );
  });

  it('packs more text than is joined at once', () => {
    const texts = Array.from({ length: 12 }, (_, i) => String.fromCharCode(97 + i).repeat(1e6));
    const column = packColumn('t', texts);
    const data = new Uint8Array(column.dataBytes);
    column.write(data.buffer, 0);
    assert.ok(Buffer.from(data.buffer).equals(Buffer.from(texts.join(''))));
    assert.equal(column.offsets[7], 7e6);
  });

  it('names field and row of a value that cannot be written', () => {
    const rows = [{ a: {} }, { a: { f() {} } }];
    assert.throws(
      () => packRows(rows),
      (error) =>
        error instanceof DataNotMatchException &&
        error.code === 1100 &&
        /field 'a' of row 1: a function/.test(error.message) &&
        error.detail.field === 'a' &&
        error.detail.row === 1,
    );
    const loop = {};
    Object.assign(loop, { loop });
    assert.throws(() => packRows([{ loop }]), /field 'loop' of row 0: the value contains itself/);
  });
});

describe('packRows', () => {
  const columnsOf = (rows) =>
    Object.fromEntries(packRows(rows).columns.map((column) => [column.name, column]));

  it('makes a column of each key that any row has, whatever the order', () => {
    const { a, b, c } = columnsOf([
      { a: 1, b: 'x' },
      { b: 'y', c: true },
      { c: false, a: 3 },
    ]);
    assert.deepEqual(dataOf(a, BigInt64Array), [1n, 0n, 3n]);
    assert.equal(bits(a.given, 3), '101');
    assert.equal(bits(b.given, 3), '110');
    assert.equal(bits(c.given, 3), '011');
  });

  it('takes own keys only, however they are called', () => {
    const { toString, __proto__: none } = columnsOf([{}, { toString: 1 }]);
    assert.equal(bits(toString.given, 2), '01');
    assert.equal(none, Object.prototype);
    const row = JSON.parse('{"__proto__":1,"constructor":2}');
    assert.deepEqual(
      packRows([row]).columns.map(({ name }) => name),
      ['__proto__', 'constructor'],
    );
  });

  it('drops a key that is undefined in every row', () => {
    assert.deepEqual(packRows([{ a: undefined }, {}]).columns, []);
  });

  it('takes one object as one row, and no rows as none', () => {
    assert.equal(packRows({ a: 1 }).rows, 1);
    assert.deepEqual(packRows([]), { rows: 0, columns: [] });
    assert.equal(packRows([Object.create(null)]).rows, 1);
  });

  it('refuses rows that are not plain objects, naming the row', () => {
    const refused = (data, text, row) =>
      assert.throws(
        () => packRows(data),
        (error) =>
          error instanceof ParamError && error.message.includes(text) && error.detail.row === row,
      );
    refused([{}, null], 'got null as row 1', 1);
    refused([[1, 2]], 'got Array as row 0', 0);
    refused([{}, {}, new Map()], 'got Map as row 2', 2);
    refused('rows', 'got string', undefined);
    refused(undefined, 'got undefined', undefined);
  });
});
