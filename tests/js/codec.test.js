import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decode, encode, readMessage, recycle, writeMessage } from '../../js/codec.js';
import { Role } from '../../js/columns.js';
import { OPERATIONS } from '../../js/constants.js';
import { CollectionNotExistException, MilvusException, ParamError } from '../../js/errors.js';
import { unpackColumn } from '../../js/results.js';
import { packColumn, packRows } from '../../js/rows.js';

/** A reply as the engine writes it. */
const reply = (params, rows = 0, columns = [], code = 0) =>
  writeMessage({ operation: 0, rows, code, params: JSON.stringify(params), columns });

const column = (name, role, values) => ({ ...packColumn(name, values), role });

/** Numbers that are the same for the same seed. */
const random = (seed) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
  return (seed >>> 8) / 2 ** 24;
};

describe('a message', () => {
  it('starts with the header of the format', () => {
    const view = new DataView(
      encode('insert', { collection_name: 'c', data: [{ id: 1 }, { id: 2 }] }).buffer,
    );
    assert.equal(view.getUint32(0, true), 0x314c564d);
    assert.equal(view.getUint32(4, true), view.byteLength);
    assert.equal(view.getUint16(8, true), OPERATIONS.insert.id);
    assert.equal(view.getUint16(10, true), 1);
    assert.equal(view.getUint32(12, true), 2);
    assert.equal(view.getUint32(20, true), '{"collection_name":"c"}'.length);
  });

  it('has every section at a multiple of 16, and zeros between them', () => {
    const full = encode('insert', { collection_name: 'c', data: [{ id: -1, name: 'all ones' }] });
    recycle(full.fill(0xff));
    const again = encode('insert', { collection_name: 'c', data: [{ a: 'x' }] });
    const expected = Buffer.alloc(32 + 32 + 32 + 16 + 16 + 16);
    expected.write('4d564c31', 'hex');
    expected.writeUInt32LE(expected.length, 4);
    expected.writeUInt16LE(OPERATIONS.insert.id, 8);
    expected.writeUInt16LE(1, 10);
    expected.writeUInt32LE(1, 12);
    expected.writeUInt32LE(23, 20);
    expected.write('{"collection_name":"c"}', 32);
    expected.writeUInt32LE(32 + 16 + 16 + 16, 64); // column bytes
    expected.writeUInt8(4, 68); // STR
    expected.writeUInt32LE(1, 76); // name bytes
    expected.writeUInt32LE(1, 80); // data bytes
    expected.write('a', 96);
    expected.writeUInt32LE(1, 116); // offsets 0, 1
    expected.write('x', 128);
    assert.deepEqual(Buffer.from(again), expected);
  });

  it('brings columns of every kind, with nulls and absent keys, back as they were', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const next = random(seed);
      const upTo = (n) => Math.floor(next() * n);
      const width = upTo(5);
      const text = () => ['', 'abc', 'é', '中文', '\u{1f600}', '\ufeffmark'][upTo(6)];
      const makers = {
        bool: () => next() < 0.5,
        int: () => (upTo(2) ? upTo(1e9) - 5e8 : Number.MAX_SAFE_INTEGER - upTo(9)),
        big: () => BigInt(upTo(2 ** 24)) ** 2n - 2n ** 62n,
        real: () => next() - 0.5,
        text,
        json: () => ({ a: [upTo(9), text()], b: 2n ** 60n }),
        f32: () => Float32Array.from({ length: width }, next),
        ragged: () => Float32Array.from({ length: upTo(4) }, next),
        f64: () => Array.from({ length: width + 1 }, next),
        i8: () => Int8Array.from({ length: width + 1 }, () => upTo(256)),
        u8: () => Uint8Array.from({ length: width + 1 }, () => upTo(256)),
        u16: () => Uint16Array.from({ length: width + 1 }, () => upTo(65536)),
      };
      const rows = upTo(40);
      const holes = seed % 3;
      const hole = () => (upTo(4) > 0 ? false : holes > 0);
      const values = Object.entries(makers).map(([name, make]) => {
        const list = Array.from({ length: rows }, () =>
          hole() ? [null, undefined][upTo(holes)] : make(),
        );
        return { name, list };
      });
      const columns = values.map(({ name, list }) => packColumn(name, list));
      const message = readMessage(
        writeMessage({ operation: 7, rows, code: -3, params: '{"a":1}', columns }),
      );
      assert.deepEqual(
        [message.operation, message.code, message.params],
        [7, -3, { a: 1 }],
        `seed ${seed}`,
      );
      message.columns.forEach((read, i) => {
        assert.equal(read.name, values[i].name);
        const back = unpackColumn(read, {});
        assert.deepEqual(back, values[i].list, `seed ${seed}, ${read.name}`);
      });
    }
  });
});

