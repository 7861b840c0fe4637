// The demo as people use it: by the keyboard alone, with files of all kinds, in two tabs, with too much at once; and
// what axe-core has to say of every panel.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { missing } from './browser.js';
import { addText, answered, ask, barriers, newPage, open, startDemo, TEXT } from './demo_page.js';
import { LEVEL } from './drive.js';

/** What runs models. */
const RUNTIME = new URL('../../build/demo/node_modules/onnxruntime-web', import.meta.url);

const skip = missing || (LEVEL === 0 && 'takes half a minute');

describe('the demo in use', { skip, timeout: 300_000 }, () => {
  let demo, visitor, page;

  before(async () => {
    demo = await startDemo({ corpora: '/nowhere/' }); // not built
    visitor = await demo.visitor();
    page = visitor.page;
    await open(page, demo.url);
  });

  after(() => demo?.close());

  /** Drops files on the page. */
  const drop = async (...files) => {
    const given = await page.evaluateHandle((files) => {
      const transfer = new DataTransfer();
      for (const { name, text } of files) transfer.items.add(new File([text], name));
      return transfer;
    }, files);
    for (const type of ['dragover', 'drop']) await page.dispatchEvent('body', type, { dataTransfer: given });
  };
  const rows = async (name) => Number((await page.textContent(`[data-key$="/${name}"] small`)).replaceAll(',', ''));
  const clear = async () => {
    page.once('dialog', (dialog) => dialog.accept());
    await page.click('#clear');
    await page.waitForSelector('[data-key="+ add"]:only-child');
  };

  it('says how to build the corpora where there are none', async () => {
    assert.match(await page.textContent('#add'), /make demo/);
    assert.deepEqual(await page.locator('#collections [role=tab]').allTextContents(), ['Add something to search']);
  });

  it('can be used by the keyboard alone', async () => {
    const press = async (...keys) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    const focused = () => page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent);
    await press('Tab');
    assert.equal(await focused(), 'Skip to the question');
    for (let tabs = 0; (await focused()) !== 'text'; tabs++) {
      assert.ok(tabs < 10, await focused());
      await press('Tab');
    }
    await page.keyboard.type('The dough rests overnight.');
    await press('Tab', 'Enter');
    await page.waitForSelector('#ask:not([hidden])');
    assert.equal(await focused(), 'question');
    await page.keyboard.type('how long does dough rest');
    await press('Enter');
    await page.waitForSelector('.hit');
    for (let tabs = 0; (await focused()) !== 'Results'; tabs++) {
      assert.ok(tabs < 10, await focused());
      await press('Tab');
    }
    await press('ArrowRight', 'ArrowRight');
    assert.equal(await focused(), 'Engine');
    await page.waitForSelector('#engine .compare');
    await press('/');
    assert.equal(await focused(), 'question');
    await clear();
  });

  it('takes files of all kinds that are dropped, on any panel', async () => {
    await drop({ name: 'a.txt', text: 'Bees keep their hive warm.' }, { name: 'b.md', text: '# Sea\n\nTides rise twice a day.' });
    await page.waitForSelector('[data-key$="/texts"][aria-selected=true]');
    assert.equal(await rows('texts'), 2);
    await drop({ name: 'c.json', text: '[{"text":"Flour and salt.","year":1999}]' }, { name: 'd.csv', text: 'text,year\n"Yeast, too.",2001\n' });
    await page.waitForFunction(() => /4$/.test(document.querySelector('[data-key$="/texts"]').textContent));
    await page.click('#options summary');
    await page.fill('#filter', 'year == 1999');
    await ask(page, 'salt');
    assert.equal((await page.textContent('.hit .text')).trim(), 'Flour and salt.');
    assert.equal(await page.locator('.hit').count(), 1);
  });

  it('refuses what it cannot read, by name, and changes nothing', async () => {
    const refused = async (said, ...files) => {
      await drop(...files);
      await page.waitForFunction((text) => document.querySelector('#add .failed')?.textContent.includes(text), said);
    };
    await refused('photo.png is no text', { name: 'photo.png', text: '?' });
    await refused('bad.json: ', { name: 'bad.json', text: '[1' });
    await refused('There are no words in it', { name: 'empty.txt', text: ' \n' });
    await refused('drop it alone', { name: 'a.db', text: '' }, { name: 'b.txt', text: 'b' });
    page.once('dialog', (dialog) => dialog.accept());
    await refused('not a database', { name: 'bad.db', text: 'no database at all' });
    assert.equal(await rows('texts'), 4);
  });

  it('does not go to another origin for a model unless it was started so, and says how', { skip: !existsSync(RUNTIME) && 'the demo is not built' }, async () => {
    const { page } = await demo.visitor(); // the browser complains of it, too
    await open(page, demo.url);
    await page.selectOption('#embedder', 'minilm');
    await page.selectOption('#source', 'huggingface');
    await page.fill('#text', 'Bees keep their hive warm.');
    await page.click('#add-text');
    await page.waitForSelector('#add .failed');
    assert.match(await page.textContent('#add .failed'), /huggingface\.co.* cannot be fetched.*--connect https:\/\/huggingface\.co/);
    assert.equal(await page.inputValue('#text'), 'Bees keep their hive warm.');
  });

  it('opens a database that is dropped, in place of its own', async () => {
    await page.click('[data-key$="/texts"]');
    const downloading = page.waitForEvent('download');
    await page.click('#export');
    const file = await (await downloading).path();
    await clear();
    await page.setInputFiles('#add input[type=file]', { name: 'mine.db', mimeType: '', buffer: readFileSync(file) });
    await page.waitForSelector('[data-key$="/texts"][aria-selected=true]');
    assert.equal(await rows('texts'), 4);
    await clear();
  });

  it('takes a very long text, and can be used meanwhile', async () => {
    const word = (i) => `${'bcdfgklm'[i % 8]}${'aeiou'[i % 5]}${i}`;
    const text = Array.from({ length: 20_000 }, (_, i) => `Sentence ${word(i)} of a very long text says ${word(i * 7)}.`).join(' ');
    await page.fill('#text', text);
    await page.click('#add-text');
    await page.waitForFunction(() => /inserting · [\d,]+ of/.test(document.querySelector('#add .progress').textContent));
    await page.click('#theme');
    await page.click('#theme');
    await page.waitForSelector('#ask:not([hidden])', { timeout: 120_000 });
    assert.ok((await rows('texts')) > 1000);
    await ask(page, `which sentence says ${word(7777 * 7)}`);
    assert.match(await page.textContent('.hit'), new RegExp(word(7777 * 7)));
    await clear();
  });

  it('shows in each tab what was added in the other, once it is looked at', async () => {
    await addText(page, TEXT);
    const { page: other, complaints } = await newPage(visitor.context, demo.url);
    await open(other, demo.url);
    await ask(other, 'how hot is the oven');
    assert.match(await other.textContent('.hit'), /yeast/);
    await addText(other, 'Snow falls in winter.');
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await page.waitForFunction(() => /4$/.test(document.querySelector('[data-key$="/texts"]').textContent));
    await ask(page, 'when does snow fall');
    assert.match(await page.textContent('.hit'), /Snow/);
    await other.close();
    await ask(page, 'how hot is the oven');
    assert.match(await page.textContent('.hit'), /yeast/);
    assert.deepEqual(complaints, []);
  });

  it('goes on without a network, once it is open', async () => {
    await visitor.context.setOffline(true);
    await ask(page, 'when does snow fall');
    assert.match(await page.textContent('.hit'), /Snow/);
    await visitor.context.setOffline(false);
  });

  it('has no serious barrier in any panel, by light and in the dark', async () => {
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      for (const view of ['results', 'prompt', 'engine', 'code']) {
        await page.click(`[data-view=${view}]`);
        assert.deepEqual(await barriers(page), [], `${view}, ${colorScheme}`);
      }
      await page.fill('#filter', 'title ==');
      await page.press('#filter', 'Enter');
      await page.waitForSelector('#options-error:not([hidden])');
      assert.deepEqual(await barriers(page), [], `a filter's error, ${colorScheme}`);
      await page.fill('#filter', '');
      await page.press('#filter', 'Enter');
      await answered(page);
      await page.click('[data-key="+ add"]');
      await drop({ name: 'photo.png', text: '?' });
      await page.waitForSelector('#add .failed');
      assert.deepEqual(await barriers(page), [], `adding, ${colorScheme}`);
      await page.click('[data-key$="/texts"]');
    }
  });

  it('asks nothing of anyone else, and complains of nothing', () => {
    assert.deepEqual(visitor.strangers, []);
    assert.deepEqual(visitor.complaints, []);
  });
});
