// The package as a stranger gets it: packed, installed in an empty folder, run and compiled against there.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { installPackage, root } from './installed.js';

describe('the npm package', () => {
  const run = (command, ...args) => execFileSync(command, args, { cwd: folder, encoding: 'utf8' });
  let folder;
  let packed;
  let remove;

  before(() => ({ folder, packed, remove } = installPackage()));
  after(() => remove());

  it('holds the client, the loader, one module, all of it as one file, and the types, and nothing else', () => {
    const allowed =
      /^((js|wasm)\/\w+\.js|dist\/milvus_lite\.(wasm|single\.js)|dist\/types\/(js|wasm)\/\w+\.d\.ts|package\.json|README\.md|LICENSE)$/;
    assert.deepEqual(packed.files.map((file) => file.path).filter((path) => !allowed.test(path)), []);
  });

  it('is a small download', () => {
    const module = gzipSync(readFileSync(join(root, 'dist/milvus_lite.wasm')), { level: 9 }).length;
    assert.ok(module < 600 * 1024, `the module is ${module} bytes gzipped`);
    const single = gzipSync(readFileSync(join(root, 'dist/milvus_lite.single.js')), { level: 9 }).length;
    assert.ok(single < module + 100 * 1024, `the single file is ${single} bytes gzipped`);
    assert.ok(packed.size < 1200 * 1024, `the package is ${packed.size} bytes`);
  });

  it('runs the quick start', () => {
    const program = readFileSync(join(root, 'demo/quickstart.mjs'), 'utf8');
    writeFileSync(join(folder, 'quickstart.mjs'), program.replace('../js/index.js', 'milvus-lite-wasm'));
    assert.match(run(process.execPath, 'quickstart.mjs'), /^Collection created!\nInserted 3 documents\n/);
  });

  it('compiles in TypeScript, its declarations included, without types of Node', () => {
    for (const file of ['consumer.ts', 'tsconfig.json']) cpSync(join(root, 'tests/types', file), join(folder, file));
    run(process.execPath, join(root, 'node_modules/typescript/bin/tsc'), '--project', folder);
  });
});
