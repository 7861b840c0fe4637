// Speed in a browser, beside peers: `make bench-browser`, with BENCH_ROWS (10,000) and BENCH_ROUNDS. All engines write
// durably, each round in a new profile. A peer is measured inside its worker, ours from the page; ratios are of the minima.
// SQLite searches by a loop over vectors in memory, PGlite by a scan: both are exact.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { launchWithProfile, missing, root, serveFolder } from '../../browser/browser.js';
import { note, number, table, times } from '../report.mjs';
import { ROUNDS, ROWS_GIVEN } from '../settings.mjs';

const ROWS = ROWS_GIVEN ?? 10_000;
const PAGE_ROWS = Math.max(ROWS, 50_000);
const MOST_BUSY = 50; // milliseconds: browsers call more than this a long task
const PACKAGES = 'build/bench/browser/node_modules';
// pglite compiles functions at run time, and both fetch their own modules
const POLICY = "default-src 'self' blob: data:; script-src 'self' 'unsafe-eval' 'wasm-unsafe-eval' blob:";

const CONTENDERS = [
  ['ours', 'opfs'],
  ['ours', 'idb'],
  ['sqlite', 'opfs', '@sqlite.org/sqlite-wasm'],
  ['pglite', 'opfs', '@electric-sql/pglite-pgvector'],
  ['pglite', 'idb', '@electric-sql/pglite-pgvector'],
];

if (missing) {
  console.error(`no browser: ${missing}`);
  process.exit(1);
}

const server = await serveFolder(root, { '/page.html': '<!doctype html><meta charset="utf-8"><title>bench</title>' }, POLICY);

/** A page in a profile of its own; `call` runs a function of page.js. */
async function inPage(work) {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'milvus-lite-bench-'));
  const context = await launchWithProfile(profile);
  try {
    const page = await context.newPage();
    await page.goto(`${server.url}/page.html`);
    const call = (name, ...args) =>
      page.evaluate(async ([name, args]) => (await import('/tests/bench/browser/page.js'))[name](...args), [name, args]);
    return await work(call);
  } finally {
    await context.close();
    fs.rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

/** The least of each time; undefined where the engine is not there or does not work here. */
async function leastTimes([name, place, needs]) {
  if (needs && !fs.existsSync(path.join(root, PACKAGES, needs))) return note(`${needs} was not installed: left out`);
  const least = { insert: Infinity, one: Infinity, reopen: Infinity, search: Infinity };
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const times = await inPage(async (call) => ({
        ...(await call('fill', name, place, ROWS)),
        reopen: await call('reopen', name, place),
      }));
      for (const key of Object.keys(least)) least[key] = Math.min(least[key], times[key]);
    }
  } catch (error) {
    return note(`${name}, ${place}: left out, ${error.message.split('\n')[0]}`);
  }
  return least;
}

async function benchEngines() {
  const results = [];
  for (const contender of CONTENDERS) {
    const least = await leastTimes(contender);
    if (least) results.push([contender, least]);
  }
  const [[, ours]] = results;
  const rate = (time) => `${number((ROWS / time) * 1000, 0)} rows/s`;
  const milliseconds = (time) => `${number(time, time < 10 ? 2 : 0)} ms`;
  table(
    `Chromium, ${ROWS} rows of 384 floats and 100 bytes of text; x: times the time of ours in OPFS`,
    results.map(([[name, place], { insert, one, reopen, search }]) => [
      `${name}, ${place}`,
      ...[rate(insert), times(insert / ours.insert)],
      ...[milliseconds(one), times(one / ours.one)],
      ...[milliseconds(reopen), times(reopen / ours.reopen)],
      ...[milliseconds(search), times(search / ours.search)],
    ]),
    ['', 'insert', '', 'one row', '', 'reopen, search', '', 'search', ''],
  );
}

async function benchPage() {
  const lines = [];
  for (const batch of [1000, 5000]) {
    const { inserting, indexing } = await inPage((call) => call('busy', PAGE_ROWS, batch, ROUNDS));
    const longest = Math.max(inserting, indexing);
    const verdict = longest < MOST_BUSY ? '' : `more than ${MOST_BUSY} ms`;
    lines.push([`${batch} rows a call`, `inserting ${number(inserting)} ms`, `indexing ${number(indexing)} ms`, verdict]);
  }
  table(`the longest time the page's thread is busy: ${PAGE_ROWS} rows of 384 floats, OPFS (aim ${MOST_BUSY} ms)`, lines);

  const { worker, page } = await inPage((call) => call('overhead', 'opfs:overhead.db', ROWS));
  table(`a search of ${ROWS} rows from the page (aim 1 ms over the engine's own time)`, [
    ['from the page, engine in its worker', `${number(worker, 2)} ms`],
    ['engine in the page', `${number(page, 2)} ms`],
    ['over', `${number(worker - page, 2)} ms`],
  ]);
}

console.log(`${os.cpus()[0].model}, ${os.cpus().length} cores`);
await benchEngines();
await benchPage();
server.close();
