// Writes js/constants.js from what the engine says of itself.
//
//   node wasm/generate_constants.mjs [--check] [milvus_lite.wasm]
//
// --check writes nothing, and fails when the file is not what would be written.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { memoryFiles } from './files_memory.js';
import { Instance } from './instance.js';

const pathOf = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const target = pathOf('../js/constants.js');
const args = process.argv.slice(2);
const wasm = args.find((arg) => !arg.startsWith('--')) ?? pathOf('../build/milvus_lite.wasm');

const instance = new Instance(new WebAssembly.Module(readFileSync(wasm)), memoryFiles());
const engine = instance.describe();
instance.drop();

// The engine makes its lists with macros, and ends each with an empty entry.
const named = (names) => Object.fromEntries(names.filter(Boolean).map((name) => [name, name]));
const numbered = (numbers) => Object.fromEntries(Object.entries(numbers).filter(([name]) => name));
const operations = Object.fromEntries(
  engine.ops.filter(Boolean).map(({ name, bulk }, i) => [name, { id: i + 1, bulk }]),
);

/** A value as this project writes its sources. */
const literal = (value) => {
  if (typeof value !== 'object') return JSON.stringify(value).replaceAll('"', "'");
  return `{ ${Object.entries(value)
    .map(([key, part]) => `${key}: ${literal(part)}`)
    .join(', ')} }`;
};
const table = (name, values, comment = '') => {
  const lines = Object.entries(values).map(([key, value]) => `  ${key}: ${literal(value)},\n`);
  return `${comment}export const ${name} = Object.freeze({\n${lines.join('')}});\n`;
};

const source = [
  "// Generated from the engine's own description by: node wasm/generate_constants.mjs\n",
  table('DataType', numbered(engine.data_types)),
  table('MetricType', named(engine.metric_types)),
  table('IndexType', named(engine.index_types)),
  table('FunctionType', numbered(engine.function_types)),
  table('LoadState', numbered(engine.load_states)),
  table('Code', numbered(engine.codes)),
  table(
    'OPERATIONS',
    operations,
    '/** The operations: number in a message, and the parameter that travels as columns. */\n',
  ),
].join('\n');

if (args.includes('--check')) {
  if (readFileSync(target, 'utf8') !== source) {
    console.error(
      'js/constants.js is not what the engine says: run node wasm/generate_constants.mjs',
    );
    process.exitCode = 1;
  }
} else {
  writeFileSync(target, source);
}
