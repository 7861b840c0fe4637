// The page: which collections there are, which is shown, and what can be done with the files they are in.

import { showCode } from './code.js';
import { builtCorpora, openCorpus } from './corpora.js';
import { clearFile, openFile, openFiles, OWN } from './database.js';
import { byId, bytes, count, h, memory, said, tabs } from './elements.js';
import { loadAhead } from './embedders/index.js';
import { buildIngest } from './ingest.js';
import { buildQuestion, closeQuestion, notice, openQuestion } from './question.js';
import { shelvesIn } from './shelves.js';

const ADD = '+ add'; // no collection can be called so

/** @type {import('./shelves.js').Shelf[]}  the corpora: they get a client when they are looked at */
let built = [];
/** @type {import('./shelves.js').Shelf[]}  the corpora, then what was added here */
let all = [];
/** What the tab that was selected last stands for. */
let current = '';

const keyOf = ({ file, name }) => `${file}/${name}`;
const selectTab = tabs(byId('collections'), ({ dataset }) => showCollection(dataset.key).catch(notice));

async function start() {
  theme();
  buildQuestion(showStorage);
  listen();
  try {
    [built] = await Promise.all([builtCorpora().then(ahead), openFile()]);
  } catch (error) {
    byId('storage').textContent = 'not open';
    return notice(error);
  }
  const ingest = buildIngest({
    corpora: built.map(({ corpus }) => corpus),
    added: async (name) => {
      await refresh(keyOf({ file: OWN, name }));
      byId('question').focus();
    },
    replaced: importFile,
  });
  await Promise.all([ingest, refresh()]);
  document.documentElement.dataset.ready = 'true';
}

/** What the corpus that is shown first needs is on its way while the page's own file is opened: its file, and the model. */
function ahead(corpora) {
  const last = memory.recall('collection');
  const first = last ? corpora.find((one) => keyOf(one) === last) : corpora[0];
  if (first) {
    loadAhead(first.embedder);
    openFile(first.file).catch(() => {}); // what is wrong with it is told when it is shown
  }
  return corpora;
}

/** Reads the collections anew, and shows one of them: the named, else the one seen last, else the first. */
async function refresh(key = memory.recall('collection')) {
  const own = await shelvesIn(await openFile());
  all = [...built, ...own];
  const tab = (text, own, rows) =>
    h('button', { role: 'tab', type: 'button', 'data-key': own }, text, rows === undefined ? '' : h('small', {}, count(rows)));
  byId('collections').replaceChildren(
    ...all.map((one) => tab(one.title, keyOf(one), one.rows)),
    tab(all.length > 0 ? '+ Add' : 'Add something to search', ADD),
  );
  const shown = all.find((one) => keyOf(one) === key) ?? (key === ADD ? undefined : all[0]);
  const select = byId('collections').querySelector(`[data-key="${CSS.escape(shown ? keyOf(shown) : ADD)}"]`);
  selectTab(select, { quietly: true });
  await showCollection(select.dataset.key);
}

async function showCollection(key) {
  current = key;
  const adding = key === ADD;
  byId('add').hidden = !adding;
  byId('ask').hidden = adding;
  notice();
  byId('collections').querySelector('[aria-selected=true]').scrollIntoView({ block: 'nearest', inline: 'nearest' });
  if (adding) byId('heading').textContent = 'Ask a text of your own.';
  else {
    memory.keep('collection', key);
    const at = all.findIndex((one) => keyOf(one) === key);
    openQuestion(all[at]);
    if (all[at].corpus) await openCorpus(all[at]);
    if (current !== key) return;
    openQuestion(all[at]);
  }
  await showStorage();
}

async function showStorage() {
  const shelf = all.find((one) => keyOf(one) === current);
  const place = await openFile(shelf?.file);
  const badge = byId('storage');
  const [where, more] = place.kept ? ['kept', ' in this browser'] : ['in memory', ', gone on reload'];
  badge.replaceChildren(where, h('span.more', {}, more));
  badge.classList.toggle('kept', place.kept);
  badge.title = place.kept ? `${place.uri}: reload, and everything is still there` : place.why;
  byId('export').disabled = !shelf?.loaded;
  byId('export').textContent = `Export ${shelf?.file ?? OWN}`;
  showCode({ file: place.name, uri: place.uri });
}

function listen() {
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
  // another tab may have added something meanwhile
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible' && document.documentElement.dataset.ready) lookAgain().catch(notice);
  });
}

async function lookAgain() {
  const own = await shelvesIn(await openFile());
  const told = (shelves) => shelves.filter(({ file }) => file === OWN).map(({ name, rows }) => `${name} ${rows}`).join();
  if (told(own) !== told(all)) await refresh(current);
  else await showCollection(current);
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
  const name = all.find((one) => keyOf(one) === current)?.file ?? OWN;
  const { client } = await openFile(name);
  const blob = await client.export_db({ format: 'blob' });
  const link = h('a', { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return `${name}, ${bytes(blob.size)}`;
}

/** @param {File} file */
async function importFile(file) {
  const own = all.filter((one) => one.file === OWN);
  const titles = own.map(({ title }) => `“${title}”`).join(' and ');
  if (own.length > 0 && !confirm(`Replace ${titles} by what is in ${file.name}?`)) return '';
  const { client } = await openFile();
  await client.import_db(file);
  closeQuestion();
  const [first] = await shelvesIn(await openFile());
  await refresh(first && keyOf(first));
  return first ? `${file.name} is ${OWN} now` : `${file.name} has no collection with vectors of floats or bytes`;
}

async function clear() {
  for (const file of await openFiles()) await clearFile(file);
  closeQuestion();
  built = await builtCorpora();
  await refresh(all[0] && keyOf(all[0]));
  return 'All collections are dropped.';
}

function theme() {
  const root = document.documentElement;
  const dark = () => (root.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
  const chosen = memory.recall('theme');
  if (chosen) root.dataset.theme = chosen;
  byId('theme').addEventListener('click', () => {
    root.dataset.theme = dark() ? 'light' : 'dark';
    memory.keep('theme', root.dataset.theme);
  });
}

start().catch(notice);
