// The package as a stranger gets it: packed, and installed in an empty folder.
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** @returns {{ folder: string, packed: any, bin: string, remove: () => void }} */
export function installPackage() {
  const folder = mkdtempSync(join(tmpdir(), 'package-'));
  const pack = ['pack', '--json', '--pack-destination', folder];
  const packed = JSON.parse(execFileSync('npm', pack, { cwd: root, encoding: 'utf8' }))[0];
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }');
  const install = ['install', '--silent', '--offline', '--no-audit', join(folder, packed.filename)];
  execFileSync('npm', install, { cwd: folder, encoding: 'utf8' });
  const bin = join(folder, 'node_modules/.bin/milvus-lite-wasm');
  return { folder, packed, bin, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/**
 * Runs a program to its end, whatever that is.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd: string, input?: string | Buffer, encoding?: BufferEncoding | 'buffer' }} options
 * @returns {Promise<{ code: number, out: any, err: string }>}
 */
export function runProgram(program, args, { cwd, input, encoding = 'utf8' }) {
  return new Promise((resolve) => {
    const child = execFile(program, args, { cwd, encoding, maxBuffer: 1 << 28 }, (error, out, err) => {
      resolve({ code: error ? Number(error.code ?? -1) : 0, out, err: String(err) });
    });
    child.stdin.on('error', () => {}); // it ended without reading
    child.stdin.end(input);
  });
}
