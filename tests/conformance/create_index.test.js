// create_index waits for its index, and nobody else does.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { MilvusClient } from '../../js/index.js';
import { assertRefused } from './errors.js';
import { assertHits, embeddings } from './exact.js';
import { clientFor, memory, nodeFile, placeFor, storages } from './places.js';

const N = 5000;
const DIM = 32;
const vectors = embeddings({ n: N, dim: DIM, topics: 20 });
const entities = vectors.map((vector, id) => ({ id, vector }));
const [query] = embeddings({ n: 1, dim: DIM, topics: 20, seed: 2 });

const hnsw = { field_name: 'vector', index_type: 'HNSW', metric_type: 'L2', params: { M: 8, efConstruction: 40 } };

/** A collection of all entities without an index. */
async function fill(client) {
  const schema = client
    .create_schema()
    .add_field('id', 'INT64', { is_primary: true })
    .add_field('vector', 'FLOAT_VECTOR', { dim: DIM });
  await client.create_collection({ collection_name: 'c', schema });
  await client.insert('c', entities);
}

const described = (client) => client.describe_index('c', 'vector');

/** Lets idle time pass until the index knows all rows. */
async function settled(client) {
  for (let i = 0; i < 5000; i++) {
    if ((await described(client)).pending_index_rows === 0) return;
    await sleep(1);
  }
  assert.fail('rows are still pending');
}

async function assertFound(client, more = {}) {
  const [hits] = await client.search('c', [query], { limit: 5, ...more });
  assert.equal(hits.length, 5);
  const ids = new Set(hits.map(({ id }) => id));
  const found = entities.filter(({ id }) => ids.has(id));
  assertHits(hits, found, query, { metric: 'L2', limit: 5 });
}

