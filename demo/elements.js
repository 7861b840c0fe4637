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
 * @returns {(tab: HTMLElement | null | undefined, how?: { quietly?: boolean }) => void}  selects one; quietly: onSelect is not called
 */
export function tabs(list, onSelect) {
  const all = () => /** @type {HTMLElement[]} */ ([...list.querySelectorAll('[role=tab]')]);
  const select = (tab, { quietly = false } = {}) => {
    for (const other of all()) {
      other.setAttribute('aria-selected', String(other === tab));
      other.tabIndex = other === tab ? 0 : -1;
    }
    if (tab && !quietly) onSelect(tab);
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
 * @returns {{ element: HTMLElement, show: (label: string, part?: number) => void, end: (label?: string) => void, fail: (why: string) => void }}
 */
export function progress() {
  const bar = /** @type {HTMLProgressElement} */ (h('progress', { max: 1, 'aria-label': 'Progress' }));
  const label = h('span', { role: 'status' });
  const element = h('div.progress', { hidden: true }, bar, label);
  return {
    element,
    show(text, part) {
      element.classList.remove('failed');
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
    fail(why) {
      this.end(why);
      element.classList.add('failed');
    },
  };
}

/** @param {unknown} error  what it says, with the engine's number when it has one */
export function said(error) {
  const { message, code } = /** @type {{ message?: string, code?: unknown }} */ (error ?? {});
  return `${message ?? error}${typeof code === 'number' ? `  (code ${code})` : ''}`;
}

/**
 * A button that copies a text, and says that it did.
 *
 * @param {string} label
 * @param {() => string} text
 * @param {string} [tag]
 */
export function copyButton(label, text, tag = 'button') {
  const say = (button, word) => {
    button.textContent = word;
    setTimeout(() => (button.textContent = label), 1500);
  };
  const copy = ({ target }) =>
    navigator.clipboard.writeText(text()).then(
      () => say(target, 'Copied'),
      () => say(target, 'Not allowed'),
    );
  return h(tag, { type: 'button', onclick: copy }, label);
}

/** What this browser remembers of the page, where it remembers anything. */
export const memory = {
  /** @param {string} key  @param {string} value */
  keep(key, value) {
    try {
      localStorage.setItem(`demo.${key}`, value);
    } catch {} // a browser that keeps nothing
  },
  /** @param {string} key */
  recall(key) {
    try {
      return localStorage.getItem(`demo.${key}`) ?? undefined;
    } catch {
      return undefined;
    }
  },
};
