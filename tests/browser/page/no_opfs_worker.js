// The worker's script where the file system refuses, as it does in private windows of some browsers.
import './no_opfs.js';
import '/js/worker.js';
