// Small things every part of the page needs: elements, numbers, tabs.

/** @param {string} id */
export const byId = (id) => /** @type {any} */ (document.getElementById(id));

/**
 * An element. Text is only ever text: nothing here parses markup.
 *
 * @param {string} tag             with classes, as 'p.note.small'
 * @param {Record<string, any>} [given]  properties; on* are listeners, aria-* and data-* attributes
 * @param {...(Node | string | undefined | false)} children
 */
export function h(tag, given = {}, ...children) {
  const [name, ...classes] = tag.split('.');
  const element = document.createElement(name);
  element.classList.add(...classes);
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (key.includes('-') || key === 'role' || key === 'for') element.setAttribute(key, value);
    else element[key] = value;
  }
  element.append(...children.filter((child) => child !== undefined && child !== false));
  return element;
}

const whole = new Intl.NumberFormat('en');
/** @param {number} n */
export const count = (n) => whole.format(Math.round(n));
/** @param {number} n  @param {string} noun */
export const plural = (n, noun) => `${count(n)} ${noun}${n === 1 ? '' : 's'}`;

/** @param {number} ms */
export function time(ms) {
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  return `${ms.toFixed(ms >= 100 ? 0 : ms >= 10 ? 1 : 2)} ms`;
}

/** @param {number} n */
export function bytes(n) {
  if (n < 1000) return `${n} B`;
  if (n < 1e6) return `${(n / 1e3).toFixed(0)} KB`;
  if (n < 1e9) return `${(n / 1e6).toFixed(n < 1e7 ? 1 : 0)} MB`;
  return `${(n / 1e9).toFixed(1)} GB`;
}

/**
 * Tabs that the arrow keys go through.
 *
 * @param {HTMLElement} list
 * @param {(tab: HTMLElement) => void} onSelect
 * @returns {(tab: HTMLElement | null | undefined) => void}  selects one
 */
export function tabs(list, onSelect) {
  const all = () => /** @type {HTMLElement[]} */ ([...list.querySelectorAll('[role=tab]')]);
  const select = (tab) => {
    for (const other of all()) {
      other.setAttribute('aria-selected', String(other === tab));
      other.tabIndex = other === tab ? 0 : -1;
    }
    if (tab) onSelect(tab);
  };
  list.addEventListener('click', (event) => {
    const tab = /** @type {HTMLElement} */ (event.target).closest('[role=tab]');
    if (tab) select(tab);
  });
  list.addEventListener('keydown', (event) => {
    const now = all();
    const at = now.indexOf(/** @type {HTMLElement} */ (event.target));
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -at, End: now.length - 1 - at }[event.key];
    if (at < 0 || step === undefined) return;
    event.preventDefault();
    const next = now[(at + step + now.length) % now.length];
    next.focus();
    select(next);
  });
  return select;
}

/** Lets the page be drawn before a long piece of work goes on. */
export const drawn = () => new Promise((resolve) => setTimeout(resolve, 0));

/**
 * A progress bar with a line about it.
 *
 * @returns {{ element: HTMLElement, show: (label: string, part?: number) => void, end: (label?: string) => void }}
 */
export function progress() {
  const bar = /** @type {HTMLProgressElement} */ (h('progress', { max: 1, 'aria-label': 'Progress' }));
  const label = h('span', { role: 'status' });
  const element = h('div.progress', { hidden: true }, bar, label);
  return {
    element,
    show(text, part) {
      element.hidden = bar.hidden = false;
      label.textContent = text;
      if (part === undefined) bar.removeAttribute('value');
      else bar.value = part;
    },
    end(text = '') {
      label.textContent = text;
      bar.hidden = true;
      element.hidden = !text;
    },
  };
}

/** @param {unknown} error  what it says, with the engine's number when it has one */
export function said(error) {
  const { message, code } = /** @type {{ message?: string, code?: unknown }} */ (error ?? {});
  return `${message ?? error}${typeof code === 'number' ? `  (code ${code})` : ''}`;
}
