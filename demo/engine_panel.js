// How the last search was done, how far an index agrees with an exact scan, and which index there is.

import { fileBytes, openFile, quietly } from './database.js';
import { byId, bytes, count, h, plural, progress, said, time } from './elements.js';

const SAMPLE = 100;
const PHASES = {
  embed: 'embedding the question',
  plan: 'planning',
  filter: 'filter',
  estimate: 'codes and graph',
  exact: 'exact distances',
  group: 'groups',
  fetch: 'reading fields',
  rest: 'messages to the engine',
};

/** @type {import('./results.js').Asked | undefined} */
let asked;
let version;

/** @param {import('./results.js').Asked | undefined} now */
export async function showEngine(now) {
  asked = now;
  const panel = byId('engine');
  if (panel.hidden || !asked) return;
  const { shelf, hits } = asked;
  const explain = hits.explain;
  const index = await describeIndex(shelf);
  version ??= await quietly(shelf.client).get_server_version();
  const facts = await storageFacts(shelf);
  panel.replaceChildren(
    explain ? summary(explain, asked) : h('p.note', {}, 'Nothing was found to explain.'),
    ...(explain ? [phases(asked)] : []),
    h('div.two', {}, comparison(shelf), indexForm(shelf, index)),
    h('h2', {}, 'Database'),
    h('dl.facts', {}, ...facts.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value)))),
  );
}

/** @param {import('./shelves.js').Shelf} shelf */
export async function describeIndex({ client: recorded, name: collection_name }) {
  const client = quietly(recorded);
  const [index_name] = await client.list_indexes({ collection_name });
  return index_name ? client.describe_index({ collection_name, index_name }) : undefined;
}

function summary({ index, plan, storage, rows, allowed, ef, estimated, exact }, { hits }) {
  const ways = { graph: 'walked the graph', codes: 'scanned one-bit codes', exact: 'scanned the vectors' };
  const how = `${index ?? 'No index'}: ${ways[plan] ?? plan}`;
  const compared =
    estimated > 0
      ? `compared ${plural(estimated, 'row')} by codes and ${count(exact)} exactly`
      : `compared ${plural(exact, 'row')} exactly`;
  return h(
    'div.plan',
    {},
    h('p.lead', {}, `${how}, ${compared}, of ${count(rows)}.`),
    h(
      'dl.facts',
      {},
      ...Object.entries({ index: index ?? 'none', plan, storage, rows: count(rows), allowed: count(allowed), ef: ef ?? 'auto', estimated: count(estimated), exact: count(exact), hits: hits.length }).map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, String(value)))),
    ),
  );
}

function phases({ hits, ms }) {
  const { total, ...inside } = hits.explain.ms;
  const parts = Object.entries({ embed: ms.embed, ...inside, rest: Math.max(0, ms.search - total) });
  const bar = h('div.phases', { role: 'img', 'aria-label': 'Time by phase; the list below has the numbers' });
  const list = h('dl.legend');
  const whole = parts.reduce((sum, [, value]) => sum + value, 0) || 1;
  for (const [name, value] of parts) {
    const piece = h(`i.${name}`);
    piece.style.width = `${(100 * value) / whole}%`;
    bar.append(piece);
    list.append(h('div', {}, h('dt', {}, h(`i.${name}`), PHASES[name] ?? name), h('dd', {}, time(value))));
  }
  return h('div', {}, h('h2', {}, 'Time'), bar, list);
}

/** A range that leaves nothing out: range searches are exact, whatever index there is. */
const everything = (metric) => (metric === 'L2' ? { radius: 1e38 } : { radius: -1e38 });

