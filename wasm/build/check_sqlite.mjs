// Checks that the SQLite source is the one this project was tested with.
// Usage: node check_sqlite.mjs FOLDER VERSION SHA256
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const [folder, version, sha256] = process.argv.slice(2);
const source = readFileSync(`${folder}/sqlite3.c`);
const found = {
  version: /#define SQLITE_VERSION\s+"([^"]*)"/.exec(source.toString('latin1'))?.[1],
  sha256: createHash('sha256').update(source).digest('hex'),
};
if (found.version !== version || found.sha256 !== sha256) {
  console.error(`${folder}/sqlite3.c is not the pinned one:`);
  console.error(`  found     ${found.version} ${found.sha256}`);
  console.error(`  expected  ${version} ${sha256}`);
  process.exit(1);
}
console.log(`  SQLITE   ${version}, as pinned`);
