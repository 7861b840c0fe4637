// A headless browser, and a server of files with a strict policy.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

const { chromium } = await import('playwright-core').catch(() => ({ chromium: undefined }));

/** Why there is no browser, or false. */
export const missing = !chromium ? 'playwright-core is not installed' : !existsSync(CHROMIUM) && `there is no ${CHROMIUM}`;

export const launch = () => chromium.launch({ executablePath: CHROMIUM, args: FLAGS.split(' ') });

/** The same with files of its own, and not in a window that forgets. */
export const launchWithProfile = (folder, flags = []) =>
  chromium.launchPersistentContext(folder, { executablePath: CHROMIUM, args: [...FLAGS.split(' '), ...flags] });

/** What a page with this package must be allowed, and no more. */
export const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'";

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm', '.json': 'application/json' };

/**
 * @param {string} folder
 * @param {Record<string, string>} [pages]  text by path, before the folder's files
 * @param {Record<string, string>} [headers]  instead of the strict policy
 * @returns {Promise<{ url: string, close: () => void }>}
 */
export async function serveFolder(folder, pages = {}, headers = { 'content-security-policy': POLICY }) {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://x').pathname));
    const file = join(folder, path);
    const type = TYPES[extname(path)] ?? 'text/plain';
    const isThere = path in pages || (existsSync(file) && statSync(file).isFile());
    response.writeHead(isThere ? 200 : 404, { ...headers, 'cache-control': 'no-cache', 'content-type': type });
    response.end(isThere ? (pages[path] ?? readFileSync(file)) : '');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${server.address().port}`, close };
}

export const EMPTY_PAGE = '<!doctype html><meta charset="utf-8"><title>empty</title>';
