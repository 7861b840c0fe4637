// Speed in a browser, beside peers: `make bench-browser`, with BENCH_ROWS (50,000) and BENCH_ROUNDS. All engines write
// durably, ours and SQLite by the same log and one flush of it a commit, each round in a new profile. Each works in a
// worker and is measured from the page, with the way there and back; ratios are of the minima.
// SQLite searches by a loop over vectors in memory, PGlite by a scan: both are exact.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { launch, launchWithProfile, missing, root, serveFolder } from '../../browser/browser.js';
import { note, number, table, times } from '../report.mjs';
import { ROUNDS, ROWS_GIVEN } from '../settings.mjs';

const ROWS = ROWS_GIVEN ?? 50_000;
const TASK_ROWS = ROWS;
const OVERHEAD_ROWS = 2 * ROWS;
const LONG_TASK = 50; // milliseconds, as browsers have it
const LONGEST_WAY = 1; // milliseconds
const PACKAGES = 'build/bench/browser/node_modules';
const HEADERS = {
  // pglite compiles functions at run time, and both fetch their own modules
  'content-security-policy': "default-src 'self' blob: data:; script-src 'self' 'unsafe-eval' 'wasm-unsafe-eval' blob:",
  // such pages have clocks of 5 us, others of 100
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

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

const server = await serveFolder(root, { '/page.html': '<!doctype html><meta charset="utf-8"><title>bench</title>' }, HEADERS);

/** Runs a function of page.js. */
const callerOf = (page) => (name, ...args) =>
  page.evaluate(async ([name, args]) => (await import('/tests/bench/browser/page.js'))[name](...args), [name, args]);

/** A page in a profile of its own. */
async function inPage(work) {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'milvus-lite-bench-'));
  const context = await launchWithProfile(profile);
  try {
    const page = await context.newPage();
    await page.goto(`${server.url}/page.html`);
    return await work(callerOf(page));
  } finally {
    await context.close();
    fs.rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

const isInstalled = ([, , needs]) => {
  const found = !needs || fs.existsSync(path.join(root, PACKAGES, needs));
  if (!found) note(`${needs} was not installed: left out`);
  return found;
};

/** One round's times; undefined where the engine does not work here. */
async function timesOfRound([name, place]) {
  try {
    return await inPage(async (call) => ({
      ...(await call('fill', name, place, ROWS)),
      reopen: await call('reopen', name, place),
    }));
  } catch (error) {
    note(`${name}, ${place}: left out, ${error.message.split('\n')[0]}`);
  }
}

/** The least of each time; the engines take turns, because machines have better and worse minutes. */
async function benchEngines() {
  let results = CONTENDERS.filter(isInstalled).map((contender) => [contender, { insert: Infinity, one: Infinity, reopen: Infinity, search: Infinity }]);
  for (let round = 0; round < ROUNDS; round++) {
    for (const result of results) {
      const times = await timesOfRound(result[0]);
      result[1] = times && Object.fromEntries(Object.entries(result[1]).map(([key, least]) => [key, Math.min(least, times[key])]));
    }
    results = results.filter(([, least]) => least);
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

/** Milliseconds of the longest task of the page's thread meanwhile: of the thread's own time, and by the clock. */
async function longestTask(browser, page, work) {
  await browser.startTracing(page, { categories: ['toplevel'] });
  await work();
  const { traceEvents } = JSON.parse(String(await browser.stopTracing()));
  const isMain = ({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain';
  const threads = new Set(traceEvents.filter(isMain).map(({ pid, tid }) => `${pid} ${tid}`));
  const tasks = traceEvents.filter(({ name, pid, tid }) => name.endsWith('RunTask') && threads.has(`${pid} ${tid}`));
  if (tasks.length === 0) throw new Error('this Chromium tells nothing of the tasks of a page');
  const most = (key) => Math.max(...tasks.map((task) => task[key] ?? 0)) / 1000;
  return { thread: most('tdur'), clock: most('dur') };
}

async function benchTasks() {
  const browser = await launch();
  const page = await browser.newPage();
  await page.goto(`${server.url}/page.html`);
  const call = callerOf(page);
  await call('prepare', TASK_ROWS);
  const lines = [];
  for (const batch of [1000, 5000, 10_000]) {
    const { thread, clock } = await longestTask(browser, page, () => call('insertAndIndex', batch));
    const verdict = thread < LONG_TASK ? '' : `more than ${LONG_TASK} ms`;
    lines.push([`${batch} rows a call`, `${number(thread)} ms`, `by the clock ${number(clock)} ms`, verdict]);
  }
  await browser.close();
  table(`the longest task of the page's thread: ${TASK_ROWS} rows of 384 floats come and are indexed (aim ${LONG_TASK} ms)`, lines);
}

async function benchOverhead() {
  const { page, engine, over } = await inPage((call) => call('overhead', 'opfs:overhead.db', OVERHEAD_ROWS));
  table(`a search of ${OVERHEAD_ROWS} rows from the page (aim ${LONGEST_WAY} ms over the engine's own time)`, [
    ['from the page, engine in its worker', `${number(page, 2)} ms`],
    ['the engine, by its own account', `${number(engine, 2)} ms`],
    ['over, the median of each', `${number(over, 2)} ms`, over <= LONGEST_WAY ? '' : `more than ${LONGEST_WAY} ms`],
  ]);
}

console.log(`${os.cpus()[0].model}, ${os.cpus().length} cores`);
await benchEngines();
await benchTasks();
await benchOverhead();
server.close();
