// Serves the demo on this machine only.
//
// Usage: node demo/serve.mjs [--port 8080] [--connect ORIGIN ...]
//
// The page may talk to this server and to other ports of this machine, and to nothing else: its
// content security policy says so. --connect adds an origin, as https://huggingface.co.
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, normalize, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The page's addresses, and what of the repository stands there. The first that fits is meant. */
const PLACES = [
  ['/demo/models/', 'build/demo/models/'],
  ['/demo/corpora/', 'build/demo/corpora/'],
  ['/demo/ort/', 'build/demo/node_modules/onnxruntime-web/dist/'],
  ['/demo/build/', undefined],
  ['/demo/', 'demo/'],
  ['/js/', 'js/'],
  ['/wasm/', 'wasm/'],
  ['/dist/milvus_lite.wasm', 'build/milvus_lite.wasm'],
];

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.md': 'text/plain; charset=utf-8',
};

const PAGE = '/demo/';
const PROGRAM = '/demo/app.js';
/** A page and each of its workers load the same modules: for so many seconds they are asked for once. */
const MODULES_KEPT = 5;
const PIECE = 1 << 20; // bytes of a file that are read at once

const HOSTS = ['http://localhost:*', 'http://127.0.0.1:*'];

const policy = (connect) =>
  [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src 'self' ${[...HOSTS, ...connect].join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

/**
 * @param {{ port?: number, connect?: string[], corpora?: string }} [options]  corpora: a folder, ending in a slash, of others
 * @returns {Promise<import('node:http').Server>}  listening
 */
export function serve({ port = 8080, connect = [], corpora } = {}) {
  const places = corpora ? [['/demo/corpora/', corpora], ...PLACES] : PLACES;
  const headers = {
    'content-security-policy': policy(connect),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-cache',
  };
  const modules = modulesOf(PROGRAM, places).then((paths) => paths.map((path) => `<${path}>; rel=modulepreload`).join(', '));
  const server = createServer((request, response) => {
    answer(request, response, headers, places, modules).catch((error) => {
      if (!response.headersSent) response.writeHead(500, headers);
      response.end(`${error.message}\n`);
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

/** What of the repository stands at an address, if anything does. */
function fileAt(path, places) {
  const [from, to] = places.find(([place]) => path.startsWith(place)) ?? [];
  return to && resolve(ROOT, to + path.slice(from.length) + (path.endsWith('/') ? 'index.html' : ''));
}

/**
 * A module, and all it imports: a page that knows them need not find them one level after the other.
 *
 * @param {string} entry  its address
 * @param {(string | undefined)[][]} places
 * @returns {Promise<string[]>}  addresses
 */
export async function modulesOf(entry, places = PLACES) {
  const found = new Set([entry]);
  for (const path of found) {
    const file = fileAt(path, places);
    const text = file ? await readFile(file, 'utf8').catch(() => '') : '';
    for (const [, to] of text.matchAll(/^(?:import|export)\b[^;']*'(\.[^']+)';/gm)) found.add(new URL(to, `http://localhost${path}`).pathname);
  }
  return [...found];
}

async function answer(request, response, headers, places, modules) {
  const refuse = (status, text) => response.writeHead(status, headers).end(`${text}\n`);
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405, 'only GET');
  // a name that another resolves to this machine is none of ours
  if (!/^(localhost|127\.0\.0\.1)(:\d+)?$/.test(request.headers.host ?? '')) return refuse(403, 'not this host');
  let path;
  try {
    path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
  } catch {
    return refuse(400, 'not an address');
  }
  if (path === '/' || path === '/demo') {
    return response.writeHead(302, { ...headers, location: PAGE }).end();
  }
  if (path.includes('\0') || normalize(path) !== path) return refuse(404, 'not found');
  const file = fileAt(path, places);
  if (!file) return refuse(404, 'not found');
  const about = await stat(file).catch(() => undefined);
  if (!about?.isFile()) return refuse(404, 'not found');
  const etag = `"${about.size}-${about.mtimeMs}"`;
  if (request.headers['if-none-match'] === etag) return response.writeHead(304, { ...headers, etag }).end();
  response.writeHead(200, {
    ...headers,
    etag,
    'content-type': TYPES[extname(file)] ?? (/LICENSE/.test(file) ? TYPES['.txt'] : 'application/octet-stream'),
    'content-length': about.size,
    ...(path === PAGE && { link: await modules }),
    ...(path.endsWith('.js') && { 'cache-control': `max-age=${MODULES_KEPT}` }),
  });
  if (request.method === 'HEAD') return response.end();
  const stream = createReadStream(file, { highWaterMark: PIECE });
  stream.on('error', () => response.destroy());
  stream.pipe(response);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({
    options: { port: { type: 'string', default: '8080' }, connect: { type: 'string', multiple: true, default: [] } },
  });
  const server = await serve({ port: Number(values.port), connect: values.connect }).catch((error) => {
    if (error.code !== 'EADDRINUSE') throw error;
    return serve({ port: 0, connect: values.connect });
  });
  console.log(`\n  The demo is at  http://localhost:${server.address().port}/   (Ctrl+C ends it)\n`);
}
