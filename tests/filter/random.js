// Random rows and random filters that have a meaning for them.

const INTEGERS = [0n, 1n, 2n, 3n, -1n, 5n, 7n, 100n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n)];
const REALS = [0, 0.1, 0.5, 1, 1.5, 2, -1, -2.5, 3, 100, 16777217, 9007199254740992, 1e19, 1e300];
const TEXTS = ['', 'a', 'b', 'ab', 'abc', 'Ab', '%', '_', 'a%c', 'a_c', '\\', '"', "it's", 'é', 'éa', '日本', '😀', '\n', 'aaab'];
const PATTERNS = ['', '%', '_', '%a%', 'a%', '%b', 'a_c', 'a\\%c', 'a\\_c', '\\\\', '__', '%_', '_%_', 'é%', '😀', '%a%b%', '%aab', 'ab', '%\\%%'];
const DOUBLES = REALS.filter((v) => v !== 16777217);

/** What arrays of an element type hold; numbers as they are kept. */
const ELEMENTS = {
  BOOL: [true, false],
  INT8: [-2n, -1n, 0n, 1n, 2n, 3n, 127n],
  INT16: [-2n, -1n, 0n, 1n, 2n, 3n, -32768n],
  INT32: [-2n, -1n, 0n, 1n, 2n, 3n, 2147483647n],
  INT64: [-2n, -1n, 0n, 1n, 2n, 3n, 2n ** 53n + 1n],
  FLOAT: [0.5, 1.5, -2.5],
  DOUBLE: [0.5, 1.5, -2.5, 0.1],
  VARCHAR: ['', 'a', 'b', 'ab', 'é'],
};
const nullableFields = ['i', 't', 'm', 'f', 'd', 's', 'b', 'at', 'js', 'list', 'other'];

/**
 * Rows, filters, and the schema they are for: which fields may be null, and what arrays hold, is random, too.
 *
 * @param {number} seed
 */
