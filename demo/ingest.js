// Adding texts: what is pasted or dropped goes in passages into the page's own database.

import { besideCorpora } from './corpora.js';
import { openFile } from './database.js';
import { byId, bytes, count, drawn, h, plural, progress, said, time } from './elements.js';
import { embedders, loadEmbedder, settings as models } from './embedders/index.js';
import { passagesOf } from './passages.js';
import { makeShelf } from './shelves.js';

const KINDS = '.txt,.text,.md,.markdown,.html,.htm,.json,.jsonl,.ndjson,.csv,.log';
const READABLE = new RegExp(`(${KINDS.replaceAll('.', '\\.').replaceAll(',', '|')})$`, 'i');

const settings = { embedder: 'lexical', size: 600, overlap: 80 };
const bar = progress();
/** What happens to the shelf that got rows. */
let onAdded = async (_name) => {};
/** What happens to a database that is dropped here. */
let onDatabase = async (_file) => {};
let busy = false;
/** @type {HTMLTextAreaElement} */
let area;
const size = h('span.note', { role: 'status' });

/**
 * @param {object} p
 * @param {import('./corpora.js').Corpus[]} p.corpora  those that are built
 * @param {(name: string) => Promise<void>} p.added
 * @param {(file: File) => Promise<unknown>} p.replaced
 */
export async function buildIngest({ corpora, added, replaced }) {
  onAdded = added;
  onDatabase = replaced;
  area = h('textarea', { id: 'text', rows: 12, placeholder: 'Paste a text here', spellcheck: false, oninput: showSize });
  const files = h('input', { type: 'file', multiple: true, hidden: true, accept: `${KINDS},.db`, onchange: ({ target }) => (addFiles([...target.files]), (target.value = '')) });
  const example = h('button.link', { type: 'button', onclick: takeDocumentation }, 'this project’s documentation');
  const own = h(
    'div.own',
    { id: 'own' },
    h(
      'div',
      {},
      h('label.column', { for: 'text' }, 'Text'),
      area,
      h(
        'p.actions',
        {},
        h('button.primary', { type: 'button', id: 'add-text', onclick: addText }, 'Add text'),
        h('button', { type: 'button', onclick: () => files.click() }, 'Choose files'),
        files,
        size,
      ),
      bar.element,
    ),
    h(
      'div',
      {},
      await embedderChoice(),
      range('Passages of up to', 'size', 150, 2000, 50),
      range('overlapping by up to', 'overlap', 0, 400, 10),
      h('p.note', {}, 'Or drop files anywhere on this page: txt, md, html, csv, json, json lines; or a .db, to open it.'),
      corpora.some(({ name }) => name === 'docs')
        ? h('p.note', {}, 'No text at hand? Take ', example, '.')
        : h('p.note', {}, h('code', {}, 'make demo'), ' builds a reverse dictionary and this project’s documentation, to search at once.'),
    ),
  );
  byId('add').replaceChildren(own);
  acceptDrops(own);
  showSize();
}

function showSize() {
  const { length } = area.value;
  const passages = Math.ceil(length / Math.max(1, settings.size - settings.overlap));
  size.textContent = length ? `${plural(length, 'character')}, about ${plural(passages, 'passage')}` : '';
}

const takeDocumentation = () =>
  guarded(async () => {
    const response = await fetch(besideCorpora('docs.md'));
    if (!response.ok) throw new Error('docs.md is not there: make demo');
    area.value = await response.text();
    showSize();
  });

async function embedderChoice() {
  const local = await embedders.minilm.isLocal();
  if (!local) models.source = 'huggingface';
  const note = h('p.note', {}, embedders[settings.embedder].note);
  const choose = ({ target }) => {
    settings.embedder = target.value;
    note.textContent = embedders[target.value].note;
    source.hidden = target.value !== 'minilm';
  };
  const source = h(
    'label',
    { hidden: true },
    'Model from',
    h('select', { id: 'source', onchange: ({ target }) => (models.source = target.value) },
      h('option', { value: 'local', disabled: !local, selected: local }, local ? 'this demo’s folder' : 'this demo’s folder (not built)'),
      h('option', { value: 'huggingface', selected: !local }, 'huggingface.co (needs --connect)'),
    ),
  );
  const select = h('select', { id: 'embedder', onchange: choose }, ...Object.values(embedders).map(({ name, label }) => h('option', { value: name }, label)));
  return h('div.fields', {}, h('label', {}, 'Embedder', select), note, source);
}

function range(label, key, min, max, step) {
  const value = h('output', {}, String(settings[key]));
  const set = ({ target }) => {
    settings[key] = Number(target.value);
    value.textContent = target.value;
    showSize();
  };
  return h('label.range', {}, h('span', {}, `${label} `, value, ' characters'), h('input', { type: 'range', id: key, min, max, step, value: settings[key], oninput: set }));
}

