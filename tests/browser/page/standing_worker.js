// The worker's script, of an engine that can be made to stand still.
import '/js/worker.js';
import { keepThread } from './sharing.js';

new BroadcastChannel('stand still').onmessage = ({ data }) => keepThread(data);
