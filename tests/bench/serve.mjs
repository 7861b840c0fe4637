// serve beside `milvus-lite server`, Milvus' own pure Python one: `make bench-serve`. The same pymilvus script asks both,
// in turn, each in a new folder.
//
// BENCH_ROWS, BENCH_SECONDS, BENCH_ROUNDS   sizes

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bin = join(root, 'build/bench/venv/bin');
const ROWS = Number(process.env.BENCH_ROWS ?? 50_000);
const SECONDS = Number(process.env.BENCH_SECONDS ?? 5);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const PORTS = { serve: 19541, 'milvus-lite server': 19542 };

const folder = mkdtempSync(join(tmpdir(), 'bench-serve-'));
const commands = {
  serve: [process.execPath, join(root, 'js/cli.js'), 'serve', join(folder, 'bench.db'), '--create', '--port'],
  'milvus-lite server': [join(bin, 'milvus-lite'), 'server', '--data-dir', join(folder, 'peer'), '--host', '127.0.0.1', '--port'],
};

/** @type {Record<string, import('node:child_process').ChildProcess>} */
const servers = {};

/** Starts both; the first finds gRPC where it runs. */
async function start() {
  for (const [name, [program, ...args]] of Object.entries(commands)) {
    servers[name] = spawn(program, [...args, String(PORTS[name])], { cwd: join(root, 'build/ecosystem'), stdio: 'ignore' });
  }
  const running = Object.values(servers);
  for (const port of Object.values(PORTS)) {
    while (!(await answers(port))) await pause(100);
  }
  return async () => {
    const ended = running.map((child) => once(child, 'exit'));
    for (const child of running) child.kill('SIGTERM');
    await Promise.all(ended);
  };
}

const answers = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });

async function rateOf(name, ...step) {
  const script = join(root, 'tests/bench/serve.py');
  const { stdout } = await promisify(execFile)(join(bin, 'python'), [script, `http://127.0.0.1:${PORTS[name]}`, ...step.map(String)]);
  return JSON.parse(stdout).rate;
}

/** The best of some rounds, in turn. */
async function compare(title, unit, rounds, ...step) {
  const best = Object.fromEntries(Object.keys(PORTS).map((name) => [name, 0]));
  for (let round = 0; round < rounds; round++) {
    for (const name of Object.keys(PORTS)) {
      // what the other one has left to do does not count here
      const others = Object.keys(servers).filter((other) => other !== name);
      for (const other of others) servers[other].kill('SIGSTOP');
      best[name] = Math.max(best[name], await rateOf(name, ...step));
      for (const other of others) servers[other].kill('SIGCONT');
    }
  }
  const [ours, theirs] = Object.values(best);
  const text = (rate) => Math.round(rate).toLocaleString('en').padStart(9);
  console.log(`${title.padEnd(36)} ${text(ours)} ${text(theirs)}  ${unit}   ${(ours / theirs).toFixed(1)} times`);
}

const stop = await start();
try {
  console.log(`${''.padEnd(36)}     serve milvus-lite server`);
  await compare(`insert ${ROWS} x 384, 1000 a batch`, 'rows/s', 1, 'insert', ROWS);
  await compare('search, ten hits with a text', 'a second', ROUNDS, 'search', SECONDS, 1);
  await compare('search, ten clients at once', 'a second', ROUNDS, 'search', SECONDS, 10);
} finally {
  await stop();
  rmSync(folder, { recursive: true, force: true });
}
