// The script of a worker: runs a transport for the page that has started it.

import { serveWorker } from './serve.js';

serveWorker();
