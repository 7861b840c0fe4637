// The prompt a language model would get, and, when its owner turns it on, a model to send it to.

import { byId, count, h, said } from './elements.js';

const TEMPLATE = `Answer the question from the passages, and name their numbers. If they do not say, say so.

{{passages}}

Question: {{question}}
Answer:`;

/** Settings are kept in this browser; a key is not kept at all. */
const settings = { template: TEMPLATE, url: 'http://localhost:11434/v1', model: '', ...read() };
let on = false;
let key = '';
/** @type {import('./results.js').Asked | undefined} */
let asked;
/** @type {AbortController | undefined} */
let sending;

function read() {
  try {
    return JSON.parse(localStorage.getItem('demo.prompt') ?? '{}');
  } catch {
    return {};
  }
}

function keep() {
  try {
    localStorage.setItem('demo.prompt', JSON.stringify(settings));
  } catch {} // a browser that keeps nothing
}

export function prompt() {
  if (!asked) return settings.template;
  const passages = asked.hits.map(({ entity }, i) => {
    const title = asked?.shelf.kind === 'passages' && entity.title ? `${entity.title}\n` : '';
    return `[${i + 1}] ${title}${entity.text ?? ''}`;
  });
  return settings.template
    .replaceAll('{{passages}}', () => passages.join('\n\n'))
    .replaceAll('{{question}}', () => asked?.question ?? '');
}

const parts = {};

/** @param {import('./results.js').Asked | undefined} now */
export function showPrompt(now) {
  asked = now;
  if (!parts.preview) build();
  preview();
}

function preview() {
  const text = prompt();
  parts.preview.textContent = text;
  parts.size.textContent = `${count(text.length)} characters, about ${count(text.length / 4)} tokens`;
}

function build() {
  const field = (label, given, set) =>
    h('label', {}, label, h('input', { ...given, oninput: ({ target }) => (set(target.value), keep()) }));
  parts.preview = h('pre.preview', { tabIndex: 0 });
  parts.size = h('span');
  parts.answer = h('div.model-answer', { role: 'status', hidden: true });
  parts.endpoint = h(
    'div.fields',
    { hidden: true },
    field('Address', { type: 'url', value: settings.url, spellcheck: false }, (text) => (settings.url = text)),
    field('Model', { value: settings.model, placeholder: 'as the server names it', spellcheck: false }, (text) => (settings.model = text)),
    field('Key, if it needs one', { type: 'password', autocomplete: 'off' }, (text) => (key = text)),
    h('button.primary', { type: 'button', onclick: send }, 'Send'),
  );
  byId('prompt').replaceChildren(
    h(
      'div.two',
      {},
      h(
        'div',
        {},
        h('label.column', {}, 'Template', h('textarea', { value: settings.template, rows: 10, oninput: edit, spellcheck: false })),
        h('p.note', {}, '{{passages}} and {{question}} are filled in. ', h('button.link', { type: 'button', onclick: reset }, 'Start over')),
      ),
      h('div', {}, h('p.column', {}, 'Prompt'), parts.preview, h('p.note', {}, parts.size, ' · ', h('button.link', { type: 'button', onclick: copy }, 'Copy'))),
    ),
    h(
      'div.endpoint',
      {},
      h('label.switch', {}, h('input', { type: 'checkbox', onchange: toggle }), 'Send it to a language model of mine'),
      h('p.note', {}, 'Off unless you turn it on. Any server with the API of OpenAI; one on this machine works at once, others when the demo was started with --connect and their origin.'),
      parts.endpoint,
      parts.answer,
    ),
  );
}

function edit({ target }) {
  settings.template = target.value;
  keep();
  preview();
}

function reset() {
  settings.template = TEMPLATE;
  byId('prompt').querySelector('textarea').value = TEMPLATE;
  keep();
  preview();
}

async function copy({ target }) {
  await navigator.clipboard.writeText(prompt());
  target.textContent = 'Copied';
  setTimeout(() => (target.textContent = 'Copy'), 1500);
}

function toggle({ target }) {
  on = target.checked;
  parts.endpoint.hidden = !on;
  if (!on) sending?.abort();
}

async function send() {
  if (!on) return;
  sending?.abort();
  const controller = (sending = new AbortController());
  parts.answer.hidden = false;
  parts.answer.textContent = 'Waiting for the model…';
  try {
    const response = await fetch(`${settings.url.replace(/\/+$/, '')}/chat/completions`, {
      method: 'POST',
      signal: controller.signal,
      headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
      body: JSON.stringify({
        ...(settings.model && { model: settings.model }),
        messages: [{ role: 'user', content: prompt() }],
        stream: true,
      }),
    });
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}: ${(await response.text()).slice(0, 300)}`);
    parts.answer.textContent = '';
    for await (const piece of pieces(response)) parts.answer.append(piece);
  } catch (error) {
    if (controller.signal.aborted) return;
    parts.answer.textContent = `The model did not answer: ${said(error)}. Is the server running, does it allow this page's origin, and may the page connect to it?`;
  }
}

/** The text of a reply, as it comes: server-sent events, or one object of a server that does not stream. */
async function* pieces(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value = '' } = await reader.read();
    rest += value;
    const lines = rest.split('\n');
    rest = done ? '' : (lines.pop() ?? '');
    for (const line of lines) {
      const text = line.replace(/^data:/, '').trim();
      if (!text.startsWith('{') || (!done && !line.startsWith('data:'))) continue;
      const [choice] = JSON.parse(text).choices ?? [];
      yield choice?.delta?.content ?? choice?.message?.content ?? '';
    }
    if (done) return;
  }
}
