// What people see: messages, progress, tables.

import { writeJson } from './json.js';

/** @param {string} message */
export function complain(message) {
  console.error(`milvus-lite-wasm: ${message}`);
}

/** @param {unknown} value  integers of 64 bits and vectors included */
export function printJson(value) {
  console.log(writeJson(value));
}

const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB'];

/** @param {number} bytes */
export function sizeText(bytes) {
  const unit = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
  const value = bytes / 2 ** (10 * unit);
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${UNITS[unit]}`;
}

/** @param {number} n */
export const countText = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ',');

/**
 * Rows under a head, each column as wide as it must be. Numbers stand to the right.
 *
 * @param {string[]} head
 * @param {unknown[][]} rows
 */
export function tableText(head, rows) {
  const cells = rows.map((row) => row.map(cellText));
  const isNumber = head.map((_, i) => rows.every((row) => typeof row[i] === 'number'));
  const widths = head.map((name, i) => Math.max(name.length, ...cells.map((row) => row[i].length)));
  const line = (/** @type {string[]} */ row) =>
    row
      .map((cell, i) => (isNumber[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd();
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join('\n');
}

const WIDEST_CELL = 60;

/** @param {any} value */
function cellText(value) {
  if (value === undefined || value === null) return value === null ? 'null' : '';
  if (ArrayBuffer.isView(value) || (Array.isArray(value) && value.length > 4)) {
    const items = Array.from(/** @type {any} */ (value)).slice(0, 3);
    const shown = items.map((x) => (typeof x === 'number' ? String(+x.toPrecision(4)) : writeJson(x)));
    const { length } = /** @type {ArrayLike<unknown>} */ (value);
    return `[${shown.join(', ')}${length > 3 ? `, ... ${length}` : ''}]`;
  }
  const text = typeof value === 'object' ? String(writeJson(value)) : String(value);
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
  return line.length > WIDEST_CELL ? `${line.slice(0, WIDEST_CELL - 3)}...` : line;
}

const DRAW_MILLISECONDS = 100;
const LINE_MILLISECONDS = 5000;
const BAR = 24;

/** On a terminal one line that changes, elsewhere a line now and then; on standard error. */
export class Progress {
  #quiet;
  #what = '';
  #unit = '';
  #done = 0;
  /** @type {number | undefined} */
  #total;
  #began = 0;
  #shown = 0;

  /** @param {{ quiet: boolean }} options */
  constructor({ quiet }) {
    this.#quiet = quiet;
  }

  /**
   * @param {string} what     'load documents'
   * @param {'rows' | 'bytes'} unit
   * @param {number} [total]
   */
  begin(what, unit, total) {
    this.end();
    this.#what = what;
    this.#unit = unit;
    this.#total = total;
    this.#done = 0;
    this.#began = this.#shown = performance.now();
  }

  /**
   * @param {number} done
   * @param {number} [total]
   */
  at(done, total = this.#total) {
    this.#done = done;
    this.#total = total;
    const wait = process.stderr.isTTY ? DRAW_MILLISECONDS : LINE_MILLISECONDS;
    if (performance.now() - this.#shown >= wait) this.#show();
  }

  /** The last state of what has begun, and a new line. */
  end() {
    if (this.#what === '') return;
    this.#show();
    if (process.stderr.isTTY && !this.#quiet) process.stderr.write('\n');
    this.#what = '';
  }

  #show() {
    if (this.#quiet) return;
    this.#shown = performance.now();
    const line = progressText({
      what: this.#what,
      unit: this.#unit,
      done: this.#done,
      total: this.#total,
      seconds: (this.#shown - this.#began) / 1000,
      bar: Boolean(process.stderr.isTTY),
    });
    process.stderr.write(process.stderr.isTTY ? `\r\x1b[2K${line}` : `${line}\n`);
  }
}

/**
 * @param {object} p
 * @param {string} p.what
 * @param {string} p.unit
 * @param {number} p.done
 * @param {number} [p.total]
 * @param {number} p.seconds  since it began
 * @param {boolean} [p.bar]
 */
export function progressText({ what, unit, done, total, seconds, bar = false }) {
  const amount = (/** @type {number} */ n) => (unit === 'bytes' ? sizeText(n) : countText(n));
  const rate = done / Math.max(seconds, 0.001);
  const parts = [what];
  if (total) {
    const share = Math.min(done / total, 1);
    const filled = Math.round(share * BAR);
    if (bar) parts.push(`[${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}]`);
    parts.push(`${Math.floor(share * 100)}%`);
  }
  parts.push(`${amount(done)}${total ? ` of ${amount(total)}` : ''}${unit === 'bytes' ? '' : ` ${unit}`}`);
  if (done > 0) parts.push(`${amount(Math.round(rate))}${unit === 'bytes' ? '' : ` ${unit}`}/s`);
  if (total && done > 0 && done < total) parts.push(`${timeText((total - done) / rate)} left`);
  return parts.join('  ');
}

/** @param {number} seconds */
function timeText(seconds) {
  const whole = Math.ceil(seconds);
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
