// The package in programs that a bundler has put together, run in a browser under a strict policy.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { build } from 'esbuild';
import { EMPTY_PAGE, launch, missing, POLICY, root, serveFolder } from '../browser/browser.js';

const BUNDLERS = ['vite@8.3.8', 'webpack@5.112.2', 'webpack-cli@7.3.1'];

const program = (from) => `
  import { MilvusClient } from '${from}';
  globalThis.run = async (options) => {
    const client = new MilvusClient(options);
    await client.create_collection('c', { dimension: 4 });
    await client.insert('c', [{ id: 1, vector: [1, 2, 3, 4] }]);
    const [hits] = await client.search('c', [[1, 2, 3, 4]]);
    await client.close();
    return hits.map(({ id }) => id);
  };
`;
const page = (script) => `<!doctype html><meta charset="utf-8"><title>app</title><script type="module" src="${script}"></script>`;

describe('a bundled program', { skip: missing, timeout: 300_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'bundlers-'));
  const run = (command, args) => execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  let browser;

  before(async () => {
    const [{ filename }] = JSON.parse(
      execFileSync('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root, encoding: 'utf8' }),
    );
    writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }');
    run('npm', ['install', '--silent', '--no-audit', '--ignore-scripts', join(folder, filename)]);
    for (const [name, from] of [['app', 'milvus-lite-wasm'], ['single', 'milvus-lite-wasm/single']]) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'main.js'), program(from));
      writeFileSync(join(folder, name, 'index.html'), page('./main.js'));
    }
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Whether the bundlers can be had. */
  const install = () => {
    try {
      run('npm', ['install', '--silent', '--no-audit', '--ignore-scripts', ...BUNDLERS]);
      return true;
    } catch {
      return false;
    }
  };
  let installed;
  const needsBundlers = (t) => {
    installed ??= install();
    if (!installed) t.skip('npm could not install the bundlers');
    return installed;
  };

  async function assertRuns(output, pages = {}, options = {}, policy = POLICY) {
    const server = await serveFolder(join(folder, output), pages, policy);
    const tab = await browser.newPage();
    const complaints = [];
    tab.on('pageerror', (error) => complaints.push(error.message));
    tab.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    await tab.goto(`${server.url}/index.html`);
    await tab.waitForFunction(() => typeof run === 'function');
    for (const uri of [':memory:', './app.db']) {
      assert.deepEqual(await tab.evaluate((given) => run(given), { uri, worker: true, ...options }), [1], uri);
    }
    assert.deepEqual(complaints.filter((text) => !/favicon/.test(text)), []);
    await tab.close();
    server.close();
  }

  it('by vite', async (t) => {
    if (!needsBundlers(t)) return;
    const config = "export default { base: './', worker: { format: 'es' }, build: { modulePreload: false } };";
    writeFileSync(join(folder, 'app', 'vite.config.js'), config);
    run('npx', ['vite', 'build', 'app', '--outDir', '../by-vite', '--logLevel', 'error']);
    await assertRuns('by-vite');
  });

  it('by webpack', async (t) => {
    if (!needsBundlers(t)) return;
    run('npx', ['webpack', './app/main.js', '--mode', 'production', '--output-path', 'by-webpack', '--no-devtool']);
    await assertRuns('by-webpack', { '/index.html': page('./main.js') });
  });

  it('by esbuild, which is told where the worker and the module are', async () => {
    const entryPoints = { main: join(folder, 'app/main.js'), worker: join(folder, 'node_modules/milvus-lite-wasm/js/worker.js') };
    await build({ entryPoints, outdir: join(folder, 'by-esbuild'), bundle: true, format: 'esm', minify: true });
    copyFileSync(join(folder, 'node_modules/milvus-lite-wasm/dist/milvus_lite.wasm'), join(folder, 'by-esbuild/milvus_lite.wasm'));
    const options = { worker_url: 'worker.js', wasm_url: 'milvus_lite.wasm' };
    await assertRuns('by-esbuild', { '/index.html': page('./main.js') }, options);
  });

  it('of the single file, by esbuild: the worker is a blob then, which the policy must allow', async () => {
    const entryPoints = { main: join(folder, 'single/main.js') };
    await build({ entryPoints, outdir: join(folder, 'single-by-esbuild'), bundle: true, format: 'esm', minify: true });
    const policy = POLICY.replace("worker-src 'self'", "worker-src 'self' blob:");
    await assertRuns('single-by-esbuild', { '/index.html': page('./main.js') }, {}, policy);
  });

  it('with the single file as it is, from a script in the page', async () => {
    const pages = { '/index.html': page('./main.js'), '/main.js': program('./milvus_lite.single.js'), '/empty.html': EMPTY_PAGE };
    await assertRuns('node_modules/milvus-lite-wasm/dist', pages);
  });
});