function comparison(shelf) {
  const table = h('div');
  const bar = progress();
  const button = h('button', { type: 'button' }, `Measure ${SAMPLE} queries`);
  button.onclick = async () => {
    button.disabled = true;
    await measure(shelf, bar, table).catch((error) => bar.end(said(error)));
    button.disabled = false;
  };
  const box = h(
    'div.box',
    {},
    h('h2', {}, 'The index beside FLAT'),
    h('p.note', {}, 'The same queries both ways: recall is what the index finds of what an exact scan finds.'),
    table,
    h('p.actions', {}, button),
    bar.element,
  );
  one(table);
  return box;
}

async function one(table) {
  const { shelf, search, hits, query, metric } = asked ?? {};
  if (!hits?.explain) return;
  const exact = await run(shelf, shelf.client, [query], search, everything(metric)).catch(() => undefined);
  if (!exact) return;
  const ids = new Set(exact.hits[0].map(({ id }) => id));
  const found = hits.filter(({ id }) => ids.has(id)).length;
  table.replaceChildren(
    sideBySide('this question', [
      [hits.explain.index ?? 'no index', hits.explain.ms.total, found / Math.max(1, ids.size), hits.explain],
      ['FLAT', exact.hits[0].explain.ms.total, 1, exact.hits[0].explain],
    ]),
  );
}

function sideBySide(what, columns) {
  const row = (name, values) => h('tr', {}, h('th', { scope: 'row' }, name), ...values.map((value) => h('td', {}, value)));
  return h(
    'table.compare',
    {},
    h('caption', {}, what),
    h('thead', {}, h('tr', {}, h('td'), ...columns.map(([name]) => h('th', { scope: 'col' }, name)))),
    h(
      'tbody',
      {},
      row('time', columns.map(([, ms]) => time(ms))),
      row('recall', columns.map(([, , recall]) => recall.toFixed(3).replace(/0+$/, '').replace(/\.$/, ''))),
      row('plan', columns.map(([, , , { plan }]) => plan)),
      row('by codes', columns.map(([, , , { estimated }]) => count(estimated))),
      row('exactly', columns.map(([, , , { exact }]) => count(exact))),
    ),
  );
}

async function run(shelf, client, data, search, range) {
  const { params, ...rest } = search.search_params ?? {};
  const hits = await client.search({
    collection_name: shelf.name,
    data,
    limit: search.limit,
    ...(search.filter && { filter: search.filter }),
    search_params: { ...rest, params: { ...params, ...range } },
    explain: true,
  });
  return { hits };
}

/** Rows of the collection, each turned a little towards another, as queries. */
async function queries(shelf) {
  const ids = Array.from({ length: 3 * SAMPLE }, () => 1 + Math.floor(Math.random() * shelf.rows));
  const rows = await quietly(shelf.client).get({ collection_name: shelf.name, ids: [...new Set(ids)], output_fields: ['vector'] });
  const vectors = rows.map(({ vector }) => vector).filter(Boolean);
  if (vectors.length < 2) throw new Error('there are not enough rows to ask with');
  return vectors.slice(0, SAMPLE).map((vector, i) => {
    const other = vectors[(i + 1) % vectors.length];
    return vector.map((x, k) => 0.75 * x + 0.25 * other[k]);
  });
}

async function measure(shelf, bar, table) {
  const search = asked.search;
  const client = quietly(shelf.client);
  const vectors = await queries(shelf);
  const sums = { index: 0, exact: 0, found: 0, all: 0 };
  const last = {};
  for (let i = 0; i < vectors.length; i++) {
    const { hits: [ours] } = await run(shelf, client, [vectors[i]], search, {});
    const { hits: [exact] } = await run(shelf, client, [vectors[i]], search, everything(asked.metric));
    const ids = new Set(exact.map(({ id }) => id));
    sums.index += ours.explain.ms.total;
    sums.exact += exact.explain.ms.total;
    sums.found += ours.filter(({ id }) => ids.has(id)).length;
    sums.all += exact.length;
    for (const [name, { explain }] of Object.entries({ ours, exact })) {
      last[name] ??= { plan: explain.plan, estimated: 0, exact: 0 };
      last[name].estimated += explain.estimated / vectors.length;
      last[name].exact += explain.exact / vectors.length;
      last[name].index = explain.index;
    }
    if (i % 5 === 0) bar.show(`${i} of ${vectors.length}`, i / vectors.length);
  }
  bar.end();
  table.replaceChildren(
    sideBySide(`mean of ${vectors.length} queries`, [
      [last.ours.index ?? 'no index', sums.index / vectors.length, sums.found / sums.all, last.ours],
      ['FLAT', sums.exact / vectors.length, 1, last.exact],
    ]),
  );
}

