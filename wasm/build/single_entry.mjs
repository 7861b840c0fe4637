// What the single file exports; as the script of its own worker it is that.

import { serveWorker } from '../../js/serve.js';

export * from '../../js/index.js';

if (/[?#]worker$/.test(import.meta.url)) serveWorker();