describe('encode', () => {
  const sent = (operation, params) => readMessage(encode(operation, params));

  it('sends parameters but for those that are undefined or for this side', () => {
    const params = {
      collection_name: 'c',
      timeout: 1,
      a: undefined,
      b: null,
      on_progress() {},
      signal: {},
    };
    assert.deepEqual(sent('flush', params).params, { collection_name: 'c', timeout: 1, b: null });
  });

  it('sends the bulky parameter as columns and not as JSON', () => {
    const { params, rows, columns } = sent('get', {
      collection_name: 'c',
      ids: [1, 'a', 2n ** 60n],
    });
    assert.deepEqual(params, { collection_name: 'c' });
    assert.deepEqual([rows, columns[0].name], [3, 'ids']);
    assert.deepEqual(unpackColumn(columns[0], {}), [1, 'a', 2n ** 60n]);
  });

  it('takes one id for a list of one, and a missing one as none', () => {
    const ids = (value) => sent('delete', { ids: value }).columns.map((c) => unpackColumn(c, {}));
    assert.deepEqual(ids(5), [[5]]);
    assert.deepEqual(ids('k'), [['k']]);
    assert.deepEqual(ids(5n), [[5]]);
    assert.deepEqual(ids(new BigInt64Array([1n, 2n])), [[1, 2]]);
    assert.deepEqual(ids([]), [[]]);
    assert.deepEqual(ids([1, undefined]), [[1, null]]);
    assert.deepEqual(ids(undefined), []);
  });

  it('takes one Float32Array as one query, and refuses a flat list', () => {
    const query = new Float32Array([1, 2]);
    assert.equal(sent('search', { data: query }).rows, 1);
    assert.equal(sent('search', { data: [query, query] }).rows, 2);
    assert.deepEqual(
      [sent('search', { data: [] }).columns.length, sent('search', {}).columns.length],
      [1, 0],
    );
    assert.throws(() => encode('search', { data: [1, 2] }), /search_data.*a list of numbers/);
    assert.throws(
      () => encode('search', { data: new Float64Array(2) }),
      /search_data.*Float64Array/,
    );
    assert.throws(() => encode('search', { data: 'text' }), ParamError);
  });

  it('names the parameter that cannot be written', () => {
    const isAbout = (field) => (error) =>
      error instanceof ParamError && error.detail.field === field;
    assert.throws(() => encode('search', { data: [[1]], limit: NaN }), isAbout('limit'));
    assert.throws(
      () => encode('search', { data: [[1]], search_params: new Map() }),
      isAbout('search_params'),
    );
  });

  it('refuses more different keys than a message counts', () => {
    const rows = [Object.fromEntries(Array.from({ length: 65536 }, (_, i) => [`k${i}`, 1]))];
    assert.throws(() => encode('insert', { data: rows }), /rows have 65536 different keys/);
  });
});

