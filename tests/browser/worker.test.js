// The client in a page: its worker under a strict policy, as modules and as a single file.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { EMPTY_PAGE, launch, missing, root, serveFolder } from './browser.js';

/** In the page: the quick start in memory, with a worker or without. */
async function quickStart({ module, options }) {
  const { MilvusClient } = await import(module);
  const client = new MilvusClient({ uri: ':memory:', ...options });
  await client.create_collection('c', { dimension: 4, auto_id: true, metric_type: 'L2' });
  const { ids } = await client.insert('c', [{ vector: [1, 2, 3, 4], text: 'one' }, { vector: new Float32Array(4) }]);
  const [hits] = await client.search('c', [[1, 2, 3, 4]], { limit: 1, output_fields: ['text'] });
  const refused = await client.insert('c', [{ vector: [1] }]).catch(({ name, code, detail }) => ({ name, code, detail }));
  await client.close();
  return { hit: [hits[0].id - ids[0], hits[0].distance, hits[0].entity.text], refused };
}

const EXPECTED = {
  hit: [0, 0, 'one'],
  refused: { name: 'DataNotMatchException', code: 1100, detail: { field: 'vector', row: 0 } },
};

describe('in a browser', { skip: missing, timeout: 120_000 }, () => {
  let server, browser, page;
  const complaints = [];

  before(async () => {
    server = await serveFolder(root, { '/page.html': EMPTY_PAGE });
    browser = await launch();
    page = await browser.newPage();
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${server.url}/page.html`);
  });
  after(async () => {
    await browser?.close();
    server?.close();
  });

  const single = '/dist/milvus_lite.single.js';
  const builds = { modules: { module: '/js/index.js', wasm_url: '/build/milvus_lite.wasm' }, 'a single file': { module: single } };
  for (const [name, { module, ...given }] of Object.entries(builds)) {
    for (const worker of [false, true]) {
      it(`${name} run ${worker ? 'with' : 'without'} a worker`, async (t) => {
        if (!existsSync(join(root, module))) return t.skip(`${module} is not built`);
        assert.deepEqual(await page.evaluate(quickStart, { module, options: { worker, ...given } }), EXPECTED);
        for (let i = 0; i < 100 && page.workers().length > 0; i++) await sleep(20);
        assert.equal(page.workers().length, 0, 'close ends the worker');
      });
    }
  }

  it('takes a worker and a module from elsewhere, by addresses relative to the page', async () => {
    const options = { worker: true, worker_url: 'js/worker.js', wasm_url: 'build/milvus_lite.wasm' };
    assert.deepEqual(await page.evaluate(quickStart, { module: '/js/index.js', options }), EXPECTED);
  });

  it('says when the worker cannot be had', async () => {
    const tried = page.evaluate(quickStart, { module: '/js/index.js', options: { worker: true, worker_url: 'missing.js' } });
    await assert.rejects(tried, /the engine's worker stopped: its script cannot be loaded; the next call starts another/);
  });

  it('nobody complained', () => assert.deepEqual(complaints, []));
});
