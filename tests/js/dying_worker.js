// A worker that can be told to die.
import { parentPort } from 'node:worker_threads';
import { serveWorker } from '../../js/serve.js';

parentPort?.on('message', ({ method }) => {
  if (method === 'exit') process.exit(3);
  if (method === 'throw') throw new Error('a bug');
});
serveWorker();
