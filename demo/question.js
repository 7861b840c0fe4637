// The question: its form and options, what happens when it is asked, and the views of what came.

import { showCode } from './code.js';
import { loadCorpus, openCorpus } from './corpora.js';
import { codesOf } from './embedders/quantise.js';
import { loadAhead, loadEmbedder, savesData } from './embedders/index.js';
import { describeIndex, showEngine } from './engine_panel.js';
import { byId, bytes, count, h, plural, progress, said, tabs, time } from './elements.js';
import { showPrompt } from './prompt.js';
import { showResults } from './results.js';

const PAUSE = 120; // ms after the last key
const WRONG_PARAMETER = 1100; // Milvus' code
const TEXTS = {
  words: { heading: 'Describe a word. Get the word.', lead: 'For example: ', question: 'what is the word for…', filter: 'pos == "noun" and used > 5' },
  passages: { heading: 'Ask, and see what is near.', lead: 'Try: ', question: 'ask, or describe what to find', filter: 'source like "%.md"' },
};

/** @type {import('./shelves.js').Shelf | undefined} */
let shelf;
/** @type {import('./results.js').Asked | undefined} */
let asked;
/** Questions given so far: an answer to an old one is not shown. */
let turn = 0;
let pause;
/** @type {Map<string, Promise<unknown>>}  corpora on their way, by file */
const coming = new Map();
let onLoaded = async () => {};

const bars = { corpus: progress(), model: progress() };
const selectView = tabs(byId('views'), ({ dataset }) => showView(dataset.view));

/** @param {() => Promise<void>} loaded  what happens when a corpus' rows have come */
export function buildQuestion(loaded) {
  onLoaded = loaded;
  byId('ask-form').after(bars.corpus.element, bars.model.element);
  byId('ask-form').addEventListener('submit', (event) => {
    event.preventDefault();
    ask();
  });
  byId('question').addEventListener('input', () => {
    clearTimeout(pause);
    pause = setTimeout(ask, PAUSE);
  });
  for (const id of ['limit', 'ef', 'metric', 'filter']) {
    byId(id).addEventListener('change', () => (showOptions(), optionsError(), ask()));
  }
  showOptions();
  document.addEventListener('keydown', (event) => {
    const typing = /** @type {HTMLElement} */ (event.target).closest('input, textarea, select');
    if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || byId('ask').hidden) return;
    event.preventDefault();
    byId('question').select();
  });
}

/** @param {unknown} [error]  nothing: all is well */
export function notice(error) {
  const box = byId('notice');
  box.hidden = !error;
  box.textContent = error ? said(error) : '';
}

/**
 * Shows a collection, ready to be asked. What was asked of it before stays.
 *
 * @param {import('./shelves.js').Shelf} now  a corpus that is not open yet, too
 */
export function openQuestion(now) {
  const same = shelf?.file === now.file && shelf.name === now.name;
  shelf = now;
  loadAhead(now.embedder);
  if (!same) begin();
  else if (asked && !now.loaded) asked = undefined; // it has gone meanwhile
  if (asked && asked.rows !== now.rows) ask();
  else showWaiting();
}

function showWaiting() {
  if (asked || byId('ask').hasAttribute('aria-busy')) return;
  byId('results').replaceChildren(waiting(/** @type {import('./shelves.js').Shelf} */ (shelf)));
}

function begin() {
  asked = undefined;
  turn++;
  clearTimeout(pause);
  byId('ask').removeAttribute('aria-busy');
  const { kind, corpus } = /** @type {import('./shelves.js').Shelf} */ (shelf);
  const { heading, lead, question: hint, filter } = TEXTS[kind];
  byId('heading').textContent = heading;
  const examples = corpus?.examples ?? [];
  byId('examples').replaceChildren(
    ...(examples.length ? [h('span', {}, lead)] : []),
    ...examples.map((text) => h('button.link', { type: 'button', onclick: () => askFor(text) }, text)),
  );
  const question = byId('question');
  question.value = '';
  question.placeholder = hint;
  byId('filter').placeholder = filter;
  byId('filter').value = '';
  byId('outcome').textContent = '';
  for (const bar of Object.values(bars)) bar.end();
  optionsError();
  showOptions();
  showPrompt(undefined);
  selectView(byId('views').querySelector('[data-view=results]'));
}

