// Values of each type of scalar field: as they come back, as a program may give them, and as a filter sees them.

/** @typedef {import('./choices.js').Choices} Choices */

const INT64 = [-(2n ** 63n), 2n ** 63n - 1n];
const TEXTS = ['', ' ', 'a', 'b', 'ab', 'aab', 'Ab', 'größer', '日本', "it's", '"', '\\', '%', 'a_c', 'a\0b', '🔎', 'line\nbreak'];
const REALS = [0, 0.1, 0.5, 1, 1.5, 2, -1, -2.5, 3, 100];
const WKT = [
  'POINT (1 2)',
  'LINESTRING (0 0, 1 1)',
  'POLYGON ((0 0, 1 0, 1 1, 0 0))',
  'MULTIPOINT (1 2, 3 4)',
  'POINT EMPTY',
  'GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (0 0, 1 1))',
];

/** An integer as it comes back: a number where that is exact. */
export const integerOf = (value) => (Number.isSafeInteger(Number(value)) ? Number(value) : BigInt(value));

const bytesOf = (text) => new TextEncoder().encode(text).length;

/** Text by code points, which is how UTF-8 sorts. */
export function compareTexts(a, b) {
  const [x, y] = [[...a], [...b]];
  const at = x.findIndex((character, i) => character !== y[i]);
  if (at < 0) return x.length - y.length;
  return at >= y.length ? 1 : x[at].codePointAt(0) - y[at].codePointAt(0);
}

// ---- times ----

/** Microseconds since 1970 as text: in UTC, or so many minutes away from it. */
export function timeText(micros, minutes = 0) {
  const local = micros + BigInt(minutes) * 60_000_000n;
  const fraction = ((local % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = new Date(Number((local - fraction) / 1000n)).toISOString().slice(0, 19);
  const digits = fraction ? `.${String(fraction).padStart(6, '0').replace(/0+$/, '')}` : '';
  const two = (n) => String(n).padStart(2, '0');
  const away = Math.abs(minutes);
  const zone = minutes === 0 ? 'Z' : `${minutes < 0 ? '-' : '+'}${two(Math.floor(away / 60))}:${two(away % 60)}`;
  return `${seconds}${digits}${zone}`;
}

/** Of a time in UTC. */
export function microsOf(text) {
  const [seconds, fraction = ''] = text.slice(0, -1).split('.');
  return BigInt(Date.parse(`${seconds}Z`)) * 1000n + BigInt(fraction.padEnd(6, '0'));
}

const TIMES = [
  () => '0001-01-01T00:00:00Z',
  () => '9999-12-31T23:59:59.999999Z',
  () => '1969-12-31T23:59:59.999999Z',
  (c) => timeText(BigInt(c.pick(8)) * 86_400_000_000n),
  (c) => timeText(BigInt(c.pick(2 ** 31)) * 1_000_000n + BigInt(c.pick(1_000_000))),
  (c) => timeText(BigInt(c.pick(2 ** 31)) * 1_000_000n + BigInt(c.pick(1000)) * 1000n),
];

function givenTime(text, c) {
  const micros = microsOf(text);
  const isExtreme = text < '0002' || text > '9998';
  if (micros % 1000n === 0n && c.chance(0.3)) return new Date(Number(micros / 1000n));
  return isExtreme || c.chance(0.5) ? text : timeText(micros, c.one([60, -210, 345, 14 * 60]));
}

// ---- JSON ----

const jsonScalar = (c) => c.one([() => c.pick(5) - 1, () => c.one([0.5, -2.5, 1.5, 1e300, -1e-7]), () => c.one(TEXTS), () => c.chance(0.5)])();
const jsonLarge = (c) => c.one([2n ** 53n + 1n, ...INT64, 2n ** 70n]);

/** Any JSON but null. */
export function json(c, depth = 2) {
  const value = () => (c.chance(0.1) ? null : json(c, depth - 1));
  if (depth <= 0 || c.chance(0.3)) return c.chance(0.1) ? jsonLarge(c) : jsonScalar(c);
  if (c.chance(0.3)) return c.some(value, 3);
  const keys = c.some(() => c.one(['a', 'b', 'l', 'a b', 'ä', '0', '']), 4);
  return Object.fromEntries(keys.map((key) => [key, key === 'l' && c.chance(0.7) ? c.some(() => jsonScalar(c), 3) : value()]));
}

/** As a filter sees it: integers are bigints, numbers beyond them are reals. */
export function judgedJson(value) {
  if (Array.isArray(value)) return value.map(judgedJson);
  if (value === null || typeof value !== 'object') {
    if (typeof value === 'bigint') return value >= INT64[0] && value <= INT64[1] ? value : Number(value);
    return Number.isInteger(value) && Math.abs(value) < 2 ** 63 ? BigInt(value) : value;
  }
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, judgedJson(member)]));
}

// ---- all types ----

const integers = (bits) => {
  const end = 2 ** (bits - 1);
  const make = (_, c) => (c.chance(0.8) ? c.pick(8) - 2 : c.one([end - 1, -end, 100, -100]));
  return { make, give: (v, c) => (c.chance(0.1) ? BigInt(v) : v), judge: (v) => BigInt(v) };
};

const large = [...INT64, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 60n];

function text(field, c) {
  const fitting = (t) => bytesOf(t) <= field.params.max_length;
  return c.chance(0.9) ? c.one(TEXTS.filter(fitting)) : 'x'.repeat(field.params.max_length);
}

/**
 * make(field, choices)  a value as it comes back
 * give(value, choices)  the same as a program may give it
 * judge(value)          the same as tests/filter/model.js has it
 */
export const SCALARS = {
  BOOL: { make: (_, c) => c.chance(0.5), give: (v) => v, judge: (v) => v },
  INT8: integers(8),
  INT16: integers(16),
  INT32: integers(32),
  INT64: {
    make: (_, c) => (c.chance(0.7) ? c.pick(8) - 2 : integerOf(c.one(large))),
    give: (v, c) => c.one([v, v, BigInt(v), String(v)]),
    judge: (v) => BigInt(v),
  },
  FLOAT: {
    make: (_, c) => Math.fround(c.chance(0.9) ? c.one(REALS) : c.one([3.4028234663852886e38, 1e-45, 16777217])),
    give: (v) => v,
    judge: (v) => v,
  },
  DOUBLE: {
    make: (_, c) => (c.chance(0.9) ? c.one(REALS) : c.one([Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, Math.PI])),
    give: (v) => v,
    judge: (v) => v,
  },
  VARCHAR: { make: text, give: (v) => v, judge: (v) => v },
  TIMESTAMPTZ: { make: (_, c) => c.one(TIMES)(c), give: givenTime, judge: microsOf },
  GEOMETRY: { make: (_, c) => c.one(WKT), give: (v) => v, judge: (v) => v },
  JSON: { make: (_, c) => json(c, 3), give: (v) => v, judge: judgedJson },
  ARRAY: {
    make: (field, c) => c.some(() => SCALARS[field.element_type].make(field, c), field.params.max_capacity),
    give: (v) => v,
    judge: undefined, // by the type of its elements, see judged()
  },
};

export const ELEMENTS = ['BOOL', 'INT8', 'INT16', 'INT32', 'INT64', 'FLOAT', 'DOUBLE', 'VARCHAR'];

/** As a filter sees a field's value. */
export function judged(field, value) {
  if (value === null) return null;
  if (field.type === 'ARRAY') return value.map(SCALARS[field.element_type].judge);
  return SCALARS[field.type].judge(value);
}
