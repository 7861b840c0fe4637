// The worker's script where nothing can be kept.
import './no_opfs.js';
import './no_idb.js';
import '/js/worker.js';
