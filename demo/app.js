// The page: which collection is shown, and what happens when a question is asked.

import { showCode } from './code.js';
import { corpora } from './corpora.js';
import { clearEverything, client, openDatabase, place, shelves } from './database.js';
import { describeIndex, showEngine } from './engine_panel.js';
import { byId, bytes, count, h, plural, progress, said, tabs, time } from './elements.js';
import { buildIngest, loadEmbedder } from './ingest.js';
import { showPrompt } from './prompt.js';
import { showResults } from './results.js';

const PAUSE = 200; // ms after the last key
const ADD = ' add';
const HEADINGS = {
  words: ['Describe a word. Get the word.', 'For example: '],
  passages: ['Ask, and see what is near.', 'Try: '],
};

/** @type {import('./database.js').Shelf[]} */
let all = [];
/** @type {import('./database.js').Shelf | undefined} */
let shelf;
/** @type {import('./results.js').Asked | undefined} */
let asked;
/** Questions given so far: an answer to an old one is not shown. */
let turn = 0;
let pause;

const modelBar = progress();
const selectCollection = tabs(byId('collections'), ({ dataset }) => showCollection(dataset.name));
const selectView = tabs(byId('views'), ({ dataset }) => showView(dataset.view));

function notice(error) {
  const box = byId('notice');
  box.hidden = !error;
  box.textContent = error ? said(error) : '';
}

async function start() {
  theme();
  byId('ask-form').after(modelBar.element);
  try {
    await openDatabase();
  } catch (error) {
    byId('storage').textContent = 'not open';
    return notice(error);
  }
  await buildIngest(async (name) => {
    await refresh(name);
    byId('question').focus();
  });
  const last = recall('collection');
  await refresh(all.some(({ name }) => name === last) ? last : undefined);
  listen();
  document.documentElement.dataset.ready = 'true';
}

/** Reads the collections anew, and shows one of them: the named, else the last one seen, else what to add. */
async function refresh(name = recall('collection')) {
  all = await shelves();
  const tab = (text, own, rows) =>
    h('button', { role: 'tab', type: 'button', 'data-name': own }, text, rows === undefined ? '' : h('small', {}, count(rows)));
  byId('collections').replaceChildren(
    ...all.map(({ title, name: own, rows }) => tab(title, own, rows)),
    tab(all.length > 0 ? '+ Add' : 'Choose something to search', ADD),
  );
  const shown = all.find((one) => one.name === name) ?? all[0];
  selectCollection(byId('collections').querySelector(`[data-name="${CSS.escape(shown?.name ?? ADD)}"]`));
  await showStorage();
}

async function showStorage() {
  const rows = all.reduce((sum, one) => sum + one.rows, 0);
  const kept = place.kept ? ['kept', ' in this browser'] : ['in memory', ', gone on reload'];
  const badge = byId('storage');
  badge.replaceChildren(h('span.more', {}, `${plural(rows, 'row')} · `), kept[0], h('span.more', {}, kept[1]));
  badge.classList.toggle('kept', place.kept);
  badge.title = place.kept ? `${place.uri}: reload, and everything is still there` : place.why;
  showCode(place.uri);
}

function showCollection(name) {
  const adding = name === ADD;
  byId('add').hidden = !adding;
  byId('ask').hidden = adding;
  notice();
  byId('collections').querySelector('[aria-selected=true]').scrollIntoView({ block: 'nearest', inline: 'nearest' });
  if (adding) return;
  if (shelf?.name === name && asked) {
    shelf = all.find((one) => one.name === name);
    return;
  }
  shelf = all.find((one) => one.name === name);
  if (!shelf) return;
  keep('collection', name);
  asked = undefined;
  turn++;
  const [heading, lead] = HEADINGS[shelf.kind];
  document.querySelector('h1').textContent = heading;
  const examples = corpora.find(({ collection }) => collection === name)?.examples ?? [];
  byId('examples').replaceChildren(
    ...(examples.length ? [h('span', {}, lead)] : []),
    ...examples.map((text) => h('button.link', { type: 'button', onclick: () => askFor(text) }, text)),
  );
  const question = byId('question');
  question.value = '';
  question.placeholder = shelf.kind === 'words' ? 'what is the word for…' : 'ask, or describe what to find';
  byId('filter').placeholder = shelf.kind === 'words' ? 'pos == "noun"' : 'source like "%.md"';
  byId('outcome').textContent = '';
  byId('results').replaceChildren(h('p.empty', {}, `${plural(shelf.rows, 'row')}, waiting for a question. `, h('span', {}, embedderNote())));
  showPrompt(undefined);
  selectView(byId('views').querySelector('[data-view=results]'));
  if (!shelf.embedder.ready) loadEmbedder(shelf.embedder, modelBar).catch((error) => modelBar.end(said(error)));
}

function embedderNote() {
  if (!shelf?.known) return 'It was not made here: questions go through the built-in lexical embedder, which need not be the one of its vectors.';
  return shelf.embedder.name === 'lexical' ? 'Its embedder is lexical: it finds shared words, not meaning.' : 'Vectors by all-MiniLM-L6-v2, as are the questions, in this page.';
}

function askFor(text) {
  byId('question').value = text;
  ask();
}

/** Reads the form as the parameters of a search. */
function searchOf() {
  const number = (id) => (byId(id).value === '' ? undefined : Number(byId(id).value));
  const metric_type = byId('metric').value || undefined;
  const ef = number('ef');
  const search_params = { ...(metric_type && { metric_type }), ...(ef !== undefined && { params: { ef } }) };
  return {
    limit: number('limit') ?? 8,
    ...(byId('filter').value.trim() && { filter: byId('filter').value }),
    ...(Object.keys(search_params).length > 0 && { search_params }),
  };
}

