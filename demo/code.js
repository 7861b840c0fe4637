// The code tab: the calls this page made of the client, as they would be written.

import { byId, copyButton, h, time } from './elements.js';

const KEPT = 40;

/** @typedef {{ method: string, source: string, ms?: number, outcome: string }} Call */
/** @type {Map<string, Call[]>}  by file, oldest first */
const callsOf = new Map();

/**
 * @template T
 * @param {string} file
 * @param {string} method
 * @param {any[]} args
 * @param {Promise<T>} result
 * @returns {Promise<T>}
 */
export async function record(file, method, args, result) {
  const start = performance.now();
  if (!callsOf.has(file)) callsOf.set(file, []);
  const calls = /** @type {Call[]} */ (callsOf.get(file));
  const source = `await client.${method}(${args.filter((arg) => arg !== undefined).map((arg) => write(arg, '')).join(', ')});`;
  /** @type {Call} */
  const call = { method, source, outcome: '…' };
  // of searches and inserts that differ in their vectors only, the last is shown
  const shape = shapeOf(source);
  const again = calls.findIndex((other) => method === 'search' && shapeOf(other.source) === shape);
  if (again >= 0) calls.splice(again, 1);
  else if (method === 'insert' && calls.at(-1)?.method === method) calls.pop();
  calls.push(call);
  if (calls.length > KEPT) calls.shift();
  try {
    const value = await result;
    call.outcome = outcome(value);
    return value;
  } catch (error) {
    call.outcome = `${error.name}: ${error.message}`;
    throw error;
  } finally {
    call.ms = performance.now() - start;
    showCode();
  }
}

/** A call without its numbers: two searches for different vectors have the same. */
const shapeOf = (source) => source.replace(/-?\d[\d.,e+ -]*/g, '0');

/** @param {any} value */
function outcome(value) {
  if (value === undefined) return '';
  if (value instanceof Uint8Array || value instanceof Blob) return `${value.length ?? value.size} bytes`;
  if (Array.isArray(value) && Array.isArray(value[0])) return `[${value.map((hits) => `${hits.length} hits`).join(', ')}]`;
  if (Array.isArray(value)) return typeof value[0] === 'string' ? write(value, '') : `${value.length} rows`;
  if (typeof value !== 'object') return String(value);
  const short = Object.entries(value).filter(([, part]) => typeof part !== 'object');
  return `{ ${short.slice(0, 3).map(([key, part]) => `${key}: ${write(part, '')}`).join(', ')}${short.length > 3 || short.length < Object.keys(value).length ? ', …' : ''} }`;
}

/** A value as JavaScript. What is long is cut, and says how much is left out. */
function write(value, indent) {
  if (typeof value === 'string') {
    const text = value.length > 72 ? `${value.slice(0, 70)}…` : value;
    return `'${text.replace(/[\\']/g, '\\$&').replace(/\n/g, '\\n')}'`;
  }
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return '({ done, total }) => { … }';
  if (value instanceof ReadableStream) return '/* the body of a response */';
  if (value instanceof Float32Array || value instanceof Int8Array) {
    const first = [...value.slice(0, 3)].map((x) => (Number.isInteger(x) ? x : x.toFixed(4))).join(', ');
    return `${value.constructor.name}.of(${first}, /* ${value.length - 3} more */)`;
  }
  if (ArrayBuffer.isView(value) || value instanceof Blob) return `/* ${value.byteLength ?? value.size} bytes */`;
  if (value === null || typeof value !== 'object') return String(value);
  if (typeof value.toJSON === 'function') value = value.toJSON();
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    const most = value[0]?.type ? value.length : typeof value[0] === 'object' ? 1 : 6; // the fields of a schema: all
    const items = value.slice(0, most).map((item) => write(item, indent));
    if (value.length > most) items.push(`/* ${value.length - most} more */`);
    return `[${items.join(', ')}]`;
  }
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  const lines = entries.map(([key, part]) => `${/^\w+$/.test(key) ? key : `'${key}'`}: ${write(part, deeper)}`);
  const line = lines.length ? `{ ${lines.join(', ')} }` : '{}';
  if (line.length + indent.length < 76 && !line.includes('\n')) return line;
  return `{\n${lines.map((text) => `${deeper}${text},\n`).join('')}${indent}}`;
}

const opening = (uri) => `import { MilvusClient } from 'milvus-lite-wasm';\n\nconst client = new MilvusClient('${uri}');`;

const program = () =>
  [opening(shown.uri), ...calls().map(({ source, outcome: said }) => `\n${source}${said ? `\n// ${said}` : ''}`)].join('\n');

const calls = () => callsOf.get(shown.file) ?? [];

let shown = { file: '', uri: '' };
/** @param {{ file: string, uri: string }} [now]  the database, and the client's address of it */
export function showCode(now = shown) {
  shown = now;
  const panel = byId('code');
  if (panel.hidden) return;
  panel.replaceChildren(
    h(
      'div.head',
      {},
      h('p.note', {}, 'What this page did with this database, newest first. The same lines run in Node.js, on a file.'),
      copyButton('Copy all', program),
    ),
    ...calls()
      .toReversed()
      .map(({ source, ms, outcome: said }) =>
        h(
          'div.call',
          {},
          h('pre.source', {}, ...highlighted(source)),
          h('p.outcome', {}, said, ms === undefined ? '' : h('span.ms', {}, time(ms))),
        ),
      ),
    h('pre.source.call', {}, ...highlighted(opening(shown.uri))),
  );
}

const TOKEN = /(?<comment>\/\*.*?\*\/)|(?<string>'(?:[^'\\\n]|\\.)*')|(?<word>\b(?:await|import|from|const|new)\b|\btrue\b|\bfalse\b|-?\b\d[\d.]*\b)|(?<method>(?<=client\.)\w+)/g;

function highlighted(source) {
  const parts = [];
  let at = 0;
  for (const found of source.matchAll(TOKEN)) {
    const [kind] = Object.entries(found.groups).find(([, text]) => text !== undefined);
    parts.push(source.slice(at, found.index), h(`span.${kind}`, {}, found[0]));
    at = found.index + found[0].length;
  }
  return [...parts, source.slice(at)];
}
