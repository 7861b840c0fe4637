// The demo's page in Chromium, served as `make demo` serves it, with what a test wants to know of it.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '../../demo/serve.mjs';
import { launch, launchWithProfile } from './browser.js';

export const TEXT = `# Tides

The moon pulls the sea towards it, and twice a day the water rises and falls along the coast.

# Bread

Flour, water, salt and a little yeast. The dough rests overnight, and is baked in a very hot oven.

# Bees

A colony of bees keeps its hive at thirty-five degrees, in winter as in summer.
`;

const AXE = new URL('../../node_modules/axe-core/axe.min.js', import.meta.url);
const DESKTOP = { width: 1280, height: 800 };

/** @param {Parameters<typeof serve>[0]} [served] */
export async function startDemo(served) {
  const server = await serve({ port: 0, ...served });
  const url = `http://localhost:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}/`;
  const browser = await launch();
  return {
    url,
    browser,
    /** Somebody who was never here, with a page of theirs that is not open yet. */
    async visitor(options = {}) {
      const context = await browser.newContext({ viewport: DESKTOP, acceptDownloads: true, ...options });
      return { context, ...(await newPage(context, url)) };
    },
    async close() {
      await browser.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The demo in a browser of its own that keeps files as users' do; one that forgets has them elsewhere. */
export async function startDemoOfUser() {
  const server = await serve({ port: 0 });
  const url = `http://localhost:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}/`;
  const profile = mkdtempSync(join(tmpdir(), 'milvus-lite-demo-'));
  const context = await launchWithProfile(profile);
  return {
    url,
    context,
    ...(await newPage(context, url)),
    async close() {
      await context.close();
      server.closeAllConnections();
      server.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}

/** A page, whatever it complains of, and whatever it asks of anyone but its server. */
export async function newPage(context, url) {
  const page = await context.newPage();
  const complaints = [];
  const strangers = [];
  page.on('pageerror', (error) => complaints.push(error.stack));
  page.on('console', (message) => message.type() === 'error' && !/status of 404/.test(message.text()) && complaints.push(message.text()));
  page.on('request', (request) => !request.url().startsWith(url) && !/^(data|blob):/.test(request.url()) && strangers.push(request.url()));
  return { page, complaints, strangers };
}

/** Opens the page, and waits until it can be used. */
export async function open(page, url) {
  await page.goto(url);
  await page.waitForSelector('html[data-ready]');
}

/** Asks, and waits for the answer to this question. */
export async function ask(page, question) {
  await page.fill('#question', question);
  await page.press('#question', 'Enter');
  await answered(page);
}

/** Waits until what was asked last is answered, or refused. */
export async function answered(page) {
  await page.waitForSelector('#ask:not([aria-busy])');
  await page.waitForFunction(() => document.querySelector('.hit, .empty, .error:not([hidden]), .notice:not([hidden])'));
}

/** Adds a text of one's own. */
export async function addText(page, text) {
  await page.click('[data-key="+ add"]');
  await page.fill('#text', text);
  await page.click('#add-text');
  await page.waitForSelector('#ask:not([hidden])');
}

/** What is seriously wrong with the page as it is, for those who cannot see or point. */
export async function barriers(page) {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(readFileSync(AXE, 'utf8'));
  await page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => {}))));
  const violations = await page.evaluate(() => globalThis.axe.run().then((found) => found.violations.map(({ id, impact, nodes }) => ({ id, impact, html: nodes.map(({ html }) => html) }))));
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
}
