// What is wrong with how a command was written, before anything was done.

import { readFileSync } from 'node:fs';
import { readJson } from './json.js';

export class UsageError extends Error {}

/**
 * @param {string} name
 * @param {string | boolean | undefined} text
 * @param {{ least?: number, most?: number, fallback?: number }} [range]
 * @returns {number | undefined}
 */
export function integer(name, text, { least = 0, most = Number.MAX_SAFE_INTEGER, fallback } = {}) {
  if (text === undefined) return fallback;
  const value = /^\d+$/.test(String(text)) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(`--${name} must be an integer of at least ${least}, got '${text}'`);
}

/** @param {string | undefined} text  'a,b' */
export function list(text) {
  return text?.split(',').map((name) => name.trim()).filter(Boolean);
}

/**
 * A value given as JSON, in a file (@name) or on standard input (-).
 *
 * @param {string} name
 * @param {string | undefined} text
 */
export function json(name, text) {
  if (text === undefined) return undefined;
  try {
    if (text === '-') return readJson(readFileSync(0, 'utf8'));
    return readJson(text.startsWith('@') ? readFileSync(text.slice(1), 'utf8') : text);
  } catch (error) {
    const why = /** @type {Error} */ (error).message;
    throw new UsageError(`--${name} must be JSON, @file or -: ${why}`);
  }
}
