// The guide to Milvus Lite, block for block, on vectors of 384 dimensions. Answers are compared with the slow twin.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DataType, MilvusClient } from '../../js/index.js';
import { serve } from '../../js/server.js';
import { assertRefused } from './errors.js';
import { assertHits, embeddings, exactSearch, textOf } from './exact.js';

const QUICK_START = fileURLToPath(new URL('../../demo/quickstart.mjs', import.meta.url));

describe('the guide', () => {
  let folder = '';
  const home = process.cwd();
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'guide-'));
    process.chdir(folder); // its addresses are relative
  });
  after(() => {
    process.chdir(home);
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
  });

  it('quick start: prints what the guide expects, run as a program', () => {
    const printed = execFileSync(process.execPath, [QUICK_START], { cwd: folder, encoding: 'utf8' });
    const match =
      /^Collection created!\nInserted 3 documents\n\nSearch results:\n {2}- (.+) \(distance: (0\.\d{4})\)\n {2}- (.+) \(distance: (0\.\d{4})\)\n$/.exec(
        printed,
      );
    assert.ok(match, printed);
    const [, first, nearest, second, farther] = match;
    const texts = [
      'Machine learning is a subset of AI',
      'Neural networks mimic the human brain',
      'Python is great for data science',
    ];
    assert.ok(texts.includes(first) && texts.includes(second) && first !== second, printed);
    assert.ok(Number(nearest) >= Number(farther), printed);
    assert.deepEqual(readdirSync(folder).filter((name) => !name.endsWith('-lock')), ['milvus_demo.db']);
  });

  it('quick start: creates, inserts and searches', async () => {
    const client = new MilvusClient('./milvus_demo.db');
    await client.create_collection({
      collection_name: 'documents',
      dimension: 384,
      auto_id: true,
      enable_dynamic_field: true,
    });
    const vectors = embeddings({ n: 500, dim: 384 });
    const sample_docs = vectors.map((vector, i) => ({
      text: textOf(i),
      vector: i % 2 ? vector : Array.from(vector),
    }));
    const { ids } = await client.insert({ collection_name: 'documents', data: sample_docs });

    const [query_vector] = embeddings({ n: 1, dim: 384, seed: 7 });
    const results = await client.search({
      collection_name: 'documents',
      data: [query_vector],
      limit: 2,
      output_fields: ['text'],
    });
    const entities = ids.map((id, i) => ({ id, vector: vectors[i] }));
    assertHits(results[0], entities, query_vector, { metric: 'COSINE', limit: 2 });
    for (const result of results[0]) {
      assert.deepEqual(Object.keys(result), ['id', 'distance', 'entity']);
      assert.deepEqual(result.entity, { text: sample_docs[ids.indexOf(result.id)].text });
      assert.match(`  - ${result.entity.text} (distance: ${result.distance.toFixed(4)})`, /distance: -?\d\.\d{4}\)$/);
    }
    await client.close();
  });

  it('database file: is one that can be copied, and deleted to start fresh', async () => {
    const client = new MilvusClient('./milvus_demo.db');
    await client.create_collection({ collection_name: 'documents', dimension: 384 });
    await client.insert('documents', { id: 1, vector: embeddings({ n: 1, dim: 384 })[0], text: textOf(0) });
    await client.close();
    assert.deepEqual(readdirSync('.').filter((name) => !name.endsWith('-lock')), ['milvus_demo.db']);

    copyFileSync('milvus_demo.db', 'elsewhere.db');
    const copy = new MilvusClient('./elsewhere.db');
    assert.equal((await copy.get('documents', [1]))[0].text, textOf(0));
    await copy.close();

    rmSync('milvus_demo.db');
    const fresh = new MilvusClient('./milvus_demo.db');
    assert.deepEqual(await fresh.list_collections(), []);
    await fresh.close();
  });

  it('size estimation: a vector takes dimension x 4 bytes, and all of it stays below 1.2 times that', async () => {
    const [n, dim] = [5000, 384];
    const client = new MilvusClient('./milvus_demo.db');
    await client.create_collection({ collection_name: 'documents', dimension: dim });
    const vectors = embeddings({ n, dim, topics: 20 });
    const text = 'x'.repeat(100);
    await client.insert('documents', vectors.map((vector, id) => ({ id, vector, text })));
    await client.close();
    const ratio = statSync('milvus_demo.db').size / (n * dim * 4);
    assert.ok(ratio >= 1 && ratio <= 1.2, `${ratio} times the raw vectors`);
  });

  it('schema: has the fields that were defined, and dynamic ones', async () => {
    const client = new MilvusClient('./milvus_demo.db');
    const schema = client.create_schema({ auto_id: true, enable_dynamic_field: true });
    schema.add_field({ field_name: 'id', datatype: DataType.INT64, is_primary: true });
    schema.add_field({ field_name: 'vector', datatype: DataType.FLOAT_VECTOR, dim: 384 });
    schema.add_field({ field_name: 'text', datatype: DataType.VARCHAR, max_length: 512 });
    schema.add_field({ field_name: 'category', datatype: DataType.VARCHAR, max_length: 64 });
    await client.create_collection({ collection_name: 'articles', schema });

    const vectors = embeddings({ n: 200, dim: 384 });
    const rows = vectors.map((vector, i) => ({ vector, text: textOf(i), category: `c${i % 5}`, pages: i }));
    const { ids } = await client.insert('articles', rows);
    const [hits] = await client.search({
      collection_name: 'articles',
      data: [vectors[17]],
      limit: 5,
      output_fields: ['text', 'category', 'pages'],
    });
    assertHits(hits, ids.map((id, i) => ({ id, vector: vectors[i] })), vectors[17], { metric: 'COSINE', limit: 5 });
    for (const { id, entity } of hits) {
      const { vector, ...rest } = rows[ids.indexOf(id)];
      assert.deepEqual(entity, rest);
    }
    const missing = { vector: vectors[0], text: 'no category' };
    await assertRefused(() => client.insert('articles', missing), {
      type: 'DataNotMatchException',
      code: 1100,
      says: ['missed', 'category'],
    });
    await client.close();
  });

  it('index configuration: a plain object makes an HNSW index, and the answers are exact', async () => {
    const client = new MilvusClient('./milvus_demo.db');
    const schema = client
      .create_schema({ auto_id: true, enable_dynamic_field: true })
      .add_field({ field_name: 'id', datatype: DataType.INT64, is_primary: true })
      .add_field({ field_name: 'vector', datatype: DataType.FLOAT_VECTOR, dim: 384 });
    await client.create_collection({ collection_name: 'articles', schema });
    const vectors = embeddings({ n: 1000, dim: 384 });
    const { ids } = await client.insert('articles', vectors.map((vector) => ({ vector })));
    await client.create_index({
      collection_name: 'articles',
      index_params: {
        metric_type: 'COSINE',
        index_type: 'HNSW',
        params: {
          M: 16, // Max connections per node
          efConstruction: 200, // Search scope during build
        },
      },
    });
    const { index_type, metric_type, M, efConstruction, state } = await client.describe_index('articles', 'vector');
    assert.deepEqual(
      { index_type, metric_type, M, efConstruction, state },
      { index_type: 'HNSW', metric_type: 'COSINE', M: '16', efConstruction: '200', state: 'Finished' },
    );
    const queries = embeddings({ n: 10, dim: 384, seed: 5 });
    const search_params = { params: { ef: 64 } };
    const results = await client.search('articles', queries, { limit: 10, search_params });
    const entities = ids.map((id, i) => ({ id, vector: vectors[i] }));
    results.forEach((hits, i) => {
      assertHits(hits, entities, queries[i], { metric: 'COSINE', limit: 10 });
      const exact = exactSearch(entities, queries[i], { metric: 'COSINE', limit: 10 });
      assert.deepEqual(hits.map(({ id }) => id), exact.map(({ id }) => id));
    });
    await client.close();
  });

  it('migration path: the same code on a server gives the same answers, by address and token', async () => {
    const vectors = embeddings({ n: 50, dim: 384 });
    const tell = async (client) => {
      await client.create_collection({ collection_name: 'documents', dimension: 384 });
      const data = vectors.map((vector, id) => ({ id, vector, text: textOf(id), year: 2000 + id }));
      const inserted = await client.insert({ collection_name: 'documents', data });
      const search = { data: vectors.slice(0, 3), limit: 5, filter: 'year > 2010', output_fields: ['text'] };
      const found = await client.search({ collection_name: 'documents', ...search });
      const rows = await client.query({ collection_name: 'documents', filter: 'id in [3, 4]' });
      const { delete_count } = await client.delete({ collection_name: 'documents', ids: [1, 2] });
      await client.close();
      return { inserted, found, rows, delete_count };
    };
    const expected = await tell(new MilvusClient('./milvus_demo.db'));
    const token = 'root:Milvus';
    const server = await serve({ uri: './served.db', port: 0, token });
    try {
      assert.deepEqual(await tell(new MilvusClient({ uri: server.url, token })), expected);
      const stranger = new MilvusClient({ uri: server.url, token: 'root:wrong' });
      await assertRefused(() => stranger.list_collections(), {
        type: 'MilvusException',
        code: 1800,
        says: ["user hasn't authenticated"],
      });
    } finally {
      await server.close();
    }
  });

  it('limitations: a vector has at most 32,768 dimensions', async () => {
    const client = new MilvusClient('./milvus_demo.db');
    await client.create_collection({ collection_name: 'widest', dimension: 32768 });
    const vectors = embeddings({ n: 3, dim: 32768, topics: 1 });
    await client.insert('widest', vectors.map((vector, id) => ({ id, vector })));
    const [hits] = await client.search('widest', [vectors[1]]);
    assertHits(hits, vectors.map((vector, id) => ({ id, vector })), vectors[1], { metric: 'COSINE' });
    const tooWide = { collection_name: 'wider', dimension: 32769 };
    await assertRefused(() => client.create_collection(tooWide), {
      type: 'ParamError',
      code: 1100,
      says: ['dimension', '32768', '32769'],
    });
    await client.close();
  });

  it('separate databases: two files in one program do not know each other', async () => {
    const dev = new MilvusClient('./milvus_dev.db');
    const test = new MilvusClient('./milvus_test.db');
    await dev.create_collection('documents', 384);
    assert.deepEqual(await test.list_collections(), []);
    assert.deepEqual(await dev.list_collections(), ['documents']);
    await Promise.all([dev.close(), test.close()]);
    assert.ok(existsSync('milvus_dev.db') && existsSync('milvus_test.db'));
  });

  it('git: four lines of .gitignore hide the database while it is open, and when it is closed', async () => {
    const git = (...args) => execFileSync('git', args, { encoding: 'utf8' });
    git('init', '--quiet', '.');
    writeFileSync('.gitignore', '*.db\n*.db-journal\n*.db-wal\n*.db-lock\n');
    const untracked = () => git('status', '--porcelain', '--untracked-files=all').trim().split('\n');
    const client = new MilvusClient('./milvus_demo.db');
    await client.create_collection('documents', 384);
    assert.deepEqual(untracked(), ['?? .gitignore']);
    await client.close();
    assert.deepEqual(untracked(), ['?? .gitignore']);
  });

  it('backup: a copy of the closed file, made by cp, opens as it was', async () => {
    const client = new MilvusClient('./milvus_demo.db');
    await client.create_collection('documents', 384);
    const [vector] = embeddings({ n: 1, dim: 384 });
    await client.insert('documents', { id: 1, vector, text: 'before' });
    await client.close();
    execFileSync('sh', ['-c', 'cp milvus_demo.db milvus_demo.db.backup.$(date +%Y%m%d)']);

    const later = new MilvusClient('./milvus_demo.db');
    await later.upsert('documents', { id: 1, vector, text: 'after' });
    await later.close();
    const [backup] = readdirSync('.').filter((name) => /^milvus_demo\.db\.backup\.\d{8}$/.test(name));
    const restored = new MilvusClient(`./${backup}`);
    const [row] = await restored.get('documents', [1]);
    assert.deepEqual(row, { id: 1, vector, text: 'before' });
    await restored.close();
  });

  it('file size: grows with the rows, and can be watched while the database is open', async () => {
    const megabytes = () => statSync('./milvus_demo.db').size / (1024 * 1024);
    const client = new MilvusClient('./milvus_demo.db');
    await client.create_collection('documents', 384);
    await client.close();
    const empty = megabytes();
    const again = new MilvusClient('./milvus_demo.db');
    const vectors = embeddings({ n: 2000, dim: 384 });
    await again.insert('documents', vectors.map((vector, id) => ({ id, vector })));
    assert.match(`Database size: ${megabytes().toFixed(1)} MB`, /^Database size: \d+\.\d MB$/);
    await again.close();
    assert.ok(empty < 1 && megabytes() > empty + 2, `${empty} MB, then ${megabytes()} MB`);
  });

  it('import error: the client is exported under its name', async () => {
    const { MilvusClient: named } = await import('../../js/index.js');
    assert.equal(typeof named, 'function');
    assert.equal(named.name, 'MilvusClient');
  });

  it('database locked: a second client is told so at once, and gets in when the first is closed', async () => {
    const first = new MilvusClient('./milvus_demo.db');
    await first.create_collection('documents', 384);
    const second = new MilvusClient(join(folder, 'milvus_demo.db'));
    await assertRefused(() => second.list_collections(), {
      type: 'ConnectionConfigException',
      code: 1,
      says: ['database is locked', 'milvus_demo.db'],
    });
    await first.insert('documents', { id: 1, vector: embeddings({ n: 1, dim: 384 })[0] });
    await first.close();
    assert.deepEqual(await second.get_collection_stats('documents'), { row_count: 1 });
    await second.close();
  });

  it('out of memory: is an error, what was written stays, and fewer rows go in', async () => {
    const client = new MilvusClient({ uri: './milvus_demo.db', memory_limit: '16MB' });
    await client.create_collection('documents', 384);
    const rows = embeddings({ n: 12000, dim: 384, topics: 2 }).map((vector, id) => ({ id, vector }));
    await client.insert('documents', rows.slice(0, 500));
    await assertRefused(() => client.insert('documents', rows), { type: 'MilvusException', code: 3, says: ['room'] });
    assert.deepEqual(await client.get_collection_stats('documents'), { row_count: 500 });
    await client.insert('documents', rows.slice(500, 600));
    const [hits] = await client.search('documents', [rows[550].vector], { limit: 3 });
    assertHits(hits, rows.slice(0, 600), rows[550].vector, { metric: 'COSINE', limit: 3 });
    await client.close();
  });
});