describe('decode', () => {
  it('gives the value, and nothing for null', () => {
    assert.equal(decode(reply({ shape: 'value', value: true })), true);
    assert.equal(decode(reply({ shape: 'value', value: null })), undefined);
  });

  it('gives counts with the ids', () => {
    const bytes = reply({ shape: 'ids', value: { insert_count: 2, cost: 0 } }, 2, [
      column('id', Role.ID, [1, 2n ** 60n]),
    ]);
    assert.deepEqual(decode(bytes), { insert_count: 2, ids: [1, 2n ** 60n], cost: 0 });
    assert.deepEqual(decode(bytes, { int64: 'string' }).ids, ['1', '1152921504606846976']);
    assert.deepEqual(decode(bytes, { int64: 'bigint' }).ids, [1n, 2n ** 60n]);
  });

  it('gives rows, with dynamic keys beside the fields, nulls as null and absent keys absent', () => {
    const columns = [
      column('id', Role.FIELD, [1, 2, 3]),
      column('text', Role.FIELD, ['a', null, undefined]),
      column('$meta', Role.SPREAD, [{ color: 'red', n: 2n ** 60n }, undefined, {}]),
    ];
    assert.deepEqual(decode(reply({ shape: 'rows' }, 3, columns)), [
      { id: 1, text: 'a', color: 'red', n: 2n ** 60n },
      { id: 2, text: null },
      { id: 3 },
    ]);
  });

  it('gives a row whatever keys it has, and leaves its prototype alone', () => {
    const spread = column('$meta', Role.SPREAD, [
      JSON.parse('{"__proto__":{"a":1},"constructor":2}'),
    ]);
    const [row] = decode(
      reply({ shape: 'rows' }, 1, [spread, column('__proto__x', Role.FIELD, [1])]),
    );
    assert.equal(Object.getPrototypeOf(row), Object.prototype);
    assert.deepEqual(Object.keys(row), ['__proto__', 'constructor', '__proto__x']);
    assert.equal(row.a, undefined);
  });

  it('gives hits of each query, whose key is called as its field', () => {
    const columns = [
      column('pk', Role.ID, ['a', 'b', 'c']),
      column('distance', Role.DISTANCE, [0.9, 0.8, 1]),
      column('text', Role.FIELD, ['x', 'y', 'z']),
    ];
    const hits = decode(reply({ shape: 'hits', pk: 'pk', counts: [2, 0, 1] }, 3, columns));
    assert.deepEqual(hits, [
      [
        { pk: 'a', distance: 0.9, entity: { text: 'x' } },
        { pk: 'b', distance: 0.8, entity: { text: 'y' } },
      ],
      [],
      [{ pk: 'c', distance: 1, entity: { text: 'z' } }],
    ]);
    assert.equal(hits[2][0].id, 'c');
    assert.deepEqual(Object.keys(hits[2][0]), ['pk', 'distance', 'entity']);
  });

  it('gives vectors that are copies, or plain lists', () => {
    const bytes = reply({ shape: 'rows' }, 1, [
      column('v', Role.FIELD, [new Float32Array([1, 2])]),
      column('b', Role.FIELD, [new Uint8Array([3])]),
      column('a', Role.FIELD, [[0.5, 0.25]]),
    ]);
    const [typed] = decode(bytes);
    assert.deepEqual(typed, {
      v: new Float32Array([1, 2]),
      b: new Uint8Array([3]),
      a: [0.5, 0.25],
    });
    assert.equal(typed.v.buffer.byteLength, 8);
    assert.deepEqual(decode(bytes, { vector_format: 'array' }), [
      { v: [1, 2], b: [3], a: [0.5, 0.25] },
    ]);
  });

  it('throws the error that the reply is', () => {
    const params = {
      type: 'CollectionNotExistException',
      reason: 'no such thing',
      detail: { field: 'x' },
    };
    const cause = new Error('below');
    assert.throws(
      () => decode(reply(params, 0, [], 100), {}, cause),
      (error) =>
        error instanceof CollectionNotExistException &&
        error.code === 100 &&
        error.message === 'no such thing' &&
        error.detail.field === 'x' &&
        error.cause === cause,
    );
  });

  it('refuses what is no reply', () => {
    const bytes = reply({ shape: 'value', value: 1 });
    assert.throws(() => decode(new Uint8Array(0)), MilvusException);
    assert.throws(() => decode(bytes.slice(0, -16)), /makes no sense/);
    assert.throws(() => decode(reply({ shape: 'circle' })), /unknown shape 'circle'/);
  });

  it('reads texts of any size', () => {
    const texts = ['a'.repeat(2e6), 'é', ''];
    assert.deepEqual(
      decode(reply({ shape: 'rows' }, 3, packRows(texts.map((text) => ({ text }))).columns)),
      texts.map((text) => ({ text })),
    );
  });
});