async function ask() {
  clearTimeout(pause);
  const question = byId('question').value.trim();
  if (!shelf || !question) return;
  const mine = ++turn;
  const now = shelf;
  const search = searchOf();
  showOptions();
  byId('ask').setAttribute('aria-busy', 'true');
  try {
    await loadEmbedder(now.embedder, modelBar);
    const begin = performance.now();
    const [vector] = await now.embedder.embed([question]);
    const middle = performance.now();
    if (mine !== turn) return;
    const [hits] = await client.search({
      collection_name: now.name,
      data: [vector],
      ...search,
      output_fields: fieldsOf(now),
      explain: true,
    });
    const end = performance.now();
    if (mine !== turn) return;
    const metric = search.search_params?.metric_type ?? (await describeIndex(now.name))?.metric_type ?? 'COSINE';
    asked = { question, vector, hits, shelf: now, metric, search, ms: { embed: middle - begin, search: end - middle } };
    filterError();
    notice();
    byId('outcome').textContent = `${plural(hits.length, 'result')} of ${count(now.rows)} in ${time(hits.explain?.ms.total ?? end - middle)}`;
    show();
  } catch (error) {
    if (mine !== turn) return;
    byId('outcome').textContent = '';
    modelBar.end();
    if (search.filter && !/vector|dim|metric|\bef\b|limit/.test(error.message)) filterError(error, search.filter);
    else notice(error);
  } finally {
    if (mine === turn) byId('ask').removeAttribute('aria-busy');
  }
}

const fieldsOf = ({ kind, known }) => (known ? ['text', 'title', ...(kind === 'words' ? ['pos', 'example'] : ['source'])] : ['*']);

/** The engine's own words, under the place they are about where it is known. */
function filterError(error, filter = '') {
  const box = byId('filter-error');
  box.hidden = !error;
  byId('filter').setAttribute('aria-invalid', String(Boolean(error)));
  if (!error) return;
  byId('options').open = true;
  const at = error.detail?.at;
  const caret = Number.isInteger(at) && !error.message.includes('\n') ? `${filter}\n${' '.repeat(at)}^\n` : '';
  box.textContent = caret + said(error);
}

function show() {
  if (!asked) return;
  showResults(asked);
  showPrompt(asked);
  showEngine(asked).catch(notice);
}

function showView(view) {
  for (const id of ['results', 'prompt', 'engine', 'code']) byId(id).hidden = id !== view;
  byId('ask').dataset.view = view;
  if (view === 'code') showCode();
  if (view === 'prompt') showPrompt(asked);
  if (view === 'engine') {
    if (asked) showEngine(asked).catch(notice);
    else byId('engine').replaceChildren(h('p.empty', {}, 'Ask something first: this shows how it was found.'));
  }
}

function showOptions() {
  const { limit, filter, search_params } = searchOf();
  const parts = [plural(limit, 'result'), search_params?.params && `ef ${search_params.params.ef}`, search_params?.metric_type, filter];
  byId('options-summary').textContent = parts.filter(Boolean).join(' · ');
}

function listen() {
  byId('ask-form').addEventListener('submit', (event) => {
    event.preventDefault();
    ask();
  });
  byId('question').addEventListener('input', () => {
    clearTimeout(pause);
    if (shelf?.embedder.ready) pause = setTimeout(ask, PAUSE);
  });
  for (const id of ['limit', 'ef', 'metric', 'filter']) {
    byId(id).addEventListener('change', () => (showOptions(), filterError(), ask()));
  }
  showOptions();
  document.addEventListener('keydown', (event) => {
    const typing = /** @type {HTMLElement} */ (event.target).closest('input, textarea, select');
    if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || byId('ask').hidden) return;
    event.preventDefault();
    byId('question').select();
  });
  byId('export').addEventListener('click', () => act('exporting…', exportFile));
  byId('import').addEventListener('click', () => byId('import-file').click());
  byId('import-file').addEventListener('change', ({ target }) => {
    const [file] = target.files;
    if (file) act('importing…', () => importFile(file));
    target.value = '';
  });
  byId('clear').addEventListener('click', () => {
    if (confirm('Drop all collections of this page?')) act('clearing…', clear);
  });
}

async function act(label, work) {
  const status = byId('footer-status');
  status.textContent = label;
  try {
    status.textContent = (await work()) ?? '';
  } catch (error) {
    status.textContent = said(error);
  }
}

async function exportFile() {
  const blob = await client.export_db({ format: 'blob' });
  const link = h('a', { href: URL.createObjectURL(blob), download: 'demo.db' });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return `demo.db, ${bytes(blob.size)}`;
}

async function importFile(file) {
  await client.import_db(file);
  asked = shelf = undefined;
  await refresh();
  return `${file.name} is the database now`;
}

async function clear() {
  await clearEverything();
  asked = shelf = undefined;
  await refresh();
  return 'All collections are dropped.';
}

function keep(key, value) {
  try {
    localStorage.setItem(`demo.${key}`, value);
  } catch {} // a browser that keeps nothing
}

function recall(key) {
  try {
    return localStorage.getItem(`demo.${key}`) ?? undefined;
  } catch {
    return undefined;
  }
}

function theme() {
  const root = document.documentElement;
  const dark = () => (root.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
  const chosen = recall('theme');
  if (chosen) root.dataset.theme = chosen;
  byId('theme').addEventListener('click', () => {
    root.dataset.theme = dark() ? 'light' : 'dark';
    keep('theme', root.dataset.theme);
  });
}

start().catch(notice);