function indexForm(shelf, index) {
  const options = (names, chosen) => names.map((name) => h('option', { selected: name === chosen }, name));
  const type = h('select', {}, ...options(['AUTOINDEX', 'HNSW', 'FLAT'], index?.index_type));
  const metric = h('select', {}, ...options(['COSINE', 'IP', 'L2'], index?.metric_type));
  const bar = progress();
  const button = h('button', { type: 'button' }, 'Build');
  button.onclick = async () => {
    button.disabled = true;
    try {
      await rebuild(shelf, index, type.value, metric.value, bar);
      bar.end();
      byId('ask-form').requestSubmit();
    } catch (error) {
      bar.end(said(error));
    }
    button.disabled = false;
  };
  const state = index
    ? `${index.index_type}, ${index.metric_type}${index.served_by ? `, served by ${{ codes: 'one-bit codes', graph: 'a graph', exact: 'an exact scan' }[index.served_by] ?? index.served_by}` : ''}: ${count(index.indexed_rows)} of ${count(index.total_rows)} rows.`
    : 'There is none: searches are exact.';
  return h(
    'div.box',
    {},
    h('h2', {}, 'Index'),
    h('p.note', {}, state, shelf.rows < 4096 ? ' A scan of so few rows is faster than a graph, and is what serves it.' : ''),
    h('p.fields', {}, h('label', {}, 'Type', type), h('label', {}, 'Metric', metric)),
    h('p.actions', {}, button),
    bar.element,
  );
}

async function rebuild({ client, name: collection_name }, index, index_type, metric_type, bar) {
  bar.show('building');
  if (index) await client.drop_index({ collection_name, index_name: index.index_name });
  const params = index_type === 'HNSW' ? { M: 16, efConstruction: 200 } : undefined;
  const start = performance.now();
  await client.create_index({
    collection_name,
    index_params: { index_type, metric_type, params },
    on_progress: ({ done, total }) => {
      const rate = (1000 * done) / Math.max(1, performance.now() - start);
      bar.show(`${count(done)} of ${count(total)} rows · ${count(rate)}/s`, total ? done / total : 0);
    },
  });
}

const KINDS = { opfs: 'OPFS', idb: 'IndexedDB', memory: 'memory, until the page is left' };

async function storageFacts(shelf) {
  const { kind, reason, persisted, usage, quota, memory } = await quietly(shelf.client).storage();
  const { uri, why } = await openFile(shelf.file);
  const size = kind === 'opfs' ? await fileBytes(shelf.file) : undefined;
  const vectors = shelf.rows * shelf.dim * (shelf.quantised ? 1 : 4);
  const facts = [
    ['address', uri],
    ['kept in', KINDS[kind] ?? kind],
    ['why', why || reason],
    ['cleared away', kind === 'memory' ? undefined : persisted ? 'never' : 'if the disk is full'],
    ['file', size && bytes(size)],
    ['this site', usage ? `${bytes(usage)}${quota ? ` of ${bytes(quota)}` : ''}` : undefined],
    ['this collection', plural(shelf.rows, 'row')],
    ['vectors', `${bytes(vectors)}, ${shelf.dim} ${shelf.quantised ? 'bytes' : 'floats'} each`],
    ['memory', bytes(memory)],
    ['engine', version.replace(/^.*-/, '')],
    ['SIMD', '128 bits wide'],
  ];
  return facts.filter(([, value]) => value);
}
