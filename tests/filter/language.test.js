// The language by examples: what each filter finds, and what is said about those that are wrong.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { MilvusClient, MilvusException } from '../../js/index.js';

const ROWS = [
  { id: 1, age: 20, price: 0.1, text: 'one', ok: true, attrs: { a: [{ b: 7 }], 'x y': 1 }, tags: [1, 2, 3], color: 'red', 'größe': 1 },
  { id: 2, age: null, price: 2.5, text: 'two 100%', ok: false, attrs: null, tags: [], color: 'blue', n: { k: { j: 5 } }, mixed: [1, 'x', [1, 2]] },
  { id: 3, age: 0, price: null, text: null, ok: null, attrs: { a: 3 }, tags: null, n: { k: null } },
  { id: 4, age: -5, price: -1, text: "it's\n", ok: true, attrs: [1, 2], tags: [7], color: null, big: 9007199254740993n },
];
const nullable = true;
const FIELDS = [
  { name: 'id', type: 'INT64', is_primary: true },
  { name: 'v', type: 'FLOAT_VECTOR', params: { dim: 2 } },
  { name: 'age', type: 'INT64', nullable },
  { name: 'price', type: 'FLOAT', nullable },
  { name: 'text', type: 'VARCHAR', nullable, params: { max_length: 100 } },
  { name: 'ok', type: 'BOOL', nullable },
  { name: 'attrs', type: 'JSON', nullable },
  { name: 'tags', type: 'ARRAY', element_type: 'INT64', nullable, params: { max_capacity: 8 } },
];