/** Files may be dropped anywhere on the page. */
function acceptDrops(place) {
  const over = (event) => {
    event.preventDefault();
    place.classList.toggle('over', event.type === 'dragover');
    document.body.classList.toggle('dropping', event.type === 'dragover');
  };
  for (const type of ['dragover', 'dragleave', 'drop']) document.addEventListener(type, over);
  document.addEventListener('drop', ({ dataTransfer }) => {
    if (dataTransfer.files.length > 0) return addFiles([...dataTransfer.files]);
    const text = dataTransfer.getData('text/plain');
    if (text) byId('collections').lastElementChild.click();
    area.value = text || area.value;
    showSize();
  });
}

/** Runs one piece of work at a time, and says what went wrong. */
async function guarded(work) {
  if (busy) return;
  setBusy(true);
  if (byId('add').hidden) byId('collections').lastElementChild.click(); // where its progress is seen
  try {
    await work();
  } catch (error) {
    bar.fail(said(error));
  } finally {
    setBusy(false);
  }
}

function setBusy(now) {
  busy = now;
  byId('add').ariaBusy = String(now);
  for (const button of byId('add').querySelectorAll('button')) button.ariaDisabled = String(now);
}

const addText = () =>
  guarded(async () => {
    const text = area.value.trim();
    if (!text) throw new Error('There is no text yet: paste one, or drop a file.');
    bar.show(`cutting ${plural(text.length, 'character')}`);
    await drawn();
    await addPassages(passagesOf(kindOf(text), text, settings));
    area.value = '';
    showSize();
  });

/** A name for a text that has none, so that it is read as what it seems to be. */
function kindOf(text) {
  const isJson = (part) => {
    try {
      return typeof JSON.parse(part) === 'object';
    } catch {
      return false;
    }
  };
  if (/^[[{]/.test(text) && isJson(text)) return 'pasted.json';
  if (text.startsWith('{') && isJson(text.split('\n', 1)[0])) return 'pasted.jsonl';
  return /^#{1,6} \S/m.test(text) ? 'pasted.md' : 'pasted text';
}

/** @param {File[]} files */
const addFiles = (files) =>
  guarded(async () => {
    const [database] = files.filter(({ name }) => /\.db$/i.test(name));
    if (database) {
      if (files.length > 1) throw new Error(`${database.name} replaces what is here: drop it alone.`);
      bar.show(`importing ${database.name}, ${bytes(database.size)}`);
      bar.end(String((await onDatabase(database)) ?? ''));
      return;
    }
    const passages = [];
    for (const file of files) {
      if (!READABLE.test(file.name) && !file.type.startsWith('text/')) {
        throw new Error(`${file.name} is no text: txt, md, html, csv, json and json lines are read here, and .db files.`);
      }
      bar.show(`reading ${file.name}, ${bytes(file.size)}`);
      await drawn();
      passages.push(...passagesOf(file.name, await file.text(), settings));
    }
    await addPassages(passages);
  });

async function addPassages(passages) {
  if (passages.length === 0) throw new Error('There are no words in it.');
  const embedder = embedders[settings.embedder];
  const name = embedder.name === 'lexical' ? 'texts' : `texts_${embedder.name}`;
  const title = embedder.name === 'lexical' ? 'My texts' : 'My texts, by meaning';
  await loadEmbedder(embedder, bar);
  const { client } = await openFile();
  if (!(await client.has_collection({ collection_name: name }))) {
    await makeShelf(client, { name, title, kind: 'passages', embedder });
  }
  await embedAndInsert(client, name, passages, embedder);
  await onAdded(name);
}

async function embedAndInsert(client, collection_name, rows, embedder) {
  navigator.storage?.persist?.(); // ask not to be cleared away when the disk is full
  const start = performance.now();
  for (let at = 0; at < rows.length; at += embedder.batch) {
    const part = rows.slice(at, at + embedder.batch);
    const vectors = await embedder.embed(part.map(({ text }) => text));
    const data = part.map((row, i) => ({ ...row, title: String(row.title ?? '').slice(0, 200), vector: vectors[i] }));
    await client.insert({ collection_name, data });
    const done = at + part.length;
    const rate = (1000 * done) / Math.max(1, performance.now() - start);
    bar.show(`embedding and inserting · ${count(done)} of ${count(rows.length)} · ${count(rate)}/s`, done / rows.length);
    await drawn();
  }
  bar.end(`${plural(rows.length, 'row')} in ${time(performance.now() - start)}`);
}
