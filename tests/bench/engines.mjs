// Engines as processes that are asked one thing at a time, so that passes of several can take turns.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { EF_CONSTRUCTION, HNSWLIB, M, PEERS } from './settings.mjs';

const scripts = fileURLToPath(new URL('peers/', import.meta.url));

/** @param {string} name */
const script = (name) => [process.execPath, '--no-warnings', path.join(scripts, name)];
/** @param {string} name */
const installed = (name) => fs.existsSync(path.join(PEERS, name));

/**
 * @typedef {object} Kind
 * @property {string[]} command
 * @property {string[]} [own]   further arguments; only our own engines have them
 * @property {boolean} [there]  it was installed
 * @property {string} [keeps]   the ending of the file that its graph is kept in
 */

/** @type {Record<string, Kind>} */
const KINDS = {
  HNSW: { command: script('ours.mjs'), own: ['HNSW'] },
  AUTOINDEX: { command: script('ours.mjs'), own: ['AUTOINDEX'] },
  hnswlib: { command: [HNSWLIB], there: fs.existsSync(HNSWLIB), keeps: 'hnswlib' },
  usearch: { command: script('usearch.mjs'), there: installed('usearch'), keeps: 'usearch' },
  'hnswlib-wasm': { command: script('hnswlib_wasm.mjs'), there: installed('hnswlib-wasm') },
  'JavaScript loop': { command: script('loop.mjs') },
};

export class Engine {
  #process;
  #replies;
  #error = '';

  /**
   * @param {string} name
   * @param {string[]} command
   */
  constructor(name, [program, ...args]) {
    this.name = name;
    this.isOurs = KINDS[name].own !== undefined;
    this.#process = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#process.on('error', (error) => (this.#error += error.message));
    this.#process.stdin.on('error', () => {}); // it has ended: ask() says why
    this.#process.stderr.on('data', (text) => (this.#error += text));
    this.#replies = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /**
   * @param {string} command
   * @returns {Promise<string>}
   */
  async ask(command) {
    this.#process.stdin.write(`${command}\n`);
    const { value, done } = await this.#replies.next();
    if (done) throw new Error(`${this.name} ended: ${this.#error.trim().split('\n').slice(-8).join('\n') || 'it says nothing'}`);
    return value;
  }

  /** @returns {Promise<number>} seconds, NaN when the graph was kept from an earlier run */
  async build() {
    return Number(await this.ask('build'));
  }

  /**
   * Seconds a query.
   *
   * @param {number} ef
   */
  async pass(ef) {
    return Number(await this.ask(`pass ${ef}`));
  }

  /** @param {number} ef */
  async find(ef) {
    return Int32Array.from((await this.ask(`find ${ef}`)).trim().split(' '), Number);
  }

  /** Bytes of the whole process, and of WebAssembly memory in it. */
  async memory() {
    const status = `/proc/${this.#process.pid}/status`;
    const text = fs.existsSync(status) ? fs.readFileSync(status, 'utf8') : '';
    const [, kilobytes = NaN] = /VmRSS:\s*(\d+)/.exec(text) ?? [];
    return { process: Number(kilobytes) * 1024, wasm: Number(await this.ask('memory')) };
  }

  async close() {
    if (this.#process.exitCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.stdin.write('quit\n');
    await ended;
  }
}

/** Engines of these that are there, and the names of the others. */
export function available(names) {
  const there = names.filter((name) => KINDS[name].there ?? true);
  return { there, missing: names.filter((name) => !there.includes(name)) };
}

/**
 * @param {string} name
 * @param {import('./sets.mjs').Set} set
 * @param {{ file?: string, keep?: boolean }} [how]  file: of ours, else in memory; keep: the peer's graph, for the next run
 */
export function startEngine(name, set, { file, keep = true } = {}) {
  const { command, own, keeps } = KINDS[name];
  const kept = keeps && path.join(set.folder, `M${M}-ef${EF_CONSTRUCTION}.${keeps}`);
  const args = [set.baseFile, set.queriesFile, set.dim, set.metric, M, EF_CONSTRUCTION, ...(own ?? [])];
  if (kept && keep) args.push(kept);
  if (file) args.push(file);
  return new Engine(name, [...command, ...args.map(String)]);
}