/** Each filter and the keys it finds. */
const FINDS = [
  // comparisons; null is not found by them, nor by their opposites
  ['age == 20', 1],
  ['age != 20', 3, 4],
  ['age<=0', 3, 4],
  ['not (age > 0)', 3, 4],
  ['not age > 0', 3, 4],
  ['!(age > 0)', 3, 4],
  ['NOT age > 0', 3, 4],
  ['age > 0 or not age > 0', 1, 3, 4],
  ['age == 20 or price > 2', 1, 2],
  ['age is null or age < 0', 2, 4],
  ['age > 0 or text == "two 100%"', 1, 2],
  ['-10 < age < 20', 3, 4],
  ['20 >= age > 0', 1],
  ['0 <= age <= id * 20', 1, 3],
  ['age == id'],
  ['20 == age', 1],
  ['id == age + 3', 3],
  // precedence
  ['id == 1 or id == 2 and age == 0', 1],
  ['(id == 1 or id == 3) and age == 0', 3],
  ['id == 1 || id == 2 && age == 0', 1],
  ['id == 1 + 2 * 1', 3],
  ['id == (1 + 1) * 2', 4],
  ['id * 2 - 1 == 5', 3],
  ['id - 1 - 1 == 1', 3],
  ['-id == -4', 4],
  ['- id + 5 == 4', 1],
  ['id ** 2 == 9', 3],
  ['-2 ** 2 == -4 and id == 1', 1],
  ['2 ** 3 ** 0 == 2 and id == 2', 2],
  ['id % 2 == 0', 2, 4],
  ['age % 3 == -2', 4],
  ['id / 2 == 1.5', 3],
  ['id / 0 == 1'],
  ['id + 9223372036854775807 > 0'],
  // numbers
  ['price == 0.1', 1],
  ['price in [0.1, 2.5]', 1, 2],
  ['price < 0.1', 4],
  ['age == 20.0', 1],
  ['age > -5.5', 1, 3, 4],
  ['age < 19.5', 3, 4],
  ['age == 0x14', 1],
  ['age == 0b10100', 1],
  ['age == 0o24', 1],
  ['id == 01', 1],
  ['price == .1', 1],
  ['price == 25e-1', 2],
  ['price == 0x1.4p1', 2],
  ['id == 0X8P-2', 2],
  ['id == +1', 1],
  ['id == 1.', 1],
  ['big == 9007199254740993', 4],
  ['big == 9007199254740992'],
  ['big > 9007199254740992.0', 4],
  ['id > -9223372036854775808', 1, 2, 3, 4],
  ['id <= 9223372036854775807', 1, 2, 3, 4],
  // strings
  ['text == "one"', 1],
  ["text == 'one'", 1],
  ['text == "it\'s\\n"', 4],
  ["text == 'it\\'s\\n'", 4],
  ['text == "\\x6f\\u006Ee"', 1],
  ['text == r"one"', 1],
  ["text == R'one'", 1],
  ['text == u8"one" or text == u"o" or text == U"o" or text == L"o"', 1],
  ['text like r"%\\%"', 2],
  ['text > "one"', 2],
  ['text != "one"', 2, 4],
  // like
  ['text like "one"', 1],
  ['text like "%e"', 1],
  ['text like "_n_"', 1],
  ['text like "%t%"', 2, 4],
  ['text like "%\\\\%"', 2],
  ['text like "%\\%"', 2],
  ['text like "%s_"', 4],
  ['not (text like "o%")', 2, 4],
  ['text not like "o%"', 2, 4],
  ['color like "%e%"', 1, 2],
  // in
  ['age in [20, 0]', 1, 3],
  ['age in [20,]', 1],
  ['age not in [20]', 3, 4],
  ['not (age in [20])', 3, 4],
  ['not age in [20]', 3, 4],
  ['age in []'],
  ['age not in []', 1, 3, 4],
  ['text in ["one", "none"]', 1],
  ['ok in [true]', 1, 4],
  ['ok not in [true]', 2],
  ['color in ["red", 5]', 1],
  ['color not in ["red"]', 2],
  ['attrs["a"] in [3]', 3],
  ['$meta["color"] in ["red"]', 1],
  ['id in [-1, 4]', 4],
  ['8 in [7, 8.0]', 1, 2, 3, 4],
  ['8 in [] or 1 + 1 not in [2]'],
  ['id == 1 and not ("a" in ["b"]) and "a" like "_"', 1],
  ['true in [true] and false not in [true]', 1, 2, 3, 4],
  // null
  ['age is null', 2],
  ['age IS NOT NULL', 1, 3, 4],
  ['age is not  null', 1, 3, 4],
  ['attrs is null', 2],
  ['attrs["a"] is null', 2, 4],
  ['color is null', 3, 4],
  ['exists color', 1, 2],
  ['exists $meta["n"]["k"]', 2],
  ['not exists color', 3, 4],
  ['exists(attrs["x y"])', 1],
  // booleans
  ['ok', 1, 4],
  ['not ok', 2],
  ['ok == true', 1, 4],
  ['ok != TRUE', 2],
  ['ok == False', 2],
  ['ok and age > 0', 1],
  ['(age > 0) == ok', 1],
  ['true', 1, 2, 3, 4],
  ['false'],
  ['1 == 1.0', 1, 2, 3, 4],
  // JSON and dynamic fields
  ['attrs["a"] == 3', 3],
  ['attrs["a"][0]["b"] == 7', 1],
  ['attrs[0] == 1', 4],
  ["attrs['x y'] == 1", 1],
  ['color == "red"', 1],
  ['color != "red"', 2],
  ['color != 5'],
  ['$meta["color"] == "red"', 1],
  ['n["k"]["j"] > 4.5', 2],
  ['$meta["n"]["k"]["j"] + 1 == 6', 2],
  ['größe == 1', 1],
  ['nothing == 1'],
  // lists
  ['json_contains(mixed, "x")', 2],
  ['json_contains(mixed, [1, 2])', 2],
  ['JSON_CONTAINS(mixed, 1.0)', 2],
  ['json_contains_all(mixed, [1, "x"])', 2],
  ['json_contains_any(mixed, [9, "x"])', 2],
  ['json_contains(attrs, 2)', 4],
  ['json_contains($meta["mixed"], 1)', 2],
  ['array_contains(tags, 2)', 1],
  ['not array_contains(tags, 2)', 2, 4],
  ['array_contains_all(tags, [1, 3])', 1],
  ['array_contains_all(tags, [])', 1, 2, 4],
  ['array_contains_any(tags, [3, 7])', 1, 4],
  ['ARRAY_LENGTH(tags) == 0', 2],
  ['array_length(tags) > 0', 1, 4],
  ['array_length(attrs["a"]) == 1', 1],
  ['tags[0] == 7', 4],
  ['tags[2] == 3', 1],
  ['tags == [1, 2, 3]', 1],
  ['tags != [1, 2, 3]', 2, 4],
  ['[] == tags', 2],
  ['attrs == [1, 2.0]', 4],
  ['mixed == [1, "x", [1, 2]]', 2],
  ['json_contains_any(attrs["a"], [1]) or json_contains_all(attrs, [1, 2])', 4],
];

