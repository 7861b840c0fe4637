// A peer in a worker of its own.

import { fill, reopen } from './job.js';

const jobs = { fill, reopen };

globalThis.onmessage = async ({ data: { job, peer, args } }) => {
  try {
    const { engine } = await import(`./${peer}.js`);
    postMessage({ value: await jobs[job](engine, ...args) });
    if (job === 'reopen') await engine.close();
  } catch (error) {
    postMessage({ error: `${error.name}: ${error.message}` });
  }
};
