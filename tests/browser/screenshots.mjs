// Pictures of every panel and state of the demo, light and dark, on a desktop and on a phone: `make screenshots`.
// They are for looking at; overview-*.png have them side by side.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { missing, root } from './browser.js';
import { addText, answered, ask, barriers, open, startDemo, TEXT } from './demo_page.js';

const FOLDER = `${root}build/screenshots/`;
const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
const TALLEST = 1700;

if (missing) {
  console.error(`no browser: ${missing}`);
  process.exit(1);
}
rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });

const demo = await startDemo();
const { page, complaints, strangers } = await demo.visitor();
page.setDefaultTimeout(120_000); // also where other programs run
const taken = [];
const flaws = [];

/** Takes the page as it is, in all ways. */
async function shoot(state) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    await page.evaluate(() => document.querySelector('#collections [aria-selected=true]').scrollIntoView({ block: 'nearest', inline: 'nearest' }));
    for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
      await page.emulateMedia({ colorScheme });
      await page.waitForTimeout(200); // what moves has come to rest
      const height = await page.evaluate(() => document.documentElement.scrollHeight);
      const name = `${state}-${size}-${colorScheme}.png`;
      const clip = { x: 0, y: 0, width: viewport.width, height: Math.min(TALLEST, Math.max(viewport.height, height)) };
      await page.screenshot({ path: FOLDER + name, fullPage: true, clip });
      taken.push({ name, size, colorScheme });
      for (const { id, html } of await barriers(page)) flaws.push(`${name}: ${id}: ${html[0]}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wide > 0) flaws.push(`${name}: ${wide} pixels wider than the screen`);
    }
  }
  await page.setViewportSize(SIZES.desktop);
}

/** Keeps an answer of the server back until it is let go. */
async function hold(pattern) {
  let letGo = () => {};
  const held = new Promise((resolve) => (letGo = () => resolve(undefined)));
  await page.route(pattern, async (route) => {
    await held;
    await route.continue();
  });
  return letGo;
}

const view = async (name) => {
  await page.click(`[data-view=${name}]`);
  await page.mouse.move(0, 0);
};
const collection = (name) => page.click(`[data-key$="/${name}"]`);

const letGo = await hold('**/model.onnx');
await open(page, demo.url);
await page.waitForSelector('.start');
await shoot('01-first-visit');

await page.fill('#question', 'fear of spiders');
await page.press('#question', 'Enter');
await page.waitForFunction(() => /^loading the model/.test([...document.querySelectorAll('#ask .progress:not([hidden]) span')].map((one) => one.textContent).join()));
await shoot('02-loading');
letGo();
await answered(page);
await shoot('03-words');

await view('engine');
await page.waitForSelector('.compare');
await page.click('text=Measure 100 queries');
await page.waitForFunction(() => /mean of/.test(document.querySelector('.compare caption')?.textContent ?? ''), undefined, { timeout: 120_000 });
await shoot('04-engine');
await view('code');
await shoot('05-code');
await view('prompt');
await shoot('06-prompt');

await view('results');
await page.click('#options summary');
await page.fill('#ef', '128');
await page.fill('#filter', 'pos == "noun" and used >');
await page.press('#filter', 'Enter');
await page.waitForSelector('#options-error:not([hidden])');
await shoot('07-filter-error');
await page.fill('#filter', 'pos == "interjection"');
await page.press('#filter', 'Enter');
await page.waitForSelector('#results .empty');
await shoot('08-nothing-found');
await page.fill('#filter', '');
await page.selectOption('#metric', 'L2');
await page.waitForSelector('#options-error:not([hidden])');
await shoot('09-refused');
await page.selectOption('#metric', '');
await page.fill('#ef', '');
await page.click('#options summary');

await collection('documentation');
await ask(page, 'How do I back up the database?');
await page.waitForSelector('.answer:not([hidden])');
await shoot('10-passages');
await view('prompt');
await page.check('.switch input');
await page.fill('.endpoint input[type=url]', 'https://models.example/v1');
await page.click('.endpoint button');
await page.waitForSelector('.model-answer.failed');
complaints.length = 0;
strangers.length = 0;
await shoot('11-model-refused');
await page.uncheck('.switch input');

await page.click('[data-key="+ add"]');
await page.mouse.move(0, 0);
await shoot('12-add');
await page.setInputFiles('#add input[type=file]', { name: 'photo.png', mimeType: 'image/png', buffer: Buffer.from('?') });
await page.waitForSelector('.progress.failed');
await shoot('13-add-refused');
await page.selectOption('#embedder', 'minilm');
await page.click('text=this project’s documentation');
await page.waitForFunction(() => document.querySelector('#text').value.length > 1000);
await page.click('#add-text');
await page.waitForFunction(() => /inserting/.test(document.querySelector('#add .progress').textContent));
await shoot('14-adding');
await page.waitForSelector('#ask:not([hidden])', { timeout: 300_000 });
await page.click('[data-key="+ add"]');
await page.selectOption('#embedder', 'lexical');
await addText(page, TEXT);
await shoot('15-added');
await page.focus('#question');
await page.keyboard.press('Shift+Tab');
await shoot('16-focus');

/** All of one kind beside each other. */
for (const size of Object.keys(SIZES)) {
  for (const colorScheme of ['light', 'dark']) {
    const shown = taken.filter((one) => one.size === size && one.colorScheme === colorScheme);
    const images = shown.map(({ name }) => `<figure><img src="${name}"><figcaption>${name}</figcaption></figure>`).join('');
    writeFileSync(`${FOLDER}overview.html`, `<style>body{display:flex;flex-wrap:wrap;gap:16px;align-items:start;background:#888;font:16px sans-serif}figure{margin:0}img{width:${size === 'phone' ? 300 : 600}px}</style>${images}`);
    const sheet = await demo.browser.newPage({ viewport: { width: 2500, height: 1000 } });
    await sheet.goto(`file://${FOLDER}overview.html`);
    await sheet.screenshot({ path: `${FOLDER}overview-${size}-${colorScheme}.png`, fullPage: true });
    await sheet.close();
  }
}
rmSync(`${FOLDER}overview.html`);
await demo.close();

console.log(`\n  ${taken.length} pictures are in build/screenshots\n`);
for (const flaw of [...flaws, ...complaints, ...strangers.map((address) => `a request to ${address}`)]) console.log(`  ${flaw}`);
process.exitCode = flaws.length + complaints.length + strangers.length ? 1 : 0;
