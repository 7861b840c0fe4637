// The demo in a browser: a corpus is loaded and asked, a text goes in and is found, a model is sent the prompt, and
// all is still there after a reload.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { missing, root } from './browser.js';
import { addText, answered, ask, open, startDemo, TEXT } from './demo_page.js';

const WORDS = [
  ['arachnophobia', 'a morbid fear of spiders', 'noun'],
  ['claustrophobia', 'a morbid fear of being closed in a confined space', 'noun'],
  ['procrastinate', 'postpone doing what one should be doing', 'verb'],
  ['ephemeral', 'lasting a very short time', 'adjective'],
];

/** Corpora of a few rows, made as those of `make demo` are, with the embedder that needs no model. */
function makeCorpora() {
  const folder = `${mkdtempSync(join(tmpdir(), 'milvus-lite-demo-'))}/`;
  const words = WORDS.map(([title, meaning, pos]) => ({ text: meaning, title, also: '', pos, example: '' }));
  const passages = [{ text: 'Copy the file to back up the database.', title: 'Backup', source: 'README.md' }];
  writeFileSync(`${folder}dictionary.json`, JSON.stringify({ rows: words }));
  writeFileSync(`${folder}docs.json`, JSON.stringify({ rows: passages }));
  execFileSync(process.execPath, [join(root, 'demo/build/databases.mjs'), folder]);
  return folder;
}

