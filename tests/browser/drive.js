// Browsers that run functions of modules of the page, each by means that it has: Chromium by its protocol,
// Firefox, which that driver does not know, by asking the server what to do next.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { launch, launchWithProfile, missing, POLICY, root } from './browser.js';

const FIREFOX = process.env.FIREFOX ?? '/usr/bin/firefox-esr';

/** How much is tried: 0 in `make test`, 1 in `make test-browser`, 2 in `make test-browser FULL=1`. */
export const LEVEL = process.env.FULL ? 2 : process.env.BROWSERS ? 1 : 0;

/** Which browsers there are; and of the others, why not. */
export const BROWSERS = {
  chromium: { missing, start: startChromium },
  ...(LEVEL > 0 && { firefox: { missing: !existsSync(FIREFOX) && `there is no ${FIREFOX}`, start: startFirefox } }),
};

/**
 * @typedef {object} Tab
 * @property {(module: string, name: string, ...args: any[]) => Promise<any>} call  a function of a module
 * @property {() => Promise<void>} reload
 * @property {() => Promise<void>} close
 * @property {(path: string) => Promise<void>} goTo
 */

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' };
const WASM = '/build/milvus_lite.wasm';
const WASM_OF_PACKAGE = '/dist/milvus_lite.wasm'; // what was built last is meant, whatever was packed before
const PAGE = '<!doctype html><meta charset="utf-8"><title>tests</title>';
const SHIMS = { 'node:assert/strict': 'assert.js', 'node:test': 'test.js', 'node:timers/promises': 'timers.js' };

/** A test's source as a page can load it, for a kind of storage if it has one of Node's. */
function forPage(source, kind) {
  return source
    .replace(/(?<=from ')(node:[\w/]+)(?=')/g, (name) => `/tests/browser/page/${SHIMS[name] ?? 'missing.js'}`)
    .replace(/(?<=from ')(\.\/|\.\.\/conformance\/)places\.js(?=')/g, `/tests/browser/page/places.js${kind ? `?in=${kind}` : ''}`)
    .replaceAll('process.env.', 'globalThis.');
}

