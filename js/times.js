// Times as ISO 8601 writes them.

import { Code } from './constants.js';
import { ParamError } from './errors.js';

/** @typedef {(milliseconds: number) => { minutes: number, text: string }} Offset  of a time zone, at a moment */

/** @type {Offset} */
const UTC = () => ({ minutes: 0, text: 'Z' });

/**
 * @param {string} [timezone]  as the IANA names it, 'Europe/Berlin', or an offset, '+02:00'; UTC when left out
 * @returns {Offset}
 * @throws {ParamError} for what is none
 */
function offsetOf(timezone) {
  if (timezone === undefined) return UTC;
  if (OFFSET.test(timezone)) return () => readOffset(timezone);
  const format = formatOf(timezone);
  return (milliseconds) => {
    const parts = format.formatToParts(milliseconds);
    return readOffset(parts.find(({ type }) => type === 'timeZoneName')?.value ?? '');
  };
}

/** Not every engine takes these for time zones. */
const OFFSET = /^[+-]([01]\d|2[0-3]):[0-5]\d$/;

/** @param {string} text  with '+02:00' in it, or of UTC */
function readOffset(text) {
  const [offset, sign, hours, minutes] = /([+-])(\d\d):(\d\d)/.exec(text) ?? [];
  const east = Number(hours) * 60 + Number(minutes);
  if (!offset || east === 0) return UTC(0);
  return { minutes: sign === '-' ? -east : east, text: offset };
}

/** @param {string} timeZone */
function formatOf(timeZone) {
  try {
    return new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  } catch (cause) {
    const message = `timezone must name a time zone, as 'Europe/Berlin', got ${timeZone}`;
    throw new ParamError(Code.ParameterInvalid, message, { detail: { field: 'timezone' }, cause });
  }
}

/** @param {unknown} timezone  undefined is fine */
export const checkTimezone = (timezone) => void offsetOf(/** @type {any} */ (timezone ?? undefined));

/**
 * Microseconds since 1970 as texts, without zeros at the end of their fractions.
 *
 * @param {BigInt64Array} times
 * @param {string} [timezone]
 */
export function timeTexts(times, timezone) {
  const offset = offsetOf(timezone);
  return Array.from(times, (micros) => {
    const inSecond = Number(((micros % 1000000n) + 1000000n) % 1000000n);
    const milliseconds = Number((micros - BigInt(inSecond)) / 1000n);
    const { minutes, text } = offset(milliseconds);
    const local = new Date(milliseconds + minutes * 60_000).toISOString().slice(0, -'.000Z'.length);
    const fraction = String(inSecond).padStart(6, '0').replace(/0+$/, '');
    return `${local}${fraction && '.'}${fraction}${text}`;
  });
}