/** What is wrong with each filter: its place, and words that are said of it. */
const WRONG = [
  ['nope == 1 and age = 1', 18, "did you mean '=='?"],
  ['age = 1', 4, "unexpected '='", "did you mean '=='?"],
  ['age <> 1', 4, "did you mean '!='?"],
  ['age == ', 7, 'the end of the filter'],
  ['   ', 3, 'the end of the filter'],
  ['(age == 1', 0, "'(' is not closed"],
  ['age == 1)', 8, "unexpected ')'"],
  ['age == 1 2', 9, "expected an operator, got '2'"],
  ['age age', 4, "expected an operator, got 'age'"],
  ['age == "1"', 4, 'incompatible types', "left side is int (field 'age'), right side is string"],
  ['text > 1', 5, 'incompatible types'],
  ['ok > true', 3, 'incompatible types'],
  ['ok == 1', 3, 'incompatible types'],
  ['1 < age == 2', 8, 'incompatible types'],
  ['0 < age > 2', 8, 'chain of comparisons must go one way'],
  ['age', 0, 'the filter must be a condition, got int'],
  ['age + 1', 0, 'the filter must be a condition, got int'],
  ['age and ok', 0, "each side of 'and' must be a condition, got int"],
  ['not 1', 4, 'must be a condition, got int'],
  ['text + 1 == 2', 5, "arithmetic '+' between incompatible types"],
  ['price % 2 == 0', 6, "arithmetic '%'"],
  ['age in 5', 7, "'in' needs a list"],
  ['age in ["a"]', 7, 'must hold values of type int, got a string'],
  ['age in [null]', 8, 'got null'],
  ['age in [1 2]', 10, "expected ',' or ']'"],
  ['age in [id]', 8, 'expected a value of the list'],
  ['age like "a"', 0, "'like' needs a string on its left side, got int"],
  ['text like 5', 10, "'like' needs a pattern"],
  ['age == null', 7, "'is null'"],
  ['age + 1 is null', 0, "'is null' needs a field"],
  ['age is 5', 7, "expected 'null'"],
  ['exists age', 7, "'exists' needs a path"],
  ['exists attrs', 7, "'exists' needs a path"],
  ['age["a"] == 1', 0, 'is no JSON field'],
  ['tags["a"] == 1', 0, 'tags[0]'],
  ['attrs[a] == 1', 6, 'expected a key in quotes or an index'],
  ['$meta == 1', 0, '$meta needs a key'],
  ['v == 1', 0, 'FLOAT_VECTOR cannot be part of a filter'],
  ['text_match(text, "a")', 0, 'text_match is not supported'],
  ['text_match(text, "a b", minimum_should_match=2)', 0, 'text_match is not supported'],
  ['phrase_match(text, "a b", 1)', 0, 'phrase_match is not supported'],
  ['element_filter(tags, $[a] > 1)', 0, 'element_filter is not supported'],
  ['match_all(tags, 1)', 0, 'match_all is not supported'],
  ['MATCH_LEAST(tags, 1, threshold=2)', 0, 'match_least is not supported'],
  ['st_within(text, "a")', 0, 'st_within is not supported'],
  ['geometry_contains(text, "a")', 0, 'geometry_contains is not supported'],
  ["age > ISO '2025-01-01T00:00:00Z'", 4, 'incompatible types'],
  ["age > 1 + interval 'P1D'", 8, 'incompatible types'],
  ['random_sample(1)', 14, 'must be above 0 and below 1'],
  ['random_sample(0.0)', 14, 'must be above 0 and below 1'],
  ['random_sample("a")', 14, 'needs a number, got string'],
  ['random_sample(age)', 14, "expected a number, got 'age'"],
  ['age == [1]', 4, 'incompatible types'],
  ['tags > [1]', 5, 'incompatible types'],
  ['price == 0x1.8', 9, 'needs digits and an exponent'],
  ['~age == 1', 0, 'operations on bits are not supported'],
  ['age << 1 == 1', 4, 'operations on bits are not supported'],
  ['age ^ 1 == 1', 4, 'operations on bits are not supported'],
  ['age | 1 == 1', 4, "did you mean '||'?"],
  ['text !~ "a"', 5, 'regular expressions are not supported'],
  ['json_contain(attrs, 1)', 0, "unknown function 'json_contain'", 'did you mean json_contains?'],
  ['json_contains(attrs)', 19, "expected ','"],
  ['json_contains_all(attrs, 1)', 25, 'needs a list, got int'],
  ['json_contains(age, 1)', 14, 'needs an array or a path'],
  ['array_length(tags, 1) == 1', 17, "expected ')'"],
  ['text == "abc', 8, 'a string has no end'],
  ['text == "\\q"', 9, 'unknown escape'],
  ['age == 9223372036854775808', 7, 'must fit in INT64'],
  ['age == 99999999999999999999', 7, 'must fit in INT64'],
  ['age == 1e999', 7, 'must be finite'],
  ['age == 010', 7, 'must not start with 0'],
  ['age == 12abc', 7, 'expected an operator after the number'],
  ['age == 0xzz', 7, 'expected a digit'],
  ['age & 1 == 1', 4, "did you mean '&&'?"],
  ['age == {x', 7, 'expected a name'],
  ['age == {x}', 7, "filter_params has no 'x'"],
  ['age == 1 / 0', 7, 'has no value'],
  ['text =~ "a"', 5, 'regular expressions are not supported'],
  ['age == 1 ; drop', 9, "unexpected character ';'"],
  ['größe == 1 and age = 1', 21, 'column 20'],
];

