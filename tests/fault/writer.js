// Writes a history into a database file, and prints what has been acknowledged:
//
//   node tests/fault/writer.js <path> <seed> <first operation>
import { writeSync } from 'node:fs';
import { MilvusClient } from '../../js/index.js';
import { begin, operationAt, perform } from './history.js';

const [path, seed, first] = process.argv.slice(2);
const client = new MilvusClient(path);
await begin(client);
writeSync(1, 'open\n');
for (let i = Number(first); ; i++) {
  await perform(client, operationAt(Number(seed), i));
  writeSync(1, `${i}\n`);
}