/** Nothing is shown any more: the collection has gone. */
export function closeQuestion() {
  shelf = asked = undefined;
  turn++;
}

/** What stands where the results will be. */
function waiting({ client, corpus, loaded, rows, embedder, known }) {
  if (!client) return '';
  if (!loaded) {
    const when = savesData() ? 'with it' : 'while you read this';
    const model = embedder.bytes && !embedder.ready ? ` The model that reads your questions, ${bytes(embedder.bytes)}, comes ${when}.` : '';
    return h(
      'div.start',
      {},
      h('p.lead', {}, `${count(rows)} ${corpus.about}`),
      h('p', {}, `One database file of ${bytes(corpus.built.bytes)}: it comes from this site when you first ask, and stays in this browser.${model}`),
      h('p.actions', {}, h('button', { type: 'button', onclick: ({ target }) => ((target.disabled = true), prepare().catch(notice)) }, 'Load now')),
    );
  }
  const how = !known
    ? 'This was not made here: questions go through the built-in lexical embedder, which need not be the one of its vectors.'
    : embedder.name === 'lexical'
      ? 'The embedder is the built-in one: it finds shared words and parts of words, not meaning.'
      : 'Questions and rows are embedded by all-MiniLM-L6-v2, in this page.';
  return h('div.start', {}, h('p.lead', {}, `${plural(rows, 'row')}, waiting for a question.`), h('p', {}, how));
}

function askFor(text) {
  byId('question').value = text;
  ask();
}

/** Has what an answer needs come: the rows, and the model. */
async function prepare() {
  const now = /** @type {import('./shelves.js').Shelf} */ (shelf);
  await Promise.all([rowsOf(now), loadEmbedder(now.embedder, bars.model)]);
  if (shelf === now) showWaiting();
}

async function rowsOf(now) {
  if (!now.client) await openCorpus(now);
  if (now.loaded) return;
  if (!coming.has(now.file)) coming.set(now.file, fetchRows(now).finally(() => coming.delete(now.file)));
  await coming.get(now.file);
}

async function fetchRows(now) {
  const title = now.title.toLowerCase();
  const show = (done, total) => bars.corpus.show(`loading the ${title} · ${bytes(done)} of ${bytes(total)}`, done / total);
  try {
    await loadCorpus(now, show);
  } finally {
    bars.corpus.end();
  }
  await onLoaded();
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
    await prepare();
    if (mine !== turn) return;
    const begin = performance.now();
    const [vector] = await now.embedder.embed([question]);
    const middle = performance.now();
    if (mine !== turn) return;
    const query = now.quantised ? codesOf(vector) : vector;
    const [hits] = await now.client.search({
      collection_name: now.name,
      data: [query],
      ...search,
      output_fields: fieldsOf(now),
      explain: true,
    });
    const end = performance.now();
    if (mine !== turn) return;
    const metric = search.search_params?.metric_type ?? (await describeIndex(now))?.metric_type ?? 'COSINE';
    if (mine !== turn) return;
    asked = { question, vector, query, hits, shelf: now, rows: now.rows, metric, search, ms: { embed: middle - begin, search: end - middle } };
    optionsError();
    notice();
    byId('outcome').textContent = `${plural(hits.length, 'result')} of ${count(now.rows)} in ${time(hits.explain?.ms.total ?? end - middle)}, by ${now.embedder.short}`;
    show();
  } catch (error) {
    if (mine !== turn) return;
    byId('outcome').textContent = '';
    for (const bar of Object.values(bars)) bar.end();
    if (error.code === WRONG_PARAMETER) optionsError(error);
    else notice(error);
  } finally {
    if (mine === turn) byId('ask').removeAttribute('aria-busy');
  }
}

const fieldsOf = ({ kind, known }) => (known ? ['text', 'title', ...(kind === 'words' ? ['also', 'pos', 'example'] : ['source'])] : ['*']);

/** The engine's own words, under the options; of a filter it tells the place with a caret. */
function optionsError(error) {
  const box = byId('options-error');
  box.hidden = !error;
  byId('filter').setAttribute('aria-invalid', String(/^filter:/.test(error?.message ?? '')));
  if (!error) return;
  byId('options').open = true;
  box.textContent = said(error);
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
