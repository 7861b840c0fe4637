// What the README says of pages, word for word: its page, and its program by its commands of bundlers, under its policy.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { launch, missing, POLICY, root, serveFolder } from './browser.js';
import { BROWSERS, LEVEL, startServer } from './drive.js';

const README = readFileSync(join(root, 'README.md'), 'utf8');
/** The blocks of code under a heading, by their language. */
const blocksOf = (heading) => {
  const section = README.split(/^#+ /m).find((text) => text.startsWith(`${heading}\n`));
  assert.ok(section, `README has no heading '${heading}'`);
  return (language) => [...section.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].filter(([, name]) => name === language).map(([, , text]) => text);
};
const [PROGRAM] = blocksOf('Quick start')('js');
const inPage = blocksOf('In a page');
const [WITHOUT_BUILD, INDEX] = inPage('html');
const [LINES, BY_ESBUILD] = inPage('bash');
const [, POLICY_SAID] = /\*\*Content security policy:\*\* `(.*?)`/.exec(README);
const [, CLIENT_BY_ESBUILD] = /^esbuild .* `(new MilvusClient\(.*?\))`/m.exec(README);

const notBuilt = !existsSync(join(root, 'dist/milvus_lite.single.js')) && 'dist/milvus_lite.single.js is not built';

describe('the policy for pages', () => {
  it('of the README is the one that all tests in browsers run under', () => {
    assert.equal(POLICY, `default-src 'none'; ${POLICY_SAID}`);
  });
});

for (const [name, { missing, start }] of Object.entries(BROWSERS)) {
  describe(`the page of the README in ${name}`, { skip: missing || notBuilt, timeout: 120_000 }, () => {
    it('finds what it has kept, each time it is opened', async (t) => {
      const server = await startServer({ '/dist/page.html': WITHOUT_BUILD }); // beside the single file
      const browser = await start(server);
      t.after(async () => {
        await browser.close();
        server.close();
      });
      const tab = await browser.another();
      for (let i = 0; i < 2; i++) {
        await tab.goTo('/dist/page.html');
        assert.deepEqual(await tab.call('/tests/browser/page/quick_start.js', 'itemsOf', 2), ['apple: 0.981', 'pear: 0.800']);
        assert.ok((await tab.call('/tests/browser/page/choice.js', 'opfsNames')).includes('milvus_demo.db'));
      }
    });
  });
}

const BUNDLERS = ['vite@8.3.8', 'webpack@5.112.2', 'webpack-cli@7.3.1'];

describe('the quick start in a page', { skip: missing || notBuilt || (LEVEL === 0 && 'make test-browser has it'), timeout: 600_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'bundlers-'));
  const run = (command, args, cwd = folder) => execFileSync(command, args, { cwd, encoding: 'utf8', stdio: 'pipe' });
  let browser;

  before(async () => {
    const [{ filename }] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', folder], root));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }');
    run('npm', ['install', '--silent', '--no-audit', '--ignore-scripts', join(folder, filename)]);
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
  /** esbuild as it is here: npx finds it where the program is. */
  const linkEsbuild = () => {
    const bin = join(folder, 'node_modules/.bin');
    mkdirSync(bin, { recursive: true });
    if (!existsSync(join(bin, 'esbuild'))) symlinkSync(join(root, 'node_modules/.bin/esbuild'), join(bin, 'esbuild'));
  };

  /**
   * Puts a program together by commands, and looks whether it prints what it should in a page.
   *
   * @param {string} name
   * @param {string} commands
   * @param {string} [program]
   * @param {string} [policy]
   */
  async function assertRuns(name, commands, program = PROGRAM, policy = POLICY) {
    const app = join(folder, name);
    mkdirSync(app);
    writeFileSync(join(app, 'app.js'), program);
    writeFileSync(join(app, 'index.html'), INDEX);
    symlinkSync(join(folder, 'node_modules'), join(app, 'node_modules'));
    run('sh', ['-ec', commands], app);
    const server = await serveFolder(join(app, 'dist'), {}, { 'content-security-policy': policy });
    const context = await browser.newContext();
    const tab = await context.newPage();
    const [printed, complaints] = [[], []];
    tab.on('pageerror', (error) => complaints.push(error.message));
    tab.on('console', (message) => (message.type() === 'log' ? printed : complaints).push(message.text()));
    await tab.goto(`${server.url}/index.html`);
    for (let i = 0; i < 500 && printed.length < 2 && complaints.every((text) => /favicon|404/.test(text)); i++) await tab.waitForTimeout(20);
    await context.close();
    server.close();
    assert.deepEqual(complaints.filter((text) => !/favicon|404/.test(text)), []);
    assert.equal(printed.length, 2);
    for (const line of printed) assert.match(line, /^ {2}- (Machine|Neural|Python) .+ \(distance: [01]\.\d{4}\)$/);
  }

  const [byVite, byWebpack] = LINES.split('\n');
  it('by vite', async (t) => needsBundlers(t) && assertRuns('vite', byVite));
  it('by webpack', async (t) => needsBundlers(t) && assertRuns('webpack', byWebpack));
  it('by esbuild, which is told where the worker and the module are', async () => {
    linkEsbuild();
    const program = PROGRAM.replace(/new MilvusClient\(.*?\)/, CLIENT_BY_ESBUILD);
    assert.notEqual(program, PROGRAM);
    await assertRuns('esbuild', BY_ESBUILD, program);
  });
  it('of the single file, by esbuild: the worker is a blob then, which the policy must allow', async () => {
    linkEsbuild();
    const program = PROGRAM.replace("'milvus-lite-wasm'", "'milvus-lite-wasm/single'");
    const commands = 'npx esbuild ./app.js --bundle --minify --format=esm --outdir=dist && cp index.html dist';
    await assertRuns('single', commands, program, POLICY.replace("worker-src 'self'", "worker-src 'self' blob:"));
  });
});
