// A client before servers that are not ours: without cursors and details of errors, broken, slow, or no Milvus at all.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { describe, it } from 'node:test';
import { Function, FunctionType, MilvusClient, RRFRanker } from '../../js/index.js';
import { ENDPOINTS } from '../../js/rest_table.js';
import { serve } from '../../js/server.js';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** An HTTP server of a function, and a client of it. */
async function clientOf(t, answer, options = {}) {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = new MilvusClient({ uri: `http://127.0.0.1:${server.address().port}`, ...options });
  t.after(async () => {
    await client.close();
    server.closeAllConnections();
    server.close();
  });
  return client;
}

async function bodyOf(request) {
  let text = '';
  for await (const piece of request) text += piece;
  return text;
}

/** Forwards to serve(), and takes away what Milvus does not know. */
async function strict(t, options) {
  const { url, close } = await serve({ uri: ':memory:', port: 0, worker: false });
  t.after(close);
  return clientOf(
    t,
    async (request, response) => {
      const { iterator: _, ...body } = JSON.parse(await bodyOf(request));
      const headers = { 'accept-type-allow-int64': request.headers['accept-type-allow-int64'] };
      const answer = await fetch(url + request.url, { method: 'POST', body: JSON.stringify(body), headers });
      const { cursor: __, ...reply } = await answer.json();
      response.end(JSON.stringify(reply));
    },
    options,
  );
}

