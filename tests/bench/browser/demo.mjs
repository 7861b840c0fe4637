// How soon the demo answers somebody who was never here, and how smooth it is while one types: `make bench-demo`, with
// BENCH_ROUNDS. Each round has a new profile, and begins when the browser has come to rest after its own start. CPU
// seconds are of all of the browser's processes until the answer: they tell more than the clock where other programs
// run, too.

import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { missing, root } from '../../browser/browser.js';
import { answered, open, startDemoOfUser } from '../../browser/demo_page.js';
import { note, number, table, timesOf } from '../report.mjs';
import { ROUNDS } from '../settings.mjs';

const COLLECTIONS = ['dictionary', 'documentation'];
const TYPED = 'a strong wish to travel and to see the world';
const KEY_PAUSE = 60; // ms, of somebody fast
const FRAME = 1000 / 60;
const LONG_TASK = 50; // ms, as browsers have it
const REST = { every: 250, share: 0.05, longest: 20_000 }; // ms, of one processor, ms

if (missing || !existsSync(`${root}build/demo/corpora/index.json`)) {
  console.error(missing ? `no browser: ${missing}` : 'the corpora are not built: make demo');
  process.exit(1);
}

async function cpuSeconds(session) {
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
}

async function rest(session) {
  for (let waited = 0; waited < REST.longest; waited += REST.every) {
    const before = await cpuSeconds(session);
    await sleep(REST.every);
    if ((await cpuSeconds(session)) - before < (REST.share * REST.every) / 1000) return;
  }
}

/** Milliseconds and CPU seconds from opening the address to the first answer. */
async function firstAnswer(collection, slowdown) {
  const demo = await startDemoOfUser();
  const { page, context } = demo;
  const session = await context.browser().newBrowserCDPSession();
  if (slowdown > 1) {
    const own = await context.newCDPSession(page);
    await own.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
  }
  await rest(session);
  const before = await cpuSeconds(session);
  const start = performance.now();
  await page.goto(demo.url);
  await page.click(`[data-key$="/${collection}"]`);
  const ready = performance.now() - start;
  await page.click('.examples button');
  await page.waitForSelector('.hit');
  const result = { ready, answer: performance.now() - start, cpu: (await cpuSeconds(session)) - before };
  await demo.close();
  return result;
}

async function benchFirst() {
  const rows = [];
  for (const [collection, slowdown] of [['dictionary', 1], ['documentation', 1], ['dictionary', 4]]) {
    const rounds = [];
    for (let round = 0; round < ROUNDS; round++) rounds.push(await firstAnswer(collection, slowdown));
    const seconds = (key, scale) => {
      const { min, median } = timesOf(rounds.map((one) => one[key] / scale));
      return `${number(min)} / ${number(median)} s`;
    };
    rows.push([slowdown > 1 ? `${collection}, page's thread ${slowdown} times slower` : collection, seconds('ready', 1000), seconds('answer', 1000), seconds('cpu', 1)]);
  }
  table(`first visit, least / median of ${ROUNDS}`, rows, ['', 'page ready', 'first answer', 'CPU']);
}

/** Frames and long tasks of the page's thread while a question is typed and answered. */
async function benchTyping() {
  const demo = await startDemoOfUser();
  const { page } = demo;
  await open(page, demo.url);
  const rows = [];
  for (const collection of COLLECTIONS) {
    await page.click(`[data-key$="/${collection}"]`);
    await page.click('.examples button');
    await answered(page);
    await page.waitForSelector('.hit');
    await page.fill('#question', '');
    await page.evaluate((longTask) => {
      const seen = (globalThis.seen = { frames: [], tasks: [], work: [], on: true });
      new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask', durationThreshold: longTask });
      let last = performance.now();
      const frame = (now) => {
        seen.frames.push(now - last);
        last = now;
        if (seen.on) requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);
    }, LONG_TASK);
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable');
    const busy = async () => Object.fromEntries((await session.send('Performance.getMetrics')).metrics.map(({ name, value }) => [name, value]));
    const before = await busy();
    await page.type('#question', TYPED, { delay: KEY_PAUSE });
    await answered(page);
    const after = await busy();
    const { frames, tasks } = await page.evaluate(() => ((globalThis.seen.on = false), globalThis.seen));
    const { median } = timesOf(frames);
    const late = frames.filter((ms) => ms > 1.5 * FRAME).length;
    const share = (after.TaskDuration - before.TaskDuration) / (after.Timestamp - before.Timestamp);
    rows.push([collection, `${number(median)} ms`, `${late} of ${frames.length}`, `${number(Math.max(...frames))} ms`, String(tasks.length), `${number(100 * share, 0)} %`]);
  }
  await demo.close();
  table(`while ${TYPED.length} keys are typed, each searched for after a pause`, rows, ['', 'frame, median', 'frames later than 25 ms', 'latest', `tasks over ${LONG_TASK} ms`, 'thread busy']);
}

await benchTyping();
await benchFirst();
note('60 frames a second are one every 16.7 ms; a browser without a screen may give them later than one with');
