// JSON that carries what JavaScript's own cannot: 64-bit integers and typed arrays.

/**
 * @typedef {object} Rules
 * @property {boolean} [finite]  NaN and infinities are refused, else they become null
 * @property {boolean} [reals]   a number that is no exact integer does not look like one: -0, 2 ** 60
 */

/**
 * Writes a value as JSON. A bigint becomes its digits, a typed array an array; undefined members are
 * left out; a Date and whatever else has toJSON() speaks for itself.
 *
 * @param {unknown} value
 * @param {Rules} [rules]
 * @returns {string | undefined}          undefined for undefined
 * @throws {TypeError} for a function, a symbol, a Map and the like, and a value that contains itself
 */
export function writeJson(value, rules = {}) {
  return write(value, '', rules, []);
}

/**
 * @param {any} item
 * @param {string} key
 * @param {Rules} rules
 * @param {unknown[]} ancestors
 * @returns {string | undefined}
 */
function write(item, key, rules, ancestors) {
  if (typeof item === 'object' && item !== null && typeof item.toJSON === 'function') {
    item = item.toJSON(key);
  }
  switch (typeof item) {
    case 'string':
      return JSON.stringify(item);
    case 'number':
      if (Number.isFinite(item)) return rules.reals ? realText(item) : String(item);
      if (rules.finite) throw new TypeError(`${item} is not a finite number`);
      return 'null';
    case 'bigint':
      return item.toString();
    case 'boolean':
      return item ? 'true' : 'false';
    case 'undefined':
      return undefined;
    case 'object':
      return item === null ? 'null' : writeObject(item, rules, ancestors);
    default:
      throw new TypeError(`a ${typeof item} has no place in JSON`);
  }
}

/**
 * @param {any} item
 * @param {Rules} rules
 * @param {unknown[]} ancestors
 */
function writeObject(item, rules, ancestors) {
  if (ancestors.includes(item)) throw new TypeError('the value contains itself');
  ancestors.push(item);
  let text = '';
  let brackets = '{}';
  if (Array.isArray(item) || (ArrayBuffer.isView(item) && 'length' in item)) {
    brackets = '[]';
    const items = /** @type {ArrayLike<unknown>} */ (item);
    const parts = [];
    for (let i = 0; i < items.length; i++) {
      parts.push(write(items[i], String(i), rules, ancestors) ?? 'null');
    }
    text = parts.join(',');
  } else {
    const kind = Object.prototype.toString.call(item).slice('[object '.length, -1);
    if (kind !== 'Object') throw new TypeError(`a value of type ${kind} has no place in JSON`);
    for (const name of Object.keys(item)) {
      const member = write(item[name], name, rules, ancestors);
      if (member !== undefined) text += `${text && ','}${JSON.stringify(name)}:${member}`;
    }
  }
  ancestors.pop();
  return brackets[0] + text + brackets[1];
}

/** @param {number} number */
function realText(number) {
  if (Object.is(number, -0)) return '-0';
  const text = String(number);
  return Number.isSafeInteger(number) || !/^-?\d+$/.test(text) ? text : `${text}.0`;
}

const MAY_HOLD_LONG_INTEGER = /(?<![\d.])\d{16,}(?![\d.eE])/;
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * Parses JSON. An integer that a number cannot hold exactly is given to `integer`, everything else is
 * as JSON.parse has it.
 *
 * @param {string} text
 * @param {(value: bigint) => unknown} [integer]
 * @returns {any}
 */
export function readJson(text, integer = (value) => value) {
  if (!MAY_HOLD_LONG_INTEGER.test(text)) return JSON.parse(text);
  // JSON.parse would round them: they travel as strings behind a mark that the text does not have.
  let mark = '#';
  while (text.includes(mark)) mark += '#';
  const marked = text.replace(STRING_OR_NUMBER, (token) => {
    const isLong = /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token));
    return isLong ? `"${mark}${token}"` : token;
  });
  return JSON.parse(marked, (_, value) =>
    typeof value === 'string' && value.startsWith(mark)
      ? integer(BigInt(value.slice(mark.length)))
      : value,
  );
}
