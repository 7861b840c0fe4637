// The filter language once more, the slow way: a filter is a tree here, which is written as text for the engine and
// judged row by row with three truths, true, false and null for unknown. Integers are bigints, reals numbers.

const INT64 = [-(2n ** 63n), 2n ** 63n - 1n];

const bytesOf = (text) => new TextEncoder().encode(text);

/** Text by its bytes in UTF-8. */
function compareTexts(a, b) {
  const [x, y] = [bytesOf(a), bytesOf(b)];
  const at = x.findIndex((byte, i) => byte !== y[i]);
  return at < 0 ? Math.sign(x.length - y.length) : Math.sign(x[at] - (y[at] ?? -1));
}

const isNumber = (v) => typeof v === 'number' || typeof v === 'bigint';

/** -1, 0, 1, or null for what cannot be compared; booleans are equal or not. */
function compare(a, b) {
  if (isNumber(a) && isNumber(b)) return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return a === b ? 0 : NaN;
  return null;
}

const ORDERED = { '<': (c) => c < 0, '<=': (c) => c <= 0, '>': (c) => c > 0, '>=': (c) => c >= 0 };

function holds(op, a, b) {
  const order = compare(a, b);
  if (order === null) return null;
  if (op === '==') return order === 0;
  if (op === '!=') return order !== 0;
  return Number.isNaN(order) || typeof a === 'boolean' ? null : ORDERED[op](order);
}

const fits = (v) => (v >= INT64[0] && v <= INT64[1] ? v : null);
const finite = (v) => (Number.isFinite(v) ? v : null);

function compute(op, a, b) {
  if (!isNumber(a) || !isNumber(b)) return null;
  if (typeof a === 'bigint' && typeof b === 'bigint') {
    if (op === '+') return fits(a + b);
    if (op === '-') return fits(a - b);
    if (op === '*') return fits(a * b);
    if (b === 0n) return null;
    return op === '/' ? finite(Number(a) / Number(b)) : a % b;
  }
  const [x, y] = [Number(a), Number(b)];
  if (op === '%') return null;
  if (op === '/') return y === 0 ? null : finite(x / y);
  return finite(op === '+' ? x + y : op === '-' ? x - y : x * y);
}

const SECOND = 1_000_000n;

/** A time in microseconds, so many months later: the calendar is that of Date. */
function monthsLater(time, months) {
  const inSecond = ((time % SECOND) + SECOND) % SECOND;
  const date = new Date(Number((time - inSecond) / 1000n));
  const day = date.getUTCDate();
  date.setUTCMonth(date.getUTCMonth() + months);
  if (date.getUTCDate() !== day) date.setUTCDate(0); // it has run into the next month
  const isYear = date.getUTCFullYear() >= 1 && date.getUTCFullYear() <= 9999;
  return isYear ? BigInt(date.getTime()) * 1000n + inSecond : null;
}

/** @param {{ op: string, a: object, months: number, seconds: bigint }} node */
function moved({ op, a, months, seconds }, row) {
  const time = valueOf(a, row);
  if (time === null) return null;
  const later = monthsLater(time, op === '-' ? -months : months);
  return later === null ? null : later + (op === '-' ? -seconds : seconds) * SECOND;
}

/** Microseconds as a text. */
export function timeOf(micros) {
  const inSecond = ((micros % SECOND) + SECOND) % SECOND;
  const date = new Date(Number((micros - inSecond) / 1000n)).toISOString().slice(0, -'.000Z'.length);
  return `${date}.${String(inSecond).padStart(6, '0')}Z`;
}

export function equal(a, b) {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((v, i) => equal(v, b[i]));
  if (a === null || b === null) return a === b;
  if (typeof a === 'object' || typeof b === 'object') {
    if (typeof a !== typeof b || Array.isArray(a) !== Array.isArray(b)) return false;
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every((key) => key in b && equal(a[key], b[key]));
  }
  return compare(a, b) === 0;
}

/** like: a character at a time, by what is left of both. */
function matches(pattern, text) {
  const [p, t] = [[...pattern], [...text]];
  let reached = new Set([0]);
  for (let i = 0; i < p.length; i++) {
    const next = new Set();
    const escaped = p[i] === '\\' && i + 1 < p.length;
    if (escaped) i++;
    for (const at of reached) {
      if (!escaped && p[i] === '%') for (let k = at; k <= t.length; k++) next.add(k);
      else if (at < t.length && ((!escaped && p[i] === '_') || p[i] === t[at])) next.add(at + 1);
    }
    reached = next;
  }
  return reached.has(t.length);
}