describe('a client of another server', () => {
  it('goes through all rows of a query by their keys, and of a search by their rank', async (t) => {
    const client = await strict(t);
    await client.create_collection('c', { dimension: 2 });
    const data = Array.from({ length: 57 }, (_, i) => ({ id: (i * 31) % 57, vector: [1, i / 57], n: i }));
    await client.insert('c', data);
    const rows = [];
    const wanted = { collection_name: 'c', filter: 'n >= 7', batch_size: 10, output_fields: ['n'] };
    for await (const batch of await client.query_iterator(wanted)) rows.push(...batch);
    const expected = data.filter(({ n }) => n >= 7).map(({ id }) => id);
    assert.deepEqual(rows.map(({ id }) => id), expected.sort((a, b) => a - b));
    const hits = [];
    const search = { collection_name: 'c', data: [[1, 0]], batch_size: 10 };
    for await (const batch of await client.search_iterator(search)) hits.push(...batch);
    assert.deepEqual(hits.map(({ id }) => id), data.map(({ id }) => id));
  });

  it('is asked for orders in the forms that Milvus has, and never for those of an iterator', async (t) => {
    const seen = [];
    const client = await clientOf(t, async (request, response) => {
      const { orderByFields, searchParams } = JSON.parse(await bodyOf(request));
      const isDescribed = request.url.endsWith('describe');
      if (!isDescribed) seen.push(orderByFields ?? searchParams);
      response.end(JSON.stringify({ code: 0, topks: [], data: isDescribed ? { fields: [{ name: 'id', type: 'Int64', primaryKey: true }] } : [] }));
    });
    const both = ['price:desc', { field: 'meta["a,b"]' }, { field: 'name', order: 'desc:nulls_last' }];
    const query = (more) => client.query({ collection_name: 'c', filter: 'id > 0', ...more });
    await query({ order_by: both });
    await query({ order_by_fields: 'price:desc,name', order_by: null });
    await query({ order_by: [] });
    await query({});
    const search = (more) => client.search({ collection_name: 'c', data: [[1]], ...more });
    await search({ order_by_fields: both, search_params: { metric_type: 'L2', ef: 9 } });
    await search({ order_by_fields: 'price:desc,name' });
    await search({ order_by_fields: null });
    assert.deepEqual(seen, [
      ['price:desc', 'meta["a,b"]:asc', 'name:desc:nulls_last'],
      ['price:desc,name'],
      [],
      undefined,
      { metricType: 'L2', params: { ef: 9 }, order_by_fields: 'price:desc,meta["a,b"]:asc,name:desc:nulls_last' },
      { order_by_fields: 'price:desc,name' },
      undefined,
    ]);
    const refusal = { name: 'ParamError', code: 1100, message: /order_by_fields must not be given to an iterator/ };
    await assert.rejects(client.query_iterator({ collection_name: 'c', order_by: 'price' }), refusal);
    await assert.rejects(client.search_iterator({ collection_name: 'c', data: [[1]], order_by_fields: ['price'] }), refusal);
    assert.equal(seen.length, 7);
  });

  it('throws what it says of errors', async (t) => {
    const client = await strict(t);
    await assert.rejects(client.describe_collection('none'), { name: 'MilvusException', code: 100, message: /none/ });
    assert.deepEqual(await client.get_load_state('none'), { state: 0 });
  });

  it('says so when it is none, or fails', async (t) => {
    const html = await clientOf(t, (_, response) => response.end('<html>hello</html>'));
    await assert.rejects(html.list_collections(), { name: 'MilvusException', message: /no Milvus server.*<html>hello/ });
    const cases = [
      [500, 'broken', { name: 'MilvusUnavailableException', code: 2, message: /HTTP 500 .*broken/ }],
      [502, '', { name: 'MilvusUnavailableException', code: 2, message: /HTTP 502 / }],
      [404, '404 page not found', { name: 'MilvusException', code: 10, message: /HTTP 404 .*page not found/ }],
      [401, '{"code":1800,"message":"user hasn\'t authenticated"}', { name: 'MilvusException', code: 1800 }],
      [403, '{"code":65535,"message":"permission deny"}', { name: 'MilvusException', code: 65535, message: 'permission deny' }],
    ];
    for (const [status, text, expected] of cases) {
      const client = await clientOf(t, (_, response) => response.writeHead(status).end(text));
      await assert.rejects(client.list_collections(), expected);
    }
  });

  it('is asked once more when the connection breaks, if that can do no harm', async (t) => {
    const seen = [];
    const client = await clientOf(t, async (request, response) => {
      seen.push(request.url.split('/').pop());
      if (seen.length % 2) request.socket.destroy();
      else response.end('{"code":0,"data":["c"]}');
    });
    assert.deepEqual(await client.list_collections(), ['c']);
    assert.deepEqual(seen, ['list', 'list']);
    await assert.rejects(client.drop_collection('c'), { name: 'MilvusUnavailableException', code: 2 });
    assert.deepEqual(seen, ['list', 'list', 'drop']);
  });

  it('is asked as Milvus is for what an embedded database does not have', async (t) => {
    const seen = [];
    let data;
    const client = await clientOf(t, async (request, response) => {
      seen.push([request.url.replace('/v2/vectordb/', ''), JSON.parse(await bodyOf(request))]);
      response.end(JSON.stringify({ code: 0, data }));
    });
    const privilege = { roleName: 'r', objectType: 'Collection', objectName: 'c', privilege: 'Search' };
    const granted = { dbName: 'default', objectType: 'Collection', objectName: 'c', privilege: 'Search', grantor: 'root' };
    const bm25 = { name: 'f', function_type: FunctionType.BM25, input_field_names: ['t'], output_field_names: ['s'], params: {} };
    const bm25Sent = { name: 'f', type: 'BM25', inputFieldNames: ['t'], outputFieldNames: ['s'], params: {} };
    /** What is called, what is sent, what is answered, what that means. */
    const calls = [
      ['create_user', ['u', 'secret'], 'users/create', { userName: 'u', password: 'secret' }],
      ['update_password', ['u', 'secret', 'other', { reset_connection: true }], 'users/update_password', { userName: 'u', password: 'secret', newPassword: 'other' }],
      ['list_users', [], 'users/list', {}, ['root', 'u'], ['root', 'u']],
      ['describe_user', ['u'], 'users/describe', { userName: 'u' }, ['r'], { user_name: 'u', roles: ['r'] }],
      ['grant_role', ['u', 'r'], 'users/grant_role', { userName: 'u', roleName: 'r' }],
      ['revoke_role', ['u', 'r'], 'users/revoke_role', { userName: 'u', roleName: 'r' }],
      ['drop_user', ['u'], 'users/drop', { userName: 'u' }],
      ['create_role', ['r'], 'roles/create', { roleName: 'r' }],
      ['list_roles', [], 'roles/list', {}, ['admin', 'r'], ['admin', 'r']],
      ['grant_privilege', ['r', 'Collection', 'Search', 'c'], 'roles/grant_privilege', privilege],
      ['revoke_privilege', ['r', 'Collection', 'Search', 'c'], 'roles/revoke_privilege', privilege],
      ['grant_privilege_v2', ['r', 'Search', 'c'], 'roles/grant_privilege_v2', { roleName: 'r', privilege: 'Search', collectionName: 'c' }],
      ['revoke_privilege_v2', ['r', 'Search', 'c', 'd'], 'roles/revoke_privilege_v2', { roleName: 'r', privilege: 'Search', collectionName: 'c', dbName: 'd' }],
      ['describe_role', ['r'], 'roles/describe', { roleName: 'r' }, [granted], {
        role: 'r',
        privileges: [{ db_name: 'default', object_type: 'Collection', object_name: 'c', privilege: 'Search', role_name: 'r', grantor_name: 'root' }],
      }],
      ['drop_role', ['r', { force_drop: true }], 'roles/drop', { roleName: 'r', forceDrop: true }],
      ['create_privilege_group', ['g'], 'privilege_groups/create', { privilegeGroupName: 'g' }],
      ['add_privileges_to_group', ['g', ['Search', 'Query']], 'privilege_groups/add_privileges_to_group', { privilegeGroupName: 'g', privileges: ['Search', 'Query'] }],
      ['remove_privileges_from_group', ['g', ['Query']], 'privilege_groups/remove_privileges_from_group', { privilegeGroupName: 'g', privileges: ['Query'] }],
      ['list_privilege_groups', [], 'privilege_groups/list', {}, { privilegeGroups: [{ privilegeGroupName: 'g', privileges: 'Search,Query' }, { privilegeGroupName: 'h', privileges: '' }] },
        [{ privilege_group: 'g', privileges: ['Search', 'Query'] }, { privilege_group: 'h', privileges: [] }]],
      ['drop_privilege_group', ['g'], 'privilege_groups/drop', { privilegeGroupName: 'g' }],
      ['alter_role', ['r', 'readers'], 'roles/alter', { roleName: 'r', description: 'readers' }],
      ['alter_index_properties', ['c', 'i', { 'mmap.enabled': true }], 'indexes/alter_properties', { collectionName: 'c', indexName: 'i', properties: { 'mmap.enabled': true } }],
      ['drop_index_properties', ['c', 'i', ['mmap.enabled']], 'indexes/drop_properties', { collectionName: 'c', indexName: 'i', propertyKeys: ['mmap.enabled'] }],
      ['drop_collection_field', ['c', 'f'], 'collections/fields/drop', { collectionName: 'c', fieldName: 'f' }],
      ['drop_collection_field', [{ collection_name: 'c', field_id: 104 }], 'collections/fields/drop', { collectionName: 'c', fieldId: 104 }],
      ['add_collection_function', ['c', bm25], 'collections/add_function', { collectionName: 'c', function: bm25Sent }],
      ['add_collection_function', ['c', new Function(bm25)], 'collections/add_function', { collectionName: 'c', function: { ...bm25Sent, description: '' } }],
      ['alter_collection_function', ['c', 'f', bm25], 'collections/alter_function', { collectionName: 'c', functionName: 'f', function: bm25Sent }],
      ['drop_collection_function', ['c', 'f'], 'collections/drop_function', { collectionName: 'c', functionName: 'f' }],
      ['drop_function_field', ['c', 'f'], 'collections/drop_function_field', { collectionName: 'c', functionName: 'f' }],
      ['run_analyzer', ['a b', { type: 'standard' }], 'common/run_analyzer', { text: ['a b'], analyzerParams: '{"type":"standard"}' },
        { results: [{ tokens: [{ token: 'a' }, { token: 'b' }] }] }, ['a', 'b']],
      ['run_analyzer', [{ texts: ['a', 'b'], collection_name: 'c', field_name: 't', analyzer_names: 'x', with_detail: true }], 'common/run_analyzer',
        { text: ['a', 'b'], collectionName: 'c', fieldName: 't', analyzerNames: ['x'], withDetail: true },
        { results: [{ tokens: [{ token: 'a', startOffset: 0, endOffset: 1, position: 0, positionLength: 1 }] }, { tokens: [] }] },
        [[{ token: 'a', start_offset: 0, end_offset: 1, position: 0, position_length: 1 }], []]],
    ];
    const inReadme = [...readme.matchAll(/^\| on a server \| ([^|]*) \|/gm)].flatMap(([, names]) => names.match(/\w+/g));
    assert.deepEqual(inReadme.filter((name) => !calls.some(([method]) => method === name)), [], 'all of them are here');
    for (const [method, args, path, body, answer = {}, expected = undefined] of calls) {
      data = answer;
      assert.deepEqual(await client[method](...args), expected, method);
      assert.deepEqual(seen.pop(), [path, body], method);
    }
  });

  it('gets the strategy that a ranking function names', () => {
    const ranker = new Function({ name: 'r', function_type: FunctionType.RERANK, input_field_names: [], params: { reranker: 'weighted', weights: [1, 0] } });
    const { rerank } = ENDPOINTS.hybrid_search.toRest({ collection_name: 'c', reqs: [], ranker });
    assert.deepEqual(rerank, { strategy: 'weighted', params: { weights: [1, 0] } });
    assert.deepEqual(ENDPOINTS.hybrid_search.toRest({ reqs: [], ranker: new RRFRanker(7) }).rerank, { strategy: 'rrf', params: { k: 7 } });
  });

  it('is not there, which is said with its cause', async () => {
    const listening = createServer().listen(0, '127.0.0.1');
    await once(listening, 'listening');
    const { port } = listening.address();
    listening.close();
    await once(listening, 'close');
    const client = new MilvusClient(`http://127.0.0.1:${port}`);
    const error = await client.list_collections().catch((refusal) => refusal);
    assert.equal(error.name, 'MilvusUnavailableException');
    assert.equal(error.code, 2);
    assert.match(error.message, new RegExp(`Fail connecting to server on 127.0.0.1:${port}, .*ECONNREFUSED`));
    assert.equal(error.cause.cause.code, 'ECONNREFUSED');
    await client.close();
  });

  it('is waited for as long as asked, and no longer than the client is open', async (t) => {
    const client = await clientOf(t, () => {}, { timeout: 0.05 });
    await assert.rejects(client.list_collections(), { name: 'MilvusException', code: 10001, message: /within 0.05 seconds/ });
    await assert.rejects(client.flush({ collection_name: 'c', timeout: 0.02 }), { code: 10001, message: /0.02/ });
    const controller = new AbortController();
    const reason = new Error('enough');
    const search = client.search({ collection_name: 'c', data: [[1]], signal: controller.signal, timeout: 60 });
    controller.abort(reason);
    await assert.rejects(search, reason);
    const last = client.flush({ collection_name: 'c', timeout: 60 });
    await client.close();
    await assert.rejects(last, { name: 'ConnectionNotExistException' });
    await assert.rejects(client.flush('c'), { name: 'ConnectionNotExistException' });
  });
});
