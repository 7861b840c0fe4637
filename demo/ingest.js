// Adding texts: a bundled corpus, or what is pasted or dropped.

import { corpora, corpusRows, corpusVectors, hasCorpus } from './corpora.js';
import { client, ensureShelf } from './database.js';
import { embedders } from './embedders/index.js';
import { byId, bytes, count, drawn, h, plural, progress, said, time } from './elements.js';
import { passagesOf } from './passages.js';

const INSERTED_AT_ONCE = 5000;
const READABLE = /\.(txt|text|md|markdown|html?|jsonl|ndjson|json|csv|log)$/i;

const settings = { embedder: 'lexical', source: 'local', size: 600, overlap: 80 };
const bar = progress();
/** What happens to the shelf that got rows. */
let onAdded = async (_name) => {};
let busy = false;
/** @type {HTMLTextAreaElement} */
let area;

/** @param {(name: string) => Promise<void>} added */
export async function buildIngest(added) {
  onAdded = added;
  area = h('textarea', { id: 'text', rows: 7, placeholder: 'Paste a text here, or drop files: txt, md, html, json lines', spellcheck: false });
  const files = h('input', { type: 'file', multiple: true, hidden: true, accept: '.txt,.md,.html,.htm,.jsonl,.ndjson', onchange: () => addFiles(files.files) });
  const own = h(
    'div.own',
    { id: 'own' },
    h('h2', {}, 'Your own text'),
    area,
    await embedderChoice(),
    h('p.fields', {}, range('Passage', 'size', 150, 2000, 50), range('Overlap', 'overlap', 0, 400, 10)),
    h(
      'p.actions',
      {},
      h('button.primary', { type: 'button', id: 'add-text', onclick: addText }, 'Add text'),
      h('button', { type: 'button', onclick: () => files.click() }, 'Choose files'),
      files,
    ),
  );
  const cards = h('div.cards');
  byId('add').replaceChildren(bar.element, h('div.shelf', {}, cards, own));
  for (const corpus of corpora) cards.append(card(corpus, await hasCorpus(corpus.name)));
  acceptDrops(own);
}

function card(corpus, built) {
  return h(
    'div.card',
    {},
    h('h2', {}, corpus.title),
    h('p', {}, corpus.about),
    h('p.sample', {}, corpus.sample),
    built
      ? h('p.actions', {}, h('button.primary', { type: 'button', 'data-corpus': corpus.name, onclick: () => guarded(() => addCorpus(corpus)) }, 'Load'))
      : h('p.note', {}, 'Not built yet: ', h('code', {}, 'make demo'), ' builds it.'),
  );
}

async function embedderChoice() {
  const local = await embedders.minilm.isLocal();
  if (!local) settings.source = 'huggingface';
  const note = h('span.note', {}, embedders[settings.embedder].note);
  const choose = ({ target }) => {
    settings.embedder = target.value;
    note.textContent = embedders[target.value].note;
    source.hidden = target.value !== 'minilm';
  };
  const source = h(
    'label',
    { hidden: true },
    'Model from',
    h('select', { value: settings.source, onchange: ({ target }) => (settings.source = target.value) },
      h('option', { value: 'local', disabled: !local, selected: local }, local ? 'this demo’s folder' : 'this demo’s folder (not built)'),
      h('option', { value: 'huggingface', selected: !local }, 'huggingface.co (needs --connect)'),
    ),
  );
  const select = h('select', { id: 'embedder', onchange: choose }, ...Object.values(embedders).map(({ name, label }) => h('option', { value: name }, label)));
  return h('div', {}, h('p.fields', {}, h('label', {}, 'Embedder', select), source), h('p', {}, note));
}

function range(label, key, min, max, step) {
  const value = h('output', {}, String(settings[key]));
  const set = ({ target }) => {
    settings[key] = Number(target.value);
    value.textContent = target.value;
  };
  return h('label', {}, h('span', {}, `${label} `, value, ' characters'), h('input', { type: 'range', min, max, step, value: settings[key], oninput: set }));
}

function acceptDrops(place) {
  const over = (event) => {
    event.preventDefault();
    place.classList.toggle('over', event.type === 'dragover');
  };
  for (const type of ['dragover', 'dragleave', 'drop']) document.addEventListener(type, over);
  document.addEventListener('drop', (event) => {
    const { files } = event.dataTransfer;
    if (files.length > 0) addFiles(files);
    else if (event.dataTransfer.getData('text/plain')) area.value = event.dataTransfer.getData('text/plain');
  });
}

/** Runs one piece of work at a time, and says what went wrong. */
async function guarded(work) {
  if (busy) return;
  busy = true;
  byId('add').classList.add('busy');
  byId('add').hidden = false;
  try {
    await work();
  } catch (error) {
    bar.end(said(error));
  } finally {
    busy = false;
    byId('add').classList.remove('busy');
  }
}