describe('the filter language', () => {
  /** @type {MilvusClient} */
  let client;
  const query = (filter, filter_params) => client.query({ collection_name: 'c', filter, filter_params, output_fields: ['id'] });
  const ids = async (...args) => (await query(...args)).map(({ id }) => id);

  before(async () => {
    client = new MilvusClient(':memory:');
    for (const [collection_name, enable_dynamic_field] of [['c', true], ['strict', false]]) {
      await client.create_collection({ collection_name, schema: { fields: FIELDS, enable_dynamic_field } });
    }
    await client.insert('c', ROWS.map((row) => ({ ...row, v: [1, 2] })));
  });
  after(() => client.close());

  for (const [filter, ...expected] of FINDS) {
    it(`finds ${expected.join(', ') || 'nothing'} by ${JSON.stringify(filter)}`, async () => assert.deepEqual(await ids(filter), expected));
  }

  for (const [filter, at, ...says] of WRONG) {
    it(`refuses ${JSON.stringify(filter)} at ${at}`, async () => {
      const error = await query(filter).then(assert.fail, (e) => e);
      assert.ok(error instanceof MilvusException, error);
      assert.equal(error.code, 1100);
      assert.equal(error.detail.at, at, error.message);
      for (const text of says) assert.ok(error.message.includes(text), error.message);
    });
  }

  it('shows the place under the line it is in', async () => {
    const error = await query('age > 1 and\n  ok = true or\n  age < 0').then(assert.fail, (e) => e);
    assert.equal(error.message, "filter: unexpected '=' at column 18\n    ok = true or\n       ^\ndid you mean '=='?");
  });

  it('suggests a name when there are only the fields of the schema', async () => {
    const strict = (filter) => client.query({ collection_name: 'strict', filter }).then(assert.fail, (e) => e);
    const near = await strict('prise > 1');
    assert.equal(near.message, "filter: unknown field 'prise' at column 1\n  prise > 1\n  ^^^^^\ndid you mean 'price'?");
    assert.deepEqual(near.detail, { field: 'prise', at: 0 });
    const far = await strict('something > 1');
    assert.match(far.message, /available fields: 'id' 'age' 'price' 'text'/);
  });

  it('takes values for templates, never through a double', async () => {
    assert.deepEqual(await ids('age in {ages}', { ages: [20, 0] }), [1, 3]);
    assert.deepEqual(await ids('big == {b}', { b: 9007199254740993n }), [4]);
    assert.deepEqual(await ids('text == { t } and ok == {yes}', { t: "it's\n", yes: true }), [4]);
    assert.deepEqual(await ids('text like {p}', { p: '%100\\%' }), [2]);
    assert.deepEqual(await ids('json_contains_any(mixed, {list})', { list: ['x'] }), [2]);
    const error = await query('age == {a}', { a: { b: 1 } }).then(assert.fail, (e) => e);
    assert.match(error.message, /'a' of filter_params must be a value or a list, got an object/);
  });

  it('samples rows anew each time, about as many as asked for', async () => {
    const rows = Array.from({ length: 3000 }, (_, i) => ({ id: i, v: [1, 2] }));
    await client.create_collection({ collection_name: 'many', schema: { fields: FIELDS.slice(0, 2) } });
    await client.insert('many', rows);
    const sample = async (filter) => (await client.query({ collection_name: 'many', filter, output_fields: ['id'] })).map(({ id }) => id);
    const [first, second] = [await sample('random_sample(0.2)'), await sample('random_sample(0.2)')];
    for (const ids of [first, second]) assert.ok(ids.length > 450 && ids.length < 750, ids.length);
    assert.notDeepEqual(first, second);
    const some = await sample('id >= 1000 and id < 2000 and random_sample(0.5)');
    assert.ok(some.length > 400 && some.length < 600 && some.every((id) => id >= 1000 && id < 2000));
  });

  it('is not exhausted by depth, length or number', async () => {
    const deep = (n) => `${'('.repeat(n)}age == 20${')'.repeat(n)}`;
    assert.deepEqual(await ids(deep(1000)), [1]);
    await assert.rejects(query(deep(100_000)), /nested at most 1024 deep/);
    await assert.rejects(query('not '.repeat(100_000) + 'ok'), /nested at most 1024 deep/);
    await assert.rejects(query('-'.repeat(100_000) + '1 == 1'), /nested at most 1024 deep/);
    await assert.rejects(query(`age in ${'['.repeat(100_000)}`), MilvusException);
    await assert.rejects(query(`age == ${'(age + 1) + ('.repeat(100)}age${')'.repeat(100)}`), /arithmetic must be nested at most 64 deep/);
    assert.deepEqual(await ids(Array.from({ length: 2000 }, (_, i) => `age == ${i + 20}`).join(' or ')), [1]);
    await assert.rejects(query(Array(20_000).fill('ok').join(' and ')), /at most 16384 terms/);
    await assert.rejects(query('ok or ' + ' '.repeat(5 << 20)), /at most 4194304 bytes/);
    assert.deepEqual(await ids(`id in [${Array.from({ length: 100_000 }, (_, i) => i * 2)}]`), [2, 4]);
    assert.deepEqual(await ids(Array(200).fill('(age == 20 or (').join('') + 'ok' + '))'.repeat(200)), [1, 4]);
  });
});