/** The policy for a page: what stands in it may run, and its frames may come from anywhere. */
function policyFor(page) {
  const scripts = [...page.matchAll(/<script[^>]*>([^]+?)<\/script>/g)].map(([, text]) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`);
  const frames = page.includes('<iframe') ? '; frame-src http:' : '';
  return POLICY.replace("script-src 'self'", ["script-src 'self'", ...scripts].join(' ')) + frames;
}

/**
 * Serves the repository, and passes jobs to pages that ask for them.
 *
 * @param {Record<string, string>} [pages]  others, by path; each asks for jobs when its address has a name for it
 */
export async function startServer(pages = {}) {
  const jobs = new Map(); // by tab
  const wasm = readFileSync(join(root, WASM)); // now: somebody may build another meanwhile
  const answered = new Map(); // what pages told by name, the last
  const tabOf = (name) => {
    if (!jobs.has(name)) jobs.set(name, { queue: [], ask: undefined, answers: new Map() });
    return jobs.get(name);
  };
  const give = (tab) => {
    if (tab.ask && tab.queue.length > 0) {
      tab.ask.end(JSON.stringify(tab.queue.shift()));
      tab.ask = undefined;
    }
  };
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://x');
    // a frame in a sandbox is of no origin, and every file is from elsewhere for it
    const headers = { 'content-security-policy': POLICY, 'cache-control': 'no-cache', 'access-control-allow-origin': '*' };
    if (pathname === '/next') {
      const tab = tabOf(searchParams.get('tab'));
      tab.ask = response.writeHead(200, headers);
      return give(tab);
    }
    if (pathname === '/answer') {
      let body = '';
      for await (const part of request) body += part;
      const { id, value, error } = JSON.parse(body);
      const waiting = tabOf(searchParams.get('tab')).answers.get(id);
      if (error !== undefined) waiting?.reject(new Error(error));
      else waiting?.resolve(value);
      return response.writeHead(204, headers).end();
    }
    if (pathname === '/answered') {
      for (const [name, value] of searchParams) answered.set(name, Number(value));
      return response.writeHead(204, headers).end();
    }
    const path = normalize(decodeURIComponent(pathname));
    if (path === '/page.html') return response.writeHead(200, { ...headers, 'content-type': 'text/html' }).end(PAGE);
    if (path === '/asking.html') {
      const page = `${PAGE}<script type="module" src="/tests/browser/page/ask.js"></script>`;
      return response.writeHead(200, { ...headers, 'content-type': 'text/html' }).end(page);
    }
    if (path in pages) {
      const asks = pathname !== request.url ? '<script type="module" src="/tests/browser/page/ask.js"></script>' : '';
      const own = { ...headers, 'content-type': 'text/html', 'content-security-policy': policyFor(pages[path]) };
      return response.writeHead(200, own).end(pages[path] + asks);
    }
    const file = join(root, path);
    const type = TYPES[extname(path)];
    if (!type || !existsSync(file)) return response.writeHead(404, headers).end();
    const content = [WASM, WASM_OF_PACKAGE].includes(path) ? wasm : readFileSync(file);
    const isTest = path.startsWith('/tests/') && type === TYPES['.js'];
    response.writeHead(200, { ...headers, 'content-type': type }).end(isTest ? forPage(String(content), searchParams.get('in')) : content);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  let lastJob = 0;
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    answered,
    /** Has a page that asks do something. */
    ask(name, job) {
      const tab = tabOf(name);
      const id = ++lastJob;
      return new Promise((resolve, reject) => {
        tab.answers.set(id, { resolve, reject });
        tab.queue.push({ id, ...job });
        give(tab);
      });
    },
    /** Nobody answers any more. */
    lost(why) {
      for (const { answers } of jobs.values()) for (const { reject } of answers.values()) reject(new Error(why));
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/**
 * @param {Awaited<ReturnType<typeof startServer>>} server
 * @param {{ isPrivate?: boolean, preferences?: object }} [user]  what a user has chosen
 */
async function startChromium(server, { isPrivate = false, preferences } = {}) {
  const profile = mkdtempSync(join(tmpdir(), 'chromium-'));
  mkdirSync(join(profile, 'Default'));
  if (preferences) writeFileSync(join(profile, 'Default/Preferences'), JSON.stringify(preferences));
  const open = async () => (isPrivate ? (await launch()).newContext() : launchWithProfile(profile)); // without one OPFS is in memory
  let context = await open();
  const tab = async () => {
    context ??= await open();
    const page = await context.newPage();
    await page.goto(`${server.url}/page.html`);
    return {
      page,
      call: (module, name, ...args) =>
        page.evaluate(async ([module, name, args]) => (await import(module))[name](...args), [module, name, args]),
      reload: async () => void (await page.reload()),
      close: () => page.close(),
      goTo: async (path) => void (await page.goto(server.url + path)),
    };
  };
  return {
    get context() {
      return context;
    },
    async kill() {
      const closed = new Promise((resolve) => context.once('close', resolve));
      killAllWith(profile);
      await closed;
      context = undefined;
    },
    tab,
    another: tab,
    async close() {
      const launched = isPrivate ? context?.browser() : undefined;
      await (launched ?? context)?.close();
      await remove(profile);
    },
  };
}

const PREFERENCES = {
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'browser.aboutwelcome.enabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'datareporting.healthreport.uploadEnabled': false,
  'toolkit.telemetry.reportingpolicy.firstRun': false,
  'app.update.disabledForTesting': true,
  'app.normandy.enabled': false,
  'browser.safebrowsing.downloads.remote.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'extensions.update.enabled': false,
  'toolkit.startup.max_resumed_crashes': -1, // it is killed again and again, and else ends to ask for its safe mode
  'network.http.max-persistent-connections-per-server': 100, // each tab keeps one to ask
  'dom.storageManager.prompt.testing': true,
  'dom.disable_open_during_load': false, // pages open and close tabs by themselves
  'dom.allow_scripts_to_close_windows': true,
};

/**
 * @param {Awaited<ReturnType<typeof startServer>>} server
 * @param {{ isPrivate?: boolean, preferences?: object }} [user]  what a user has chosen
 */
async function startFirefox(server, { isPrivate = false, preferences = {} } = {}) {
  const profile = mkdtempSync(join(tmpdir(), 'firefox-'));
  const all = { ...PREFERENCES, 'browser.privatebrowsing.autostart': isPrivate, ...preferences };
  const lines = Object.entries(all).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`);
  writeFileSync(join(profile, 'user.js'), lines.join('\n'));
  let child;
  let n = 0;
  const open = (name) => {
    const args = ['--headless', '--no-remote', '--profile', profile, `${server.url}/asking.html?${name}`];
    child = spawn(FIREFOX, args, { stdio: 'ignore', detached: true, env: { ...process.env, MOZ_CRASHREPORTER_DISABLE: '1' } });
    child.once('exit', (code, signal) => signal === 'SIGKILL' || server.lost(`Firefox ended by itself, with ${code ?? signal}`));
  };
  const kill = async () => {
    if (!child) return;
    const ended = new Promise((resolve) => child.once('close', resolve));
    try {
      process.kill(-child.pid, 'SIGKILL'); // the group it leads
    } catch {
      // it has ended
    }
    await ended;
    child = undefined;
  };
  const tabOf = (name) => {
    const call = (module, what, ...args) => server.ask(name, { module, name: what, args });
    const itself = (what) => (...args) => call('/tests/browser/page/ask.js', what, ...args);
    return { call, open: itself('open'), reload: itself('reload'), close: itself('close'), goTo: (path) => itself('goTo')(`${path}?${name}`) };
  };
  let first;
  return {
    /** The next one ends the one before, as a crash does. */
    async tab() {
      await kill();
      const name = `firefox-${++n}`;
      open(name);
      first = tabOf(name);
      return first;
    },
    /** One beside those that are there. */
    async another() {
      if (!child) await this.tab();
      const name = `firefox-${++n}`;
      await first.open(name);
      return tabOf(name);
    },
    kill,
    async close() {
      await kill();
      await remove(profile);
    },
  };
}

/** Kills all processes that have a text in their command. */
function killAllWith(text) {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text)) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // it has ended
    }
  }
}

/** @param {string} profile  of a browser that has been ended, and may still write */
async function remove(profile) {
  for (let i = 0; i < 20; i++) {
    try {
      return rmSync(profile, { recursive: true, force: true });
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
