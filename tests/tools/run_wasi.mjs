// Runs a wasm program under Node's WASI. Usage: node run_wasi.mjs PROGRAM.wasm [ARGUMENT...]
import { readFileSync } from 'node:fs';
import { WASI } from 'node:wasi';

const [program, ...args] = process.argv.slice(2);
const wasi = new WASI({ version: 'preview1', args: [program, ...args], returnOnExit: true });
const module = await WebAssembly.compile(readFileSync(program));
const imports = { ...wasi.getImportObject(), env: { emscripten_notify_memory_growth() {} } };
process.exitCode = wasi.start(await WebAssembly.instantiate(module, imports));
