// The prompt a language model would get, and, when its owner turns it on, a model to send it to.

import { byId, copyButton, count, drawn, h, memory, said } from './elements.js';

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
    return JSON.parse(memory.recall('prompt') ?? '{}');
  } catch {
    return {};
  }
}

const keep = () => memory.keep('prompt', JSON.stringify(settings));

export function prompt() {
  if (!asked) return settings.template;
  const passages = asked.hits.map(({ entity }, i) => {
    const title = entity.title ? `${entity.title}${asked?.shelf.kind === 'words' ? ': ' : '\n'}` : '';
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
    'form.fields',
    { hidden: true, noValidate: true, onsubmit: send },
    field('Address', { type: 'url', value: settings.url, spellcheck: false }, (text) => (settings.url = text)),
    field('Model', { name: 'model', value: settings.model, placeholder: 'as the server names it', spellcheck: false }, (text) => (settings.model = text)),
    field('Key, if it needs one', { type: 'password', autocomplete: 'off' }, (text) => (key = text)),
    h('button.primary', {}, 'Send'),
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
      h('div', {}, h('p.column', {}, 'Prompt'), parts.preview, h('p.note', {}, parts.size, ' · ', copyButton('Copy', prompt, 'button.link'))),
    ),
    h(
      'div.endpoint',
      {},
      h('label.switch', {}, h('input', { type: 'checkbox', onchange: toggle }), 'Send it to a language model of mine'),
      h('p.note', {}, 'Off unless you turn it on. Any server with the API of OpenAI; one on this machine works at once, others when the demo was started with ', h('code', {}, '--connect'), ' and their origin.'),
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

function toggle({ target }) {
  on = target.checked;
  parts.endpoint.hidden = !on;
  if (!on) sending?.abort();
}

async function send(event) {
  event.preventDefault();
  if (!on) return;
  sending?.abort();
  const controller = (sending = new AbortController());
  const { answer } = parts;
  answer.hidden = false;
  answer.classList.remove('failed');
  answer.textContent = 'Waiting for the model…';
  try {
    const response = await post(`${settings.url.trim().replace(/\/+$/, '')}/chat/completions`, controller.signal);
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}: ${(await response.text()).slice(0, 300)}`);
    answer.textContent = '';
    for await (const piece of pieces(response)) answer.append(piece);
    if (!answer.textContent) answer.textContent = 'The model’s answer is empty.';
  } catch (error) {
    if (controller.signal.aborted) return;
    answer.classList.add('failed');
    answer.textContent = said(error);
  }
}

/**
 * @param {string} address
 * @param {AbortSignal} signal
 * @returns {Promise<Response>}
 */
async function post(address, signal) {
  if (!/^https?:/.test(address) || !URL.canParse(address)) throw new Error(`${settings.url || 'nothing'} is no address: it begins with http:// or https://`);
  const { origin } = new URL(address);
  let forbidden = false;
  const onForbidden = ({ blockedURI }) => (forbidden ||= address.startsWith(blockedURI));
  document.addEventListener('securitypolicyviolation', onForbidden);
  try {
    return await fetch(address, {
      method: 'POST',
      signal,
      headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
      body: JSON.stringify({
        ...(settings.model && { model: settings.model }),
        messages: [{ role: 'user', content: prompt() }],
        stream: true,
      }),
    });
  } catch (cause) {
    if (signal.aborted) throw cause;
    await drawn(); // the violation is told after the failure
    const why = forbidden
      ? `This page may not connect to ${origin}: start the demo with DEMO_FLAGS='--connect ${origin}'.`
      : `${origin} does not answer. Is the server running, and does it allow pages of ${location.origin}?`;
    throw new Error(why, { cause });
  } finally {
    document.removeEventListener('securitypolicyviolation', onForbidden);
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