/** A model that says what it is told to, in pieces, and remembers what it was asked. */
async function startModel() {
  const asked = [];
  const model = { asked, pieces: ['Very ', 'hot ', '[1].'], status: 200 };
  const server = createServer(async (request, response) => {
    const headers = { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' };
    if (request.method === 'OPTIONS') return response.writeHead(204, headers).end();
    let body = '';
    for await (const part of request) body += part;
    asked.push({ path: request.url, key: request.headers.authorization, ...JSON.parse(body) });
    if (model.status !== 200) return response.writeHead(model.status, headers).end('{"error":{"message":"no such model: tiny"}}');
    response.writeHead(200, { ...headers, 'content-type': 'text/event-stream' });
    const half = (text) => [text.slice(0, 9), text.slice(9)]; // what arrives does not end where an event does
    for (const content of model.pieces) {
      for (const part of half(`data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`)) {
        response.write(part);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
    response.end('data: [DONE]\n\n');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const close = () => (server.closeAllConnections(), server.close());
  return { ...model, set: (given) => Object.assign(model, given), url: `http://127.0.0.1:${server.address().port}/v1`, close };
}

describe('the demo', { skip: missing, timeout: 240_000 }, () => {
  let corpora, demo, page, visitor, model;

  before(async () => {
    corpora = makeCorpora();
    demo = await startDemo({ corpora });
    model = await startModel();
    visitor = await demo.visitor();
    page = visitor.page;
  });

  after(async () => {
    await demo?.close();
    model?.close();
    rmSync(corpora, { recursive: true, force: true });
  });

  it('shows on a first visit what there is to ask, and has loaded none of it', async () => {
    await open(page, demo.url);
    const tabs = await page.locator('#collections [role=tab]').allTextContents();
    assert.deepEqual(tabs, ['Reverse dictionary4', 'Documentation1', '+ Add']);
    await page.waitForSelector('.start');
    assert.match(await page.textContent('.start'), /^4 meanings of WordNet.*One database file of/);
    assert.equal(await page.textContent('h1'), 'Describe a word. Get the word.');
  });

  it('is told by its server of all modules it loads, so that none waits for another', async () => {
    const response = await page.request.get(`${demo.url}demo/`);
    const told = [...response.headers().link.matchAll(/<([^>]+)>; rel=modulepreload/g)].map(([, path]) => path);
    const loaded = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname));
    const modules = loaded.filter((path) => /\.m?js$/.test(path) && !/\/js\/(worker|serve)\.js$/.test(path)); // those are a worker's
    assert.ok(modules.includes('/js/client.js'));
    assert.deepEqual(modules.filter((path) => !told.includes(path)), []);
    for (const path of told) assert.equal((await page.request.head(new URL(path, demo.url).href)).status(), 200, path);
  });

  it('has fetched no model where no corpus has its vectors', async () => {
    const loaded = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
    assert.deepEqual(loaded.filter((name) => /minilm_worker|\/ort\/|\.onnx/.test(name)), []);
  });

  it('loads a corpus, a ready database, when it is first asked', async () => {
    await ask(page, 'fear of spiders');
    assert.equal(await page.textContent('.hit:first-child h3'), 'arachnophobianoun');
    assert.deepEqual(await page.locator('.hit:first-child mark').allTextContents(), ['fear', 'spiders']);
    assert.match(await page.textContent('#outcome'), /^4 results of 4 in .*, by the lexical embedder$/);
    await page.click('[data-view=code]');
    assert.match(await page.textContent('#code'), /client\.search\(\{\s+collection_name: 'dictionary',\s+data: \[Int8Array\.of.*client\.import_db\(.*new MilvusClient\('dictionary\.db'\)/s);
    await page.click('[data-view=results]');
  });

  it('answers while one types, by examples, and what was asked last', async () => {
    await page.fill('#question', '');
    await page.type('#question', 'a short time');
    await page.waitForFunction(() => /ephemeral/.test(document.querySelector('.hit h3').textContent));
    await page.click('.examples button:nth-of-type(1)');
    await answered(page);
    assert.match(await page.textContent('.hit h3'), /arachnophobia/);
  });

  it('keeps what is typed while the corpus of another tab is opened', async () => {
    await page.click('[data-key$="/documentation"]');
    await ask(page, 'how do I back up the database');
    assert.match(await page.textContent('.hit .where'), /Backup · README\.md/);
    assert.equal(await page.inputValue('#question'), 'how do I back up the database');
  });

  it('takes a text, and finds what is asked', async () => {
    await addText(page, TEXT);
    await ask(page, 'how hot is the oven');
    assert.match(await page.textContent('.hit:first-child'), /yeast/);
    assert.match(await page.textContent('.hit:first-child .where'), /Bread/);
    await page.waitForSelector('.answer:not([hidden])');
    assert.match(await page.textContent('.answer'), /very hot oven/);
  });

  it('shows the prompt, the plan and the calls', async () => {
    await page.click('[data-view=prompt]');
    assert.match(await page.textContent('#prompt .preview'), /\[1\] Bread[^]*Question: how hot is the oven/);
    await page.fill('#prompt textarea', 'Only {{question}}?');
    assert.equal(await page.textContent('#prompt .preview'), 'Only how hot is the oven?');
    await page.click('text=Start over');
    await page.click('[data-view=engine]');
    await page.waitForSelector('#engine .compare');
    assert.match(await page.textContent('#engine .lead'), /AUTOINDEX.* 3 rows exactly/);
    assert.match(await page.textContent('#engine > .facts'), /addressdemo\.db.*OPFS.*file\d+ KB.*memory\d+(?:\.\d)? MB.*SIMD/);
    await page.click('[data-view=code]');
    const code = await page.textContent('#code');
    for (const call of ['create_collection', 'insert', 'search']) assert.match(code, new RegExp(`await client\\.${call}\\(`));
  });

  it('sends the prompt to a model when its owner turns that on, and shows the answer as it comes', async () => {
    await page.click('[data-view=prompt]');
    assert.equal(await page.isVisible('text=Address'), false);
    await page.check('.switch input');
    await page.fill('.endpoint input[type=url]', `${model.url}/`);
    await page.fill('.endpoint input[name=model]', 'tiny');
    await page.fill('.endpoint input[type=password]', 'secret');
    await page.click('.endpoint button');
    await page.waitForFunction(() => document.querySelector('.model-answer').textContent === 'Very hot [1].');
    const [{ path, key, model: name, stream, messages }] = model.asked;
    assert.deepEqual([path, key, name, stream], ['/v1/chat/completions', 'Bearer secret', 'tiny', true]);
    assert.match(messages[0].content, /\[1\] Bread[^]*Question: how hot is the oven/);
  });

  it('says what a model answered that did not answer, and that an origin is not allowed', async () => {
    const failing = async (url, said) => {
      await page.fill('.endpoint input[type=url]', url);
      await page.click('.endpoint button');
      await page.waitForSelector('.model-answer.failed');
      assert.match(await page.textContent('.model-answer'), said);
    };
    model.set({ status: 404 });
    await failing(model.url, /404.*no such model: tiny/);
    await failing('http://127.0.0.1:1/v1', /127\.0\.0\.1:1 .*Is the server running/);
    await failing('https://models.example/v1', /--connect https:\/\/models\.example/);
    await failing('nonsense', /nonsense.*address/);
    visitor.complaints.length = 0; // the browser tells of each of these, too
    visitor.strangers.splice(0, Infinity, ...visitor.strangers.filter((address) => !/127\.0\.0\.1|models\.example/.test(address)));
    await page.uncheck('.switch input');
  });

  it('shows what the engine says of options it refuses, with a caret where a filter is wrong', async () => {
    await page.click('[data-view=results]');
    await page.click('#options summary');
    await page.selectOption('#metric', 'L2');
    await page.waitForSelector('#options-error:not([hidden])');
    assert.match(await page.textContent('#options-error'), /^metric_type must be that of the index/);
    assert.equal(await page.getAttribute('#filter', 'aria-invalid'), 'false');
    await page.selectOption('#metric', '');
    await page.waitForSelector('#options-error', { state: 'hidden' });
    await page.fill('#filter', 'title ==');
    await page.press('#filter', 'Enter');
    await page.waitForSelector('#options-error:not([hidden])');
    assert.match(await page.textContent('#options-error'), /\n {2}title ==\n {10}\^.*code \d+/);
    assert.equal(await page.getAttribute('#filter', 'aria-invalid'), 'true');
    await page.fill('#filter', 'nowhere == 1');
    await page.press('#filter', 'Enter');
    await page.waitForSelector('#results .empty');
    assert.match(await page.textContent('#results'), /No row passes the filter nowhere == 1/);
    await page.fill('#filter', '');
    await page.press('#filter', 'Enter');
    await page.waitForSelector('.hit');
    assert.equal(await page.isVisible('#options-error'), false);
  });

  it('has everything still after a reload', async () => {
    await open(page, demo.url);
    assert.match(await page.textContent('#storage'), /^kept/);
    await ask(page, 'how warm is a hive of bees');
    assert.match(await page.textContent('.hit:first-child'), /thirty-five/);
    await page.route('**/*.db', (route) => route.abort());
    await page.click('[data-key$="/dictionary"]');
    await ask(page, 'postpone doing');
    assert.match(await page.textContent('.hit h3'), /procrastinate/);
  });

  it('exports a file that can be imported, clears everything, and is then as on a first visit', async () => {
    await page.click('[data-key$="/texts"]');
    const downloading = page.waitForEvent('download');
    await page.click('#export');
    const download = await downloading;
    assert.equal(download.suggestedFilename(), 'demo.db');
    const file = await download.path();
    page.once('dialog', (dialog) => dialog.accept());
    await page.click('#clear');
    await page.waitForSelector('[data-key$="/texts"]', { state: 'detached' });
    await page.waitForSelector('.start');
    assert.match(await page.textContent('.start'), /4 meanings of WordNet/);
    await page.setInputFiles('#import-file', file);
    await page.waitForSelector('[data-key$="/texts"][aria-selected=true]');
    await ask(page, 'how hot is the oven');
    assert.match(await page.textContent('.hit:first-child'), /yeast/);
  });

  it('fits a phone, and is dark when the system is', async () => {
    await page.emulateMedia({ colorScheme: 'dark' });
    const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.ok(Math.max(...paper.match(/\d+/g).map(Number)) < 64, paper);
    await page.setViewportSize({ width: 390, height: 844 });
    for (const view of ['prompt', 'engine', 'code', 'results']) {
      await page.click(`[data-view=${view}]`);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, view);
    }
  });

  it('asks nothing of anyone else, and complains of nothing', () => {
    assert.deepEqual(visitor.strangers, []);
    assert.deepEqual(visitor.complaints, []);
  });
});

const BUILT = ['models/all-MiniLM-L6-v2/model.onnx', 'node_modules/onnxruntime-web', 'corpora/dictionary.i8', 'corpora/index.json'];
const unbuilt = BUILT.find((name) => !existsSync(join(root, 'build/demo', name)));

describe('the demo with its model', { skip: missing || (unbuilt && `the demo is not built: ${unbuilt}`), timeout: 240_000 }, () => {
  let demo;

  before(async () => {
    demo = await startDemo();
  });

  after(() => demo?.close());

  /** Somebody who was never here, and what their page and its workers have asked for. */
  const visit = async (prepared = async (/** @type {any} */ _page) => {}) => {
    const visitor = await demo.visitor();
    const asked = [];
    visitor.context.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await prepared(visitor.page);
    await open(visitor.page, demo.url);
    await visitor.page.waitForSelector('.start');
    return { ...visitor, asked };
  };
  const modelIsReady = (page) =>
    page.evaluate(async () => {
      const { embedders } = await import(new URL('embedders/index.js', location.href).href);
      for (; !embedders.minilm.ready;) await new Promise((resolve) => setTimeout(resolve, 20));
    });

  it('has the model come while one reads, and the rows when they are asked for', async () => {
    const { page, asked, complaints, strangers } = await visit();
    assert.match(await page.textContent('.start'), /The model that reads your questions, 38 MB, comes while you read this/);
    await modelIsReady(page);
    assert.ok(asked.some((path) => path.endsWith('/model.onnx')));
    assert.equal(asked.some((path) => path.endsWith('.db')), false);
    await ask(page, 'fear of spiders');
    assert.match(await page.textContent('.hit h3'), /arachnophobia/);
    await ask(page, 'longing for the past');
    assert.match(await page.textContent('.hit h3'), /nostalgia/);
    await page.click('[data-key$="/documentation"]');
    await ask(page, 'How do I back up the database?');
    assert.match(await page.textContent('#results'), /backup/i);
    assert.equal(asked.filter((path) => path.endsWith('/model.onnx')).length, 1);
    assert.deepEqual([complaints, strangers], [[], []]);
    await page.context().close();
  });

  it('leaves the model where it is until a question comes, where its user saves data', async () => {
    const { page, asked } = await visit((page) => page.addInitScript(() => Object.defineProperty(navigator, 'connection', { value: { saveData: true } })));
    assert.match(await page.textContent('.start'), /The model that reads your questions, 38 MB, comes with it/);
    await page.waitForTimeout(500);
    assert.equal(asked.some((path) => /minilm_worker|\.onnx|\.wasm$/.test(path) && !path.endsWith('milvus_lite.wasm')), false);
    await ask(page, 'fear of spiders');
    assert.match(await page.textContent('.hit h3'), /arachnophobia/);
    await page.context().close();
  });

  it('says that the model cannot be had when a question needs it, not before, and then tries again', async () => {
    const { page } = await visit((page) => page.context().route('**/model.onnx', (route) => route.abort()));
    await page.waitForTimeout(500);
    assert.equal(await page.isVisible('#notice'), false);
    await ask(page, 'fear of spiders');
    assert.match(await page.textContent('#notice'), /model\.onnx cannot be fetched/);
    await page.context().unroute('**/model.onnx');
    await ask(page, 'fear of spiders');
    assert.match(await page.textContent('.hit h3'), /arachnophobia/);
    assert.equal(await page.isVisible('#notice'), false);
    await page.context().close();
  });
});
