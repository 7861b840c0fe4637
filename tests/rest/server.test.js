// What can go wrong between a server and its clients: each error reaches the one it is about, and the server goes on.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { MilvusClient } from '../../js/index.js';
import { serve } from '../../js/server.js';
import { fileError } from '../../wasm/files.js';
import { memoryFiles } from '../../wasm/files_memory.js';
import { held } from './held.js';
import { killSuite } from './kill.suite.js';

/** A server of a new database with one small collection. */
async function served(t, options = {}) {
  const server = await serve({ uri: ':memory:', port: 0, worker: false, ...options });
  t.after(() => server.close());
  if (!options.read_only) await server.client.create_collection('c', { dimension: 2 });
  const ask = async (path, body, headers = {}) => {
    const text = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
    const response = await fetch(`${server.url}/v2/vectordb/${path}`, { method: 'POST', body: text, headers });
    const answer = await response.text();
    return { status: response.status, headers: response.headers, text: answer, body: answer.startsWith('{') ? JSON.parse(answer) : undefined };
  };
  return { ...server, ask };
}

const row = (id) => ({ id, vector: [id, 1] });
const insert = (id) => ({ collectionName: 'c', data: [row(id)] });

describe('a server', () => {
  it('answers only those who know the token, however they say it', async (t) => {
    const { ask, url } = await served(t, { token: 'root:Milvus' });
    const refused = [{}, { Authorization: 'Bearer root:milvus' }, { Authorization: 'Bearer ' }, { Authorization: 'Basic x' }];
    for (const headers of refused) {
      const { status, body } = await ask('collections/list', {}, headers);
      assert.equal(status, 401);
      assert.deepEqual(body, { code: 1800, message: "user hasn't authenticated" });
    }
    const basic = `Basic ${Buffer.from('root:Milvus').toString('base64')}`;
    for (const Authorization of ['Bearer root:Milvus', basic]) {
      assert.deepEqual((await ask('collections/list', {}, { Authorization })).body, { code: 0, data: ['c'] });
    }
    for (const options of [{ token: 'root:Milvus' }, { user: 'root', password: 'Milvus' }]) {
      const client = new MilvusClient({ uri: url, ...options });
      assert.deepEqual(await client.list_collections(), ['c']);
      await client.close();
    }
    await assert.rejects(new MilvusClient(url).list_collections(), { name: 'MilvusException', code: 1800 });
  });

  it('says what is wrong with a request as Milvus does', async (t) => {
    const { ask, url } = await served(t);
    for (const body of ['{', '[]', '"x"', '', new Uint8Array([0x7b, 0xff, 0x7d])]) {
      const { status, body: answer } = await ask('collections/list', body);
      assert.equal(status, 200);
      assert.equal(answer.code, 1801);
      assert.match(answer.message, /^can only accept json format request, error: /);
    }
    assert.deepEqual(await ask('collections/nothing', {}).then(({ status, text }) => [status, text]), [404, '404 page not found']);
    assert.equal((await fetch(`${url}/v2/vectordb/collections/list`)).status, 404);
    const { body: missing } = await ask('collections/describe', {});
    assert.equal(missing.code, 1802);
    assert.match(missing.message, /^missing required parameters, error: .*collection_name/);
    assert.equal((await ask('collections/describe', { collectionName: 'none' })).body.code, 100);
    assert.equal((await ask('entities/insert', { collectionName: 'c', data: [{ id: 1 }] })).body.code, 1804);
    assert.equal((await ask('users/list', {})).body.code, 10);
    assert.equal((await ask('entities/insert', insert(1), { 'Content-Type': 'text/plain' })).body.code, 0);
  });

  it('refuses what is too large, by what it says or by what it is', async (t) => {
    const { ask, port } = await served(t, { max_body_bytes: 1000 });
    const { status, body } = await ask('entities/insert', insert('x'.repeat(2000)));
    assert.equal(status, 413);
    assert.equal(body.code, 1102);
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write('POST /v2/vectordb/entities/insert HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    for (let i = 0; i < 5; i++) socket.write(`190\r\n${' '.repeat(400)}\r\n`);
    const [first] = await once(socket, 'data');
    assert.match(String(first), /^HTTP\/1\.1 413 /);
    socket.destroy();
    assert.equal((await ask('entities/insert', insert(1))).body.code, 0);
  });

  it('answers others while some are slow, and forgets those who leave', async (t) => {
    const { ask, port } = await served(t);
    const sockets = Array.from({ length: 100 }, () => connect(port, '127.0.0.1'));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    const text = JSON.stringify(insert(7));
    const head = `POST /v2/vectordb/entities/insert HTTP/1.1\r\nHost: x\r\nContent-Length: ${text.length}\r\n\r\n`;
    sockets.forEach((socket, i) => socket.write(i % 2 ? head + text.slice(0, 9) : head.slice(0, 30)));
    assert.equal((await ask('entities/insert', insert(1))).body.code, 0);
    for (const socket of sockets) socket.destroy();
    const whole = connect(port, '127.0.0.1');
    whole.end(head + text); // and does not wait
    whole.on('error', () => {});
    whole.destroySoon();
    assert.equal((await ask('entities/insert', insert(2))).body.code, 0);
    assert.equal((await ask('collections/get_stats', { collectionName: 'c' })).body.code, 0);
  });

  it('serves 200 connections at once', async (t) => {
    const { ask } = await served(t);
    const answers = await Promise.all(Array.from({ length: 200 }, (_, id) => ask('entities/insert', insert(id))));
    assert.deepEqual(new Set(answers.map(({ body }) => body.code)), new Set([0]));
    assert.deepEqual((await ask('collections/get_stats', { collectionName: 'c' })).body.data, { rowCount: 200 });
  });

  it('answers in time, and finishes what it began before it closes', async (t) => {
    const { client: real } = await served(t);
    const { client, entered, letGo } = held(real);
    const { ask, close } = await servedOf(t, client);
    const first = ask('entities/insert', insert(1), { 'Request-Timeout': '0.05' });
    await entered;
    const second = ask('entities/insert', insert(2));
    const late = await first;
    assert.equal(late.body.code, 10001);
    assert.match(late.body.message, /deadline exceeded/);
    const closing = close();
    letGo();
    assert.equal((await second).body.code, 0, 'what was accepted is answered');
    await closing;
    const { row_count } = await real.get_collection_stats('c');
    assert.equal(row_count, 2, 'the one that was late is done all the same');
    await assert.rejects(ask('collections/list', {}), TypeError);
  });

  it('refuses pages of other origins, unless they are allowed', async (t) => {
    const { ask } = await served(t);
    const Origin = 'https://example.org';
    assert.equal((await ask('collections/list', {}, { Origin })).status, 403);
    const open = await served(t, { cors: [Origin] });
    const { status, headers } = await open.ask('collections/list', {}, { Origin });
    assert.equal(status, 200);
    assert.equal(headers.get('access-control-allow-origin'), Origin);
    assert.equal((await open.ask('collections/list', {}, { Origin: 'https://example.com' })).status, 403);
    const preflight = await fetch(`${open.url}/v2/vectordb/collections/list`, {
      method: 'OPTIONS',
      headers: { Origin, 'Access-Control-Request-Headers': 'authorization' },
    });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get('access-control-allow-headers'), 'authorization');
  });

  it('changes nothing when it is read-only', async (t) => {
    const { client } = await served(t);
    const { ask } = await servedOf(t, client, { read_only: true });
    assert.equal((await ask('entities/insert', insert(1))).body.code, 9);
    assert.equal((await ask('collections/drop', { collectionName: 'c' })).body.code, 9);
    assert.deepEqual((await ask('collections/list', {})).body, { code: 0, data: ['c'] });
  });

  it('tells who asks for too much memory, and goes on', async (t) => {
    const { ask } = await served(t, { memory_limit: '12MB' });
    const text = 'x'.repeat(60_000);
    const data = Array.from({ length: 200 }, (_, id) => ({ ...row(id), text }));
    const { status, body } = await ask('entities/insert', { collectionName: 'c', data });
    assert.equal(status, 200);
    assert.equal(body.code, 3, body.message);
    assert.equal((await ask('entities/insert', insert(1))).body.code, 0);
    assert.deepEqual((await ask('collections/get_stats', { collectionName: 'c' })).body.data, { rowCount: 1 });
  });

  it('tells who asks when the disk is full, and goes on when there is room', async (t) => {
    let isFull = false;
    const files = memoryFiles();
    const write = (...args) => {
      if (isFull) throw fileError('ENOSPC', 'no space left on device');
      return files.write(...args);
    };
    const client = new MilvusClient({ files: { files: { ...files, write }, path: 'x.db' } });
    t.after(() => client.close());
    await client.create_collection('c', { dimension: 2 });
    const { ask } = await servedOf(t, client);
    assert.equal((await ask('entities/insert', insert(1))).body.code, 0);
    isFull = true;
    for (const id of [2, 3]) {
      const { status, body } = await ask('entities/insert', insert(id));
      assert.equal(status, 200);
      assert.equal(body.code, 7, body.message);
      assert.match(body.message, /disk|full|space/i);
    }
    assert.deepEqual((await ask('entities/get', { collectionName: 'c', id: [1, 2, 3], outputFields: ['id'] })).body.data, [{ id: '1' }]);
    isFull = false;
    assert.equal((await ask('entities/insert', insert(4))).body.code, 0);
    assert.deepEqual((await ask('collections/get_stats', { collectionName: 'c' })).body.data, { rowCount: 2 });
  });

  it('refuses whoever would wait behind too many', async (t) => {
    const { client: real } = await served(t);
    const { client, entered, letGo } = held(real);
    const { ask } = await servedOf(t, client, { max_waiting: 2 });
    const working = [1, 2].map((id) => ask('entities/insert', insert(id)));
    await entered;
    const others = [3, 4, 5, 6, 7].map((id) => ask('entities/insert', insert(id)));
    const refused = [];
    await new Promise((resolve) => {
      for (const other of others) other.then((answer) => refused.push(answer) === 3 && resolve());
    });
    for (const { status, body } of refused) {
      assert.equal(status, 200);
      assert.equal(body.code, 8);
      assert.match(body.message, /rate limit exceeded: 2 requests wait already/);
    }
    letGo();
    const codes = (await Promise.all([...working, ...others])).map(({ body }) => body.code);
    assert.deepEqual(codes.sort(), [0, 0, 0, 0, 8, 8, 8]);
    assert.equal((await ask('collections/list', {})).body.code, 0);
  });

  it('does not begin what waits for someone who has left, and keeps no place for it', async (t) => {
    const { client: real } = await served(t);
    const { client, entered, letGo } = held(real);
    const { ask, url } = await servedOf(t, client, { max_waiting: 1 });
    const working = [1, 2].map((id) => ask('entities/insert', insert(id)));
    await entered;
    // one of these waits, and the other is refused
    const leaving = new AbortController();
    const request = (id) => ({ method: 'POST', body: JSON.stringify(insert(id)), signal: leaving.signal });
    const two = [3, 4].map((id) => fetch(`${url}/v2/vectordb/entities/insert`, request(id)));
    const refused = await Promise.race(two);
    assert.equal((await refused.json()).code, 8);
    leaving.abort();
    await assert.rejects(Promise.all(two), { name: 'AbortError' });
    let code;
    do code = (await ask('entities/insert', insert(5), { 'Request-Timeout': '0.02' })).body.code;
    while (code === 8); // until the server has seen it
    assert.equal(code, 10001, 'this one had the place, and waited');
    letGo();
    for (const { body } of await Promise.all(working)) assert.equal(body.code, 0);
    assert.equal((await ask('entities/insert', insert(6))).body.code, 0);
    assert.deepEqual((await real.query('c', 'id > 0', ['id'])).map(({ id }) => id), [1, 2, 6]);
  });

  it('reads four large bodies at once, small ones besides, and lets the next in when one leaves', async (t) => {
    const { ask, port } = await served(t, { max_body_bytes: 2 ** 20 });
    const head = `POST /v2/vectordb/entities/insert HTTP/1.1\r\nHost: x\r\nContent-Length: ${2 ** 20}\r\n\r\n`;
    const slow = [1, 2, 3, 4].map(() => connect(port, '127.0.0.1'));
    for (const socket of slow) socket.on('error', () => {}).write(`${head}{`);
    assert.equal((await ask('entities/insert', insert(1))).body.code, 0, 'a small one does not wait');
    const large = ask('entities/insert', { collectionName: 'c', data: [{ ...row(2), text: 'x'.repeat(60_000) }], pad: 'x'.repeat(900_000) });
    assert.equal((await ask('entities/insert', insert(3))).body.code, 0);
    assert.deepEqual((await ask('collections/get_stats', { collectionName: 'c' })).body.data, { rowCount: 2 }, 'the large one waits');
    slow[0].destroy();
    await large;
    for (const socket of slow) socket.destroy();
    assert.equal((await ask('collections/list', {})).body.code, 0);
  });

  it('is spoken to by curl', async (t) => {
    const { url } = await served(t);
    const args = ['-s', '-d', JSON.stringify(insert(5)), `${url}/v2/vectordb/entities/insert`];
    const answer = await promisify(execFile)('curl', args).catch((error) => (error.code === 'ENOENT' ? undefined : Promise.reject(error)));
    if (!answer) return t.skip('needs curl');
    assert.deepEqual(JSON.parse(answer.stdout), { code: 0, cost: 0, data: { insertCount: 1, insertIds: ['5'] } });
  });
});

/** A server of a client that is there. */
async function servedOf(t, client, options = {}) {
  const server = await serve({ client, port: 0, ...options });
  t.after(() => server.close());
  const ask = async (path, body, headers = {}) => {
    const response = await fetch(`${server.url}/v2/vectordb/${path}`, { method: 'POST', body: JSON.stringify(body), headers });
    return { status: response.status, body: await response.json() };
  };
  return { ...server, ask };
}

killSuite({ rounds: 2, clients: 4 });