export function generator(seed) {
  let state = seed >>> 0 || 1;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  const pick = (n) => next() % n;
  const one = (list) => list[pick(list.length)];
  const chance = (n) => pick(n) === 0;
  const some = (make, most = 4) => Array.from({ length: pick(most + 1) }, make);
  const small = () => BigInt(pick(8)) - 2n;
  const integer = () => (chance(3) ? one(INTEGERS) : small());
  const orNull = (make) => () => (chance(4) ? null : make());
  const scalar = () => one([integer, () => one(DOUBLES), () => one(TEXTS), () => chance(2)])();
  /** What JSON makes of it: a whole number is an integer. */
  const json = () => {
    const value = scalar();
    return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 63 ? BigInt(value) : value;
  };
  const element = () => (chance(6) ? some(json, 2) : chance(10) ? null : json());

  /** Near the ends of months, where they differ; a few days and years of them. */
  const time = () => {
    const day = Date.UTC(one([1899, 1969, 1999, 2023, 2024]), pick(12), one([1, 15, 28, 29, 30, 31]), pick(2) * 23);
    return BigInt(day) * 1000n + (chance(4) ? 999_999n : 0n);
  };
  const isNullable = Object.fromEntries(nullableFields.map((name) => [name, !chance(4)]));
  const elementType = one(Object.keys(ELEMENTS));
  const schema = {
    enable_dynamic_field: true,
    fields: [
      { name: 'id', type: 'INT64', is_primary: true },
      { name: 'v', type: 'FLOAT_VECTOR', params: { dim: 2 } },
      { name: 'i', type: 'INT64' },
      { name: 't', type: one(['INT8', 'INT16', 'INT32', 'INT64']) },
      { name: 'm', type: one(['INT8', 'INT16', 'INT32', 'INT64']) },
      { name: 'f', type: 'FLOAT' },
      { name: 'd', type: 'DOUBLE' },
      { name: 's', type: 'VARCHAR', params: { max_length: 100 } },
      { name: 'b', type: 'BOOL' },
      { name: 'at', type: 'TIMESTAMPTZ' },
      { name: 'js', type: 'JSON' },
      { name: 'list', type: 'ARRAY', element_type: 'INT64', params: { max_capacity: 10 } },
      { name: 'other', type: 'ARRAY', element_type: elementType, params: { max_capacity: 10, ...(elementType === 'VARCHAR' && { max_length: 9 }) } },
    ].map((f) => ({ ...f, ...(isNullable[f.name] && { nullable: true }) })),
  };
  const given = (name, make) => (isNullable[name] ? orNull(make)() : make());

  const row = (id) => ({
    id: BigInt(id),
    i: given('i', integer),
    t: given('t', small),
    m: given('m', small),
    f: given('f', () => Math.fround(one(REALS.filter((v) => v < 1e30)))),
    d: given('d', () => one(REALS)),
    s: given('s', () => one(TEXTS)),
    b: given('b', () => chance(2)),
    at: given('at', time),
    js: given('js', () => ({ a: json(), l: some(element), o: { k: orNull(json)() } })),
    list: given('list', () => some(small)),
    other: given('other', () => some(() => one(ELEMENTS[elementType]))),
    ...(chance(3) ? {} : { x: orNull(json)() }),
    ...(chance(3) ? {} : { y: one([json, () => some(element), () => ({ k: json(), 0: json(), 'a b': 1n })])() }),
  });

  // ---- filters ----

  const field = (name, path, more) => ({ kind: 'field', name, text: name, path, ...more });
  const literal = (value) => ({ kind: 'literal', value });
  const intField = () => field(one(['id', 'i', 't', 'm']));
  const realField = () => (chance(2) ? field('f', undefined, { isFloat: true }) : field('d'));
  const dynamic = () => {
    const [name, path] = one([
      ['x'], ['y'], ['y', ['k']], ['y', [0]], ['y', ['0']], ['y', ['a b']], ['js', ['a']], ['js', ['l', 0]], ['js', ['l', 1]], ['js', ['o', 'k']], ['list', [0]], ['other', [0]], ['other', [1]], ['none'],
    ]);
    const isField = name === 'js' || name === 'list' || name === 'other';
    return field(name, path, isField || chance(2) ? {} : { text: `$meta["${name}"]` });
  };
  const numberField = () => one([intField, realField, dynamic])();
  const numberLiteral = () => literal(chance(2) ? integer() : one(REALS));
  const number = (depth) => {
    if (depth <= 0 || chance(2)) return chance(3) ? numberLiteral() : numberField();
    if (chance(8)) return { kind: 'minus', a: numberField() };
    if (chance(8)) return { kind: 'length', a: one([field('list'), field('other'), field('js', ['l']), field('y')]) };
    const [a, b] = chance(2) ? [numberField(), number(depth - 1)] : [withField(depth - 1), numberLiteral()];
    const hasReal = [a, b].some(isReal);
    return { kind: 'compute', op: one(hasReal ? ['+', '-', '*', '/'] : ['+', '-', '*', '/', '%']), a, b };
  };
  /** Not all of it literals: those are judged when the filter is read. */
  const withField = (depth) => {
    const node = number(depth);
    return node.kind === 'literal' ? numberField() : node;
  };
  const isReal = (node) => {
    switch (node.kind) {
      case 'literal':
        return typeof node.value === 'number';
      case 'field':
        return node.name === 'f' || node.name === 'd';
      case 'compute': {
        const mixed = isDynamic(node.a) || isDynamic(node.b);
        return !mixed && (node.op === '/' || isReal(node.a) || isReal(node.b));
      }
      case 'minus':
        return isReal(node.a);
      default:
        return false;
    }
  };
  const isDynamic = (node) =>
    node.kind === 'field' ? !['id', 'i', 't', 'm', 'f', 'd', 's', 'b'].includes(node.name)
    : node.kind === 'compute' ? isDynamic(node.a) || isDynamic(node.b)
    : node.kind === 'minus' ? isDynamic(node.a)
    : false;
  const text = () => one([() => field('s'), () => field('s'), dynamic])();
  const literalTime = () => ({ kind: 'time', value: time() });
  const movedTime = (a) => ({ kind: 'moved', op: one(['+', '-']), a, months: one([0, 1, 1, 2, 11, 12, 13, 25]), seconds: one([0n, 0n, 86400n, 1n]) });
  const someTime = (a) => (chance(3) ? a : movedTime(chance(4) ? movedTime(a) : a));
  const timeComparison = () => {
    const [a, b] = [someTime(field('at')), someTime(chance(3) ? field('at') : literalTime())];
    return { kind: 'compare', op: operator(), ...(chance(2) ? { a, b } : { a: b, b: a }) };
  };
  const operator = () => one(['==', '!=', '<', '<=', '>', '>=']);
  const comparison = () => {
    const kind = pick(7);
    if (kind === 6) return timeComparison();
    if (kind === 0) {
      const [a, b] = [text(), chance(3) ? text() : literal(one(TEXTS))];
      return { kind: 'compare', op: operator(), ...(chance(2) ? { a, b } : { a: b, b: a }) };
    }
    if (kind === 1) {
      const [op, op2] = chance(2) ? [one(['<', '<=']), one(['<', '<='])] : [one(['>', '>=']), one(['>', '>='])];
      return { kind: 'chain', op, op2, a: numberLiteral(), b: withField(1), c: chance(2) ? numberLiteral() : numberField() };
    }
    if (kind === 2) {
      const value = one([literal(integer()), literal(one(TEXTS)), dynamic()]);
      return { kind: 'compare', op: operator(), a: dynamic(), b: value };
    }
    const [a, b] = [withField(2), number(1)];
    return { kind: 'compare', op: operator(), ...(chance(2) ? { a, b } : { a: b, b: a }) };
  };
  const membership = () => {
    const negated = chance(2);
    const make = one([
      () => [numberField(), some(() => (chance(2) ? integer() : one(REALS)), chance(4) ? 20 : 4)],
      () => [field('s'), some(() => one(TEXTS), chance(4) ? 16 : 4)],
      () => [field('b'), some(() => chance(2), 3)],
      () => [dynamic(), some(json)],
    ]);
    const [a, list] = make();
    return { kind: 'in', negated, a, list };
  };
  const containment = () => {
    const a = one([field('y'), field('js', ['l']), field('list'), field('other'), field('x')]);
    const how = one(['json_contains', 'json_contains_all', 'json_contains_any']);
    const value = () => (chance(6) ? some(json, 2) : chance(3) ? small() : chance(2) ? one(ELEMENTS[elementType]) : json());
    if (chance(5)) return { kind: 'listed', op: one(['==', '!=']), turned: chance(2), a, wanted: some(value, 2) };
    return { kind: 'contains', how, a, wanted: how === 'json_contains' ? value() : some(value, 3) };
  };
  const leaf = () => {
    switch (pick(10)) {
      case 0:
        return membership();
      case 1:
        return membership();
      case 2:
        return { kind: 'like', a: text(), pattern: one(PATTERNS) };
      case 3:
        return { kind: 'null', negated: chance(2), a: one([intField, realField, text, dynamic, () => field('b'), () => field('js'), () => field('list')])() };
      case 4:
        return chance(2) ? { kind: 'exists', a: dynamic() } : containment();
      case 5:
        return one([field('b'), literal(true), literal(false), dynamic()]);
      default:
        return comparison();
    }
  };
  const filter = (depth) => {
    if (depth <= 0 || chance(4)) return leaf();
    const kind = pick(8);
    if (kind === 0) return { kind: 'not', a: filter(depth - 1) };
    if (kind === 1) return { kind: 'same', op: one(['==', '!=']), a: chance(2) ? field('b') : comparison(), b: chance(2) ? literal(chance(2)) : filter(depth - 1) };
    return { kind: chance(2) ? 'and' : 'or', a: filter(depth - 1), b: filter(depth - 1) };
  };
  return { pick, schema, row, filter: () => filter(pick(4)) };
}