const not = (truth) => (truth === null ? null : !truth);
const and = (a, b) => (a === false || b === false ? false : a === null || b === null ? null : true);
const or = (a, b) => not(and(not(a), not(b)));
const same = (a, b) => (a === null || b === null ? null : a === b);
const truth = (v) => (typeof v === 'boolean' ? v : null);

/** A literal beside a FLOAT field is a FLOAT, too. */
function pair(a, b, row) {
  const [x, y] = [valueOf(a, row), valueOf(b, row)];
  const rounded = (v) => (isNumber(v) ? Math.fround(Number(v)) : v);
  return [b.isFloat && a.kind === 'literal' ? rounded(x) : x, a.isFloat && b.kind === 'literal' ? rounded(y) : y];
}

export function valueOf(node, row) {
  switch (node.kind) {
    case 'literal':
      return node.value;
    case 'field': {
      let value = row[node.name];
      for (const step of node.path ?? []) {
        const isList = Array.isArray(value);
        const leads = value !== null && typeof value === 'object' && isList === (typeof step === 'number');
        value = leads && Object.hasOwn(value, step) ? value[step] : null;
      }
      return value ?? null;
    }
    case 'compute':
      return compute(node.op, valueOf(node.a, row), valueOf(node.b, row));
    case 'minus':
      return compute('-', 0n, valueOf(node.a, row));
    case 'time':
      return node.value;
    case 'moved':
      return moved(node, row);
    case 'length': {
      const list = valueOf(node.a, row);
      return Array.isArray(list) ? BigInt(list.length) : null;
    }
    default:
      return truthOf(node, row);
  }
}

/** Each of the members is compared, and the answers joined by or. */
function isIn(node, row) {
  const value = valueOf(node.a, row);
  if (value === null) return null;
  const members = node.list.map((member) => holds('==', ...pair(node.a, { kind: 'literal', value: member }, row)));
  return members.reduce(or, false);
}

function contains({ how, a, wanted }, row) {
  const list = valueOf(a, row);
  if (!Array.isArray(list)) return null;
  const has = (value) => list.some((element) => equal(element, value));
  if (how === 'json_contains') return has(wanted);
  return how === 'json_contains_all' ? wanted.every(has) : wanted.some(has);
}

export function truthOf(node, row) {
  switch (node.kind) {
    case 'and':
      return and(truthOf(node.a, row), truthOf(node.b, row));
    case 'or':
      return or(truthOf(node.a, row), truthOf(node.b, row));
    case 'not':
      return not(truthOf(node.a, row));
    case 'same': {
      const are = same(truthOf(node.a, row), truthOf(node.b, row));
      return node.op === '==' ? are : not(are);
    }
    case 'compare':
      return holds(node.op, ...pair(node.a, node.b, row));
    case 'chain':
      return and(holds(node.op, ...pair(node.a, node.b, row)), holds(node.op2, ...pair(node.b, node.c, row)));
    case 'in':
      return node.negated ? not(isIn(node, row)) : isIn(node, row);
    case 'like': {
      const text = valueOf(node.a, row);
      return typeof text === 'string' ? matches(node.pattern, text) : null;
    }
    case 'null':
      return (valueOf(node.a, row) === null) !== node.negated;
    case 'exists':
      return valueOf(node.a, row) !== null;
    case 'contains':
      return contains(node, row);
    case 'listed': {
      const list = valueOf(node.a, row);
      return Array.isArray(list) ? equal(list, node.wanted) === (node.op === '==') : null;
    }
    default:
      return truth(valueOf(node, row));
  }
}

// ---- as text ----

const OR = 1, AND = 2, NOT = 3, EQUAL = 4, COMPARE = 5, ADD = 6, MULTIPLY = 7, SIGN = 8, LEAF = 10;

function bindsOf(node) {
  switch (node.kind) {
    case 'or':
      return OR;
    case 'and':
      return AND;
    case 'not':
      return NOT;
    case 'same':
    case 'listed':
      return EQUAL;
    case 'compare':
      return node.op === '==' || node.op === '!=' ? EQUAL : COMPARE;
    case 'chain':
    case 'in':
    case 'like':
    case 'null':
      return COMPARE;
    case 'compute':
      return node.op === '+' || node.op === '-' ? ADD : MULTIPLY;
    case 'moved':
      return ADD;
    case 'minus':
    case 'exists':
      return SIGN;
    default:
      return LEAF;
  }
}