describe('create_index', () => {
  for (const storage of storages) {
    for (const index_type of ['AUTOINDEX', 'FLAT', 'HNSW', 'HNSW_SQ', 'IVF_FLAT', 'IVF_SQ8']) {
      it(`resolves when ${index_type} serves all rows, ${storage.name}`, async (t) => {
        const client = clientFor(t, storage);
        await fill(client);
        const seen = [];
        const on_progress = (progress) => seen.push(progress);
        const index_params = { index_type, metric_type: 'L2' };
        assert.equal(await client.create_index({ collection_name: 'c', index_params, on_progress }), undefined);
        const { indexed_rows, pending_index_rows, total_rows, state, ...rest } = await described(client);
        assert.deepEqual([indexed_rows, pending_index_rows, total_rows, state], [N, 0, N, 'Finished']);
        assert.equal(rest.index_type, index_type);
        const servants = { AUTOINDEX: 'codes', HNSW_SQ: 'graph', IVF_FLAT: 'codes', IVF_SQ8: 'codes' };
        assert.equal(rest.served_by, servants[index_type]);

        assert.ok(seen.length >= 1);
        assert.deepEqual(seen.at(-1), { collection_name: 'c', field_name: 'vector', done: N, total: N });
        for (let i = 1; i < seen.length; i++) assert.ok(seen[i].done >= seen[i - 1].done);
        await assertFound(client);

        await client.create_index({ collection_name: 'c', index_params }); // as it is: no error
        const another = { index_type, metric_type: 'IP' };
        await assertRefused(() => client.create_index('c', another), {
          type: 'MilvusException',
          code: 702,
          says: ['vector', index_type, 'already exists'],
        });
      });
    }
  }

  it('keeps the parameters of types that something else serves', async (t) => {
    const place = placeFor(t, nodeFile);
    let client = place.open();
    await fill(client);
    const params = { M: 12, sq_type: 'sq6', refine: true, refine_type: 'FP32' };
    await client.create_index('c', { index_type: 'HNSW_SQ', params }, { sync: false });
    const kept = { M: '12', sq_type: 'SQ6', refine: 'true', refine_type: 'FP32', index_type: 'HNSW_SQ' };
    for (let i = 0; i < 2; i++) {
      const index = await described(client);
      for (const [key, value] of Object.entries(kept)) assert.equal(index[key], value);
      await client.close();
      client = place.open();
    }
    await client.create_collection('d', { dimension: DIM });
    await client.drop_index('d', 'vector');
    await client.create_index('d', { index_type: 'IVF_SQ8', params: { nlist: 128 } });
    assert.equal((await client.describe_index('d', 'vector')).nlist, '128');
    const invalid = { type: 'ParamError', code: 1100 };
    await client.drop_index('d', 'vector');
    const index = (index_type, params) => () => client.create_index('d', { index_type, params });
    await assertRefused(index('IVF_FLAT', { nlist: 0 }), { ...invalid, says: ['nlist', 1, 65536, 0] });
    await assertRefused(index('IVF_SQ8', { nlist: 65537 }), { ...invalid, says: ['nlist', 65537] });
    await assertRefused(index('IVF_FLAT', { M: 8 }), { ...invalid, says: ['IVF_FLAT', 'M'] });
    await assertRefused(index('HNSW_SQ', { sq_type: 'SQ4' }), { ...invalid, says: ['sq_type', 'SQ8', 'SQ4'] });
    await assertRefused(index('HNSW_SQ', { refine: 'yes' }), { ...invalid, says: ['refine', 'true', 'yes'] });
    await assertRefused(index('HNSW_SQ', { nlist: 8 }), { ...invalid, says: ['HNSW_SQ', 'nlist'] });
  });

  it('finds as much in four bits a dimension as in eight', async (t) => {
    const queries = embeddings({ n: 40, dim: DIM, topics: 20, seed: 3 });
    const nearest = async (client, more) =>
      (await client.search('c', queries, { limit: 10, ...more })).map((hits) => new Set(hits.map(({ id }) => id)));
    const client = clientFor(t, memory);
    await fill(client);
    const exact = await nearest(client, { search_params: { metric_type: 'L2' } });
    const found = {};
    for (const sq_type of ['SQ8', 'SQ4U']) {
      await client.create_index('c', { index_type: 'HNSW_SQ', metric_type: 'L2', params: { sq_type, M: 16 } });
      assert.equal((await described(client)).sq_type, sq_type);
      const hits = await nearest(client, { search_params: { params: { ef: 20 } } });
      found[sq_type] = hits.reduce((sum, ids, i) => sum + [...ids].filter((id) => exact[i].has(id)).length, 0);
      await client.drop_index('c', 'vector');
    }
    assert.ok(found.SQ8 > 0.7 * 400 && found.SQ4U >= 0.95 * found.SQ8, JSON.stringify(found));
  });

  it('lets other calls through while it waits', async (t) => {
    const client = clientFor(t, memory);
    await fill(client);
    const seen = [];
    let isDone = false;
    const done = client.create_index('c', hnsw).then(() => (isDone = true));
    for (let calls = 0; !isDone; calls++) {
      assert.equal(await client.has_collection('c'), true);
      const { pending_index_rows } = (await described(client)) ?? {};
      if (pending_index_rows !== seen.at(-1)) seen.push(pending_index_rows);
      if (calls % 20 === 0) await assertFound(client);
    }
    await done;
    const pending = seen.filter((rows) => rows > 0 && rows < N);
    assert.ok(pending.length >= 5, `answers in between saw ${pending.length} states of the index`);
  });

  it('starves no timer', async (t) => {
    const client = clientFor(t, memory);
    await fill(client);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await client.create_index('c', hnsw);
    clearInterval(timer);
    assert.ok(ticks > 5, `${ticks} ticks`);
  });

  it('waits for several indexes in the order of their fields', async (t) => {
    const client = clientFor(t, memory);
    const schema = client
      .create_schema()
      .add_field('id', 'INT64', { is_primary: true })
      .add_field('a', 'FLOAT_VECTOR', { dim: DIM })
      .add_field('b', 'FLOAT_VECTOR', { dim: DIM });
    await client.create_collection({ collection_name: 'c', schema });
    await client.insert('c', vectors.slice(0, 3000).map((vector, id) => ({ id, a: vector, b: vector })));
    const fields = [];
    const index_params = client.prepare_index_params('b').add_index('a', { index_name: 'z' });
    await client.create_index('c', index_params, {
      on_progress: ({ field_name, done, total }) => done === total && fields.push(field_name),
    });
    assert.deepEqual(fields, ['a', 'b']);
    for (const name of ['z', 'b']) {
      assert.equal((await client.describe_index('c', name)).pending_index_rows, 0);
    }
  });

  it('does not wait when it is told so, and the index follows in idle time', async (t) => {
    const client = clientFor(t, memory);
    await fill(client);
    await assertFound(client, { search_params: { metric_type: 'L2' } }); // loaded
    let calls = 0;
    await client.create_index('c', hnsw, { sync: false, on_progress: () => calls++ });
    assert.ok((await described(client)).pending_index_rows > 0);
    await assertFound(client);
    await settled(client);
    assert.equal(calls, 0);
    await assertFound(client);
  });

  it('stops waiting when its signal says so; the index stays and goes on', async (t) => {
    const client = clientFor(t, memory);
    await fill(client);
    const controller = new AbortController();
    const waiting = {
      signal: controller.signal,
      on_progress: () => controller.abort(),
    };
    await assert.rejects(client.create_index('c', hnsw, waiting), (error) => {
      assert.equal(error, controller.signal.reason);
      assert.equal(error.name, 'AbortError');
      return true;
    });
    assert.ok((await described(client)).pending_index_rows > 0);
    await assertFound(client);
    await settled(client);
    await assertFound(client);
  });

  it('does nothing when its signal is aborted already', async (t) => {
    const client = clientFor(t, memory);
    await fill(client);
    const reason = new Error('enough');
    await assert.rejects(client.create_index('c', hnsw, { signal: AbortSignal.abort(reason) }), reason);
    assert.deepEqual(await client.list_indexes('c'), []);
  });

  it('rejects with what on_progress throws; the index stays', async (t) => {
    const client = clientFor(t, memory);
    await fill(client);
    const error = new Error('not so fast');
    const on_progress = () => {
      throw error;
    };
    await assert.rejects(client.create_index('c', hnsw, { on_progress }), error);
    assert.deepEqual(await client.list_indexes('c'), ['vector']);
    await settled(client);
  });

  it('refuses what cannot be waited with, and does nothing', async (t) => {
    const client = clientFor(t, memory);
    await fill(client);
    const wrong = { on_progress: [{}, 'a function'], signal: ['now', 'an AbortSignal'], sync: [1, 'a boolean'] };
    for (const [field, [value, rule]] of Object.entries(wrong)) {
      await assertRefused(() => client.create_index('c', hnsw, { [field]: value }), {
        type: 'ParamError',
        code: 1100,
        says: [field, rule],
        field,
      });
    }
    assert.deepEqual(await client.list_indexes('c'), []);
  });

  it('rejects when the client is closed meanwhile; nothing is lost', async (t) => {
    const place = placeFor(t, nodeFile);
    const client = place.open();
    await fill(client);
    let closed;
    const on_progress = () => (closed ??= client.close());
    await assertRefused(() => client.create_index('c', hnsw, { on_progress }), {
      type: 'ConnectionNotExistException',
      code: 1,
      says: ['should create connection first'],
    });
    await closed;
    const again = place.open();
    assert.equal((await described(again)).index_type, 'HNSW');
    await assertFound(again);
    await again.create_index('c', hnsw); // waits for the rest
    assert.equal((await described(again)).pending_index_rows, 0);
    await assertFound(again);
  });

  it('rejects when the index or the collection goes meanwhile', async (t) => {
    const client = clientFor(t, memory);
    await fill(client);
    let gone;
    const dropIndex = () => (gone ??= client.drop_index('c', 'vector'));
    await assertRefused(() => client.create_index('c', hnsw, { on_progress: dropIndex }), {
      type: 'IndexNotExistException',
      code: 700,
      says: ['index not found', 'vector'],
    });
    await gone;
    gone = undefined;
    const dropCollection = () => (gone ??= client.drop_collection('c'));
    await assertRefused(() => client.create_index('c', hnsw, { on_progress: dropCollection }), {
      type: 'CollectionNotExistException',
      code: 100,
      says: ['c'],
    });
    await gone;
  });

  it('of a released collection resolves; the index is made when it is loaded', async (t) => {
    const client = clientFor(t, memory);
    await fill(client);
    await client.release_collection('c');
    await client.create_index('c', hnsw);
    await client.load_collection('c');
    await assertFound(client);
    await settled(client);
    await assertFound(client);
  });

  it('with rows that come while it waits, it serves them too', async (t) => {
    const client = clientFor(t, memory);
    await fill(client);
    let id = N;
    const inserts = [];
    const on_progress = () => {
      if (id < N + 50) inserts.push(client.insert('c', { id: id++, vector: query }));
    };
    await client.create_index('c', hnsw, { on_progress });
    await Promise.all(inserts);
    const [hits] = await client.search('c', [query], { limit: 1 });
    assert.equal(hits[0].id, N);
  });

  it('tells when there is no memory; searches go on without', async (t) => {
    const dim = 512;
    const client = clientFor(t, memory, { memory_limit: '24MB' });
    const schema = client
      .create_schema()
      .add_field('id', 'INT64', { is_primary: true })
      .add_field('vector', 'FLOAT_VECTOR', { dim });
    await client.create_collection({ collection_name: 'c', schema });
    const many = embeddings({ n: 500, dim });
    let refused;
    const index_params = { index_type: 'HNSW', metric_type: 'L2', params: { M: 2048 } };
    await client.create_index('c', index_params);
    for (let i = 0; i < 12 && !refused; i++) {
      await client.insert('c', many.map((vector, k) => ({ id: i * 500 + k, vector })));
      refused = await client.create_index('c', index_params).then(
        () => undefined,
        (error) => error,
      );
      const [hits] = await client.search('c', [many[3]], { limit: 1 });
      assert.equal(hits[0].id, 3);
    }
    assert.equal(refused?.code, 3, refused?.message ?? 'memory did not run out');
    assert.match(refused.message, /out of memory while index 'vector' of collection 'c' is built/);
  });
});

it('a client that nobody has opened rejects create_index like any call', async () => {
  const client = new MilvusClient(':memory:');
  await client.close();
  await assert.rejects(client.create_index('c', hnsw), { name: 'ConnectionNotExistException' });
});
