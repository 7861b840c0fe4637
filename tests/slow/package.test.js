// The package as a stranger gets it: packed, installed in an empty folder, run and compiled against there.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('the npm package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'package-'));
  const run = (command, ...args) => execFileSync(command, args, { cwd: folder, encoding: 'utf8' });
  let packed;

  before(() => {
    const pack = ['pack', '--json', '--pack-destination', folder];
    packed = JSON.parse(execFileSync('npm', pack, { cwd: root, encoding: 'utf8' }))[0];
    writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }');
    run('npm', 'install', '--silent', '--offline', '--no-audit', join(folder, packed.filename));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

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