export function quote(text, mark = '"') {
  const escaped = text.replace(/[\\\n\t]/g, (c) => ({ '\\': '\\\\', '\n': '\\n', '\t': '\\t' })[c]);
  return mark + escaped.replaceAll(mark, `\\${mark}`) + mark;
}

export function literal(value, pick = () => 0) {
  if (Array.isArray(value)) return `[${value.map((v) => literal(v, pick)).join(', ')}]`;
  if (typeof value === 'string') return quote(value, pick(2) ? "'" : '"');
  if (typeof value === 'number') return /[.e]/.test(String(value)) ? String(value) : `${value}.0`;
  return String(value);
}

/**
 * The filter's text, with as few brackets as it needs, and now and then one more.
 *
 * @param {object} node
 * @param {(n: number) => number} pick  below n, at random: how things are spelt
 */
export function textOf(node, pick) {
  const sub = (child, least) => {
    const text = textOf(child, pick);
    return bindsOf(child) < least || pick(12) === 0 ? `(${text})` : text;
  };
  const word = (...spellings) => spellings[pick(spellings.length)];
  switch (node.kind) {
    case 'literal':
      return node.template ? `{${node.template}}` : (node.text ?? literal(node.value, pick));
    case 'field':
      return node.text + (node.path ?? []).map((step) => `[${literal(typeof step === 'number' ? BigInt(step) : step)}]`).join('');
    case 'compute':
      return `${sub(node.a, bindsOf(node))} ${node.op} ${sub(node.b, bindsOf(node) + 1)}`;
    case 'minus':
      return `-${sub(node.a, SIGN)}`;
    case 'time':
      return `${word('ISO', 'iso')} '${timeOf(node.value)}'`;
    case 'moved': {
      const years = Math.floor(node.months / 12);
      const months = node.months % 12;
      const rest = node.seconds > 0n ? `T${node.seconds}S` : '';
      const length = `P${years > 0 ? `${years}Y` : ''}${months > 0 ? `${months}M` : ''}${rest}`;
      return `${sub(node.a, ADD)} ${node.op} ${word('INTERVAL', 'interval')} '${length === 'P' ? 'P0D' : length}'`;
    }
    case 'length':
      return `${word('array_length', 'ARRAY_LENGTH')}(${textOf(node.a, pick)})`;
    case 'or':
      return `${sub(node.a, OR)} ${word('or', '||', 'OR')} ${sub(node.b, AND)}`;
    case 'and':
      return `${sub(node.a, AND)} ${word('and', '&&', 'AND')} ${sub(node.b, NOT)}`;
    case 'not':
      return `${word('not ', '!', 'NOT ')}${sub(node.a, NOT)}`;
    case 'same':
    case 'compare':
      return `${sub(node.a, bindsOf(node))}${word(' ', '')}${node.op}${word(' ', '')}${sub(node.b, bindsOf(node) + 1)}`;
    case 'chain':
      return `${sub(node.a, ADD)} ${node.op} ${sub(node.b, ADD)} ${node.op2} ${sub(node.c, ADD)}`;
    case 'in':
      return `${sub(node.a, ADD)} ${node.negated ? word('not in', 'NOT IN') : word('in', 'IN')} ${node.template ? `{${node.template}}` : literal(node.list, pick)}`;
    case 'like':
      return `${sub(node.a, ADD)} ${word('like', 'LIKE')} ${quote(node.pattern)}`;
    case 'null':
      return `${sub(node.a, LEAF)} ${node.negated ? word('is not null', 'IS NOT NULL') : word('is null', 'IS NULL')}`;
    case 'exists':
      return `${word('exists', 'EXISTS')} ${sub(node.a, LEAF)}`;
    case 'listed': {
      const sides = [textOf(node.a, pick), literal(node.wanted, pick)];
      return `${sides[node.turned ? 1 : 0]} ${node.op} ${sides[node.turned ? 0 : 1]}`;
    }
    case 'contains':
      return `${word(node.how, node.how.toUpperCase())}(${textOf(node.a, pick)}, ${literal(node.wanted, pick)})`;
    default:
      throw new Error(node.kind);
  }
}
