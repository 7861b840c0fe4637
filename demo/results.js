// The results: words with their meanings, or passages under an answer made of their sentences.

import { extract, marked } from './answer.js';
import { byId, h } from './elements.js';

/**
 * @typedef {object} Asked
 * @property {string} question
 * @property {Float32Array} vector  of the question
 * @property {Float32Array | Int8Array} query  the same as the field has it
 * @property {import('../js/client.js').Hits} hits
 * @property {import('./shelves.js').Shelf} shelf
 * @property {number} rows    it had then
 * @property {string} metric
 * @property {object} search   the parameters of the search
 * @property {{ embed: number, search: number }} ms
 */

/** @param {Asked} asked */
export function showResults(asked) {
  const { hits, shelf } = asked;
  const panel = byId('results');
  if (hits.length === 0) {
    const why = asked.search.filter && shelf.rows > 0 ? ['No row passes the filter ', h('code', {}, asked.search.filter), '.'] : ['Nothing here yet: the collection has no rows.'];
    panel.replaceChildren(h('p.empty', {}, ...why));
    return;
  }
  const words = shelf.kind === 'words';
  const list = h(`ol.hits.${words ? 'words' : 'passages'}`);
  hits.forEach((hit, i) => list.append((words ? word : passage)(asked, hit, i)));
  panel.replaceChildren(list);
  if (!words) showAnswer(asked, panel);
}

/**
 * How long a hit's bar is: its similarity, or, of distances, how near it is beside the nearest.
 *
 * @param {Asked} asked
 * @param {number} distance
 */
function part({ metric, hits }, distance) {
  if (metric === 'L2') return distance <= 0 ? 1 : Math.min(1, (hits[0].distance || 1e-9) / distance);
  return Math.max(0, Math.min(1, distance));
}

function score(asked, { distance }) {
  const bar = h('span.bar', { 'aria-hidden': 'true' }, h('i'));
  bar.firstChild.style.width = `${100 * part(asked, distance)}%`;
  return h('p.score', { title: `${asked.metric} ${distance}` }, bar, h('span', {}, distance.toFixed(3)));
}

function word(asked, hit, i) {
  const { text = '', title = '', also, pos, example } = hit.entity;
  return h(
    'li.hit',
    { id: `hit-${i + 1}` },
    h('h3', {}, title, pos ? h('small', {}, pos) : ''),
    h('p.meaning', {}, ...marked(text, asked.question)),
    example ? h('p.example', {}, `“${example}”`) : undefined,
    also ? h('p.others', {}, `also ${also}`) : undefined,
    score(asked, hit),
  );
}

function passage(asked, hit, i) {
  const { text = '', title, source } = hit.entity;
  const where = [title, source].filter(Boolean).join(' · ');
  return h(
    'li.hit',
    { id: `hit-${i + 1}` },
    h('p.where', {}, h('b', {}, String(i + 1)), where || `row ${hit.id}`),
    h('p.text', {}, ...marked(text.replace(/\n{2,}/g, '\n'), asked.question)),
    score(asked, hit),
  );
}

/** @param {Asked} asked  @param {HTMLElement} panel */
async function showAnswer(asked, panel) {
  const list = panel.firstElementChild;
  const place = h('div.answer', { hidden: true });
  list?.before(place);
  const quotes = await extract({ ...asked, embedder: asked.shelf.embedder }).catch(() => []);
  if (!place.isConnected || quotes.length === 0) return;
  place.hidden = false;
  place.append(
    h('h2', {}, 'Nearest sentences'),
    h(
      'p',
      {},
      ...quotes.flatMap(({ text, hit }) => [
        h('span', {}, ...marked(text, asked.question)),
        ' ',
        h('a', { href: `#hit-${hit + 1}`, 'aria-label': `from passage ${hit + 1}` }, `${hit + 1}`),
        ' ',
      ]),
    ),
    h('p.note', {}, 'Quoted from the passages below; no language model wrote this.'),
  );
}
