// The demo in a browser: a text goes in, is found, and is still there after a reload.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { serve } from '../../demo/serve.mjs';
import { LEVEL } from './drive.js';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const SCREENSHOTS = new URL('../../build/demo/screenshots/', import.meta.url).pathname;
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const TEXT = `# Tides

The moon pulls the sea towards it, and twice a day the water rises and falls along the coast.

# Bread

Flour, water, salt and a little yeast. The dough rests overnight, and is baked in a very hot oven.

# Bees

A colony of bees keeps its hive at thirty-five degrees, in winter as in summer.
`;

const { chromium } = await import('playwright-core').catch(() => ({ chromium: undefined }));
const AXE = new URL('../../node_modules/axe-core/axe.min.js', import.meta.url);
const missing = !chromium ? 'playwright-core is not installed' : !existsSync(CHROMIUM) && `there is no ${CHROMIUM}`;

describe('the demo', { skip: missing, timeout: 120_000 }, () => {
  let server, browser, context, page, url;
  /** Whatever the page complains of, and whatever it asks of anyone but its server. */
  const complaints = [];
  const strangers = [];

  before(async () => {
    server = await serve({ port: 0 });
    url = `http://localhost:${server.address().port}/`;
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    context = await browser.newContext({ viewport: { width: 1180, height: 900 }, acceptDownloads: true });
    page = await context.newPage();
    page.on('pageerror', (error) => complaints.push(error.stack));
    page.on('console', (message) => message.type() === 'error' && !/404/.test(message.text()) && complaints.push(message.text()));
    page.on('request', (request) => !request.url().startsWith(url) && !/^(data|blob):/.test(request.url()) && strangers.push(request.url()));
    mkdirSync(SCREENSHOTS, { recursive: true });
  });

  after(async () => {
    await browser?.close();
    server?.close();
  });

  const open = async () => {
    await page.goto(url);
    await page.waitForSelector('html[data-ready]');
  };
  /** What is seriously wrong for those who cannot see or point, in every panel. */
  const barriers = async () => {
    const found = [];
    await page.evaluate(readFileSync(AXE, 'utf8'));
    for (const view of ['results', 'prompt', 'engine', 'code']) {
      await page.click(`[data-view=${view}]`);
      await page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => {}))));
      const violations = await page.evaluate(() => axe.run().then(({ violations }) => violations.map(({ id, impact, nodes }) => ({ id, impact, html: nodes.map(({ html }) => html) }))));
      found.push(...violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map((violation) => ({ view, ...violation })));
    }
    return found;
  };
  const shoot = (name) => page.screenshot({ path: `${SCREENSHOTS}${name}.png` });
  const ask = async (question) => {
    await page.fill('#question', '');
    await page.fill('#question', question);
    await page.press('#question', 'Enter');
    const word = question.split(' ').at(-1);
    await page.waitForFunction((text) => [...document.querySelectorAll('.hit mark')].some((mark) => mark.textContent === text), word);
  };

  it('takes a text, and finds what is asked', async () => {
    await open();
    await shoot('add-light');
    await page.fill('#text', TEXT);
    await page.click('#add-text');
    await page.waitForSelector('#ask:not([hidden])');
    await ask('how hot is the oven');
    assert.match(await page.textContent('.hit:first-child'), /yeast/);
    assert.match(await page.textContent('.hit:first-child .where'), /Bread/);
    await page.waitForSelector('.answer:not([hidden])');
    assert.match(await page.textContent('.answer'), /very hot oven/);
    await shoot('results-light');
  });

  it('shows the prompt, the plan and the calls', async () => {
    await page.click('[data-view=prompt]');
    assert.match(await page.textContent('#prompt .preview'), /\[1\] Bread[^]*Question: how hot is the oven/);
    await page.click('[data-view=engine]');
    await page.waitForSelector('#engine .compare');
    assert.match(await page.textContent('#engine .lead'), /AUTOINDEX.* 3 rows exactly/);
    await page.click('[data-view=code]');
    const code = await page.textContent('#code');
    for (const call of ['create_collection', 'insert', 'search']) assert.match(code, new RegExp(`await client\\.${call}\\(`));
  });

  it('can be used by everyone, by light and in the dark', { skip: LEVEL === 0 && 'takes some seconds' }, async () => {
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      assert.deepEqual(await barriers(), []);
    }
    await page.emulateMedia({ colorScheme: 'light' });
  });

  it('shows what the engine says of options it refuses', async () => {
    await page.click('[data-view=results]');
    await page.click('#options summary');
    await page.selectOption('#metric', 'L2');
    await page.waitForSelector('#notice:not([hidden])');
    assert.match(await page.textContent('#notice'), /metric/);
    await page.selectOption('#metric', '');
    await page.fill('#filter', 'title ==');
    await page.press('#filter', 'Enter');
    await page.waitForSelector('#filter-error:not([hidden])');
    assert.match(await page.textContent('#filter-error'), /code \d+/);
    await page.fill('#filter', '');
    await page.press('#filter', 'Enter');
    await page.waitForSelector('#filter-error', { state: 'hidden' });
  });

  it('has everything still after a reload, where the browser keeps files', async (t) => {
    await open();
    if (!(await page.$('.storage.kept'))) return t.skip('this version keeps databases in memory in browsers');
    await ask('how warm is a hive of bees');
    assert.match(await page.textContent('.hit:first-child'), /thirty-five/);
  });

  it('exports a file that can be imported', async (t) => {
    if (!(await page.$('.storage.kept'))) return t.skip('this version keeps databases in memory in browsers');
    const downloading = page.waitForEvent('download');
    await page.click('#export');
    const file = await (await downloading).path();
    page.once('dialog', (dialog) => dialog.accept());
    await page.click('#clear');
    await page.waitForSelector('#text');
    await page.setInputFiles('#import-file', file);
    await page.waitForSelector('#ask:not([hidden])');
    await ask('how hot is the oven');
    assert.match(await page.textContent('.hit:first-child'), /yeast/);
  });

  it('fits a phone, and is dark when the system is', async () => {
    await page.emulateMedia({ colorScheme: 'dark' });
    const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.ok(Math.max(...paper.match(/\d+/g).map(Number)) < 64, paper);
    await shoot('dark');
    await page.setViewportSize({ width: 390, height: 844 });
    await shoot('phone-dark');
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
    await page.emulateMedia({ colorScheme: 'light' });
    await shoot('phone-light');
  });

  it('asks nothing of anyone else, and complains of nothing', () => {
    assert.deepEqual(strangers, []);
    assert.deepEqual(complaints, []);
  });
});