const addText = () =>
  guarded(async () => {
    const text = area.value.trim();
    if (!text) throw new Error('There is no text yet: paste one, or drop a file.');
    const name = text.startsWith('{"') ? 'pasted.jsonl' : /^#{1,6} /m.test(text) ? 'pasted.md' : 'pasted text';
    await addPassages(passagesOf(name, text, settings));
    area.value = '';
  });

/** @param {FileList} files */
const addFiles = (files) =>
  guarded(async () => {
    const passages = [];
    for (const file of files) {
      if (!READABLE.test(file.name) && !file.type.startsWith('text/')) {
        throw new Error(`${file.name} is no text: txt, md, html and json lines are read here.`);
      }
      bar.show(`reading ${file.name}, ${bytes(file.size)}`);
      passages.push(...passagesOf(file.name, await file.text(), settings));
    }
    await addPassages(passages);
  });

async function addPassages(passages) {
  if (passages.length === 0) throw new Error('There are no words in it.');
  const embedder = embedders[settings.embedder];
  const name = embedder.name === 'lexical' ? 'texts' : `texts_${embedder.name}`;
  const title = embedder.name === 'lexical' ? 'My texts' : 'My texts, by meaning';
  await ensureShelf({ name, title, kind: 'passages', embedder });
  await embedAndInsert(name, passages, embedder);
  await onAdded(name);
}

/** @param {import('./corpora.js').Corpus} corpus */
async function addCorpus({ name, collection: collection_name, title, kind }) {
  bar.show(`reading ${title.toLowerCase()}`);
  const rows = await corpusRows(name);
  const vectors = await corpusVectors(name, rows.length, embedders.minilm.dim);
  const embedder = vectors ? embedders.minilm : embedders.lexical;
  await client.drop_collection({ collection_name });
  await ensureShelf({ name: collection_name, title, kind, embedder });
  if (vectors) await insertAll(collection_name, rows, vectors);
  else await embedAndInsert(collection_name, rows, embedder);
  await onAdded(collection_name);
}

async function insertAll(collection_name, rows, vectorOf) {
  const start = performance.now();
  for (let at = 0; at < rows.length; at += INSERTED_AT_ONCE) {
    const data = rows.slice(at, at + INSERTED_AT_ONCE).map((row, i) => ({ ...row, vector: vectorOf(at + i) }));
    await client.insert({ collection_name, data });
    tell('inserting', at + data.length, rows.length, start);
    await drawn();
  }
  await untilIndexed(collection_name);
  done(rows.length, start);
}

async function embedAndInsert(collection_name, rows, embedder) {
  await loadEmbedder(embedder, bar, settings.source);
  const start = performance.now();
  for (let at = 0; at < rows.length; at += embedder.batch) {
    const part = rows.slice(at, at + embedder.batch);
    const vectors = await embedder.embed(part.map(({ text }) => text));
    const data = part.map((row, i) => ({ ...row, title: String(row.title ?? '').slice(0, 200), vector: vectors[i] }));
    await client.insert({ collection_name, data });
    tell('embedding and inserting', at + part.length, rows.length, start);
    await drawn();
  }
  await untilIndexed(collection_name);
  done(rows.length, start);
}

/** The index is there already; to make it once more is to wait until it knows all rows. */
async function untilIndexed(collection_name) {
  navigator.storage?.persist?.(); // ask not to be cleared away when the disk is full
  await client.create_index({
    collection_name,
    index_params: await indexOf(collection_name),
    on_progress: ({ done, total }) => bar.show(`indexing · ${count(done)} of ${count(total)}`, total ? done / total : 1),
  });
}

async function indexOf(collection_name) {
  const [index_name] = await client.list_indexes({ collection_name });
  const { index_type, metric_type, M, efConstruction, field_name } = await client.describe_index({ collection_name, index_name });
  const params = index_type === 'HNSW' ? { M: Number(M), efConstruction: Number(efConstruction) } : {};
  return [{ field_name, index_name, index_type, metric_type, params }];
}

function tell(what, n, of, start) {
  const rate = (1000 * n) / Math.max(1, performance.now() - start);
  bar.show(`${what} · ${count(n)} of ${count(of)} · ${count(rate)}/s`, n / of);
}

function done(n, start) {
  bar.end(`${plural(n, 'row')} in ${time(performance.now() - start)}`);
}

/**
 * @param {import('./embedders/index.js').Embedder} embedder
 * @param {ReturnType<typeof progress>} bar
 * @param {string} [source]
 */
export async function loadEmbedder(embedder, bar, source = settings.source) {
  if (embedder.ready) return;
  bar.show('loading the model');
  const on_progress = ({ stage, done, total }) => {
    if (stage === 'start') bar.show('starting the model');
    else bar.show(`loading the model · ${bytes(done)} of ${bytes(total)}`, done / total);
  };
  await embedder.load({ source, on_progress });
  bar.end();
}
