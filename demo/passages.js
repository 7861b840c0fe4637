// From a file to passages of some length: what is searched, and shown.

/**
 * @typedef {object} Passage
 * @property {string} text
 * @property {string} title   the heading it stands under, or the file's name
 * @property {string} source
 */

/**
 * Cuts a text into passages at the ends of paragraphs and sentences.
 *
 * @param {string} text
 * @param {{ size: number, overlap: number }} lengths  of a passage, and of what it repeats of the one before, in characters
 * @returns {string[]}
 */
export function cut(text, { size, overlap }) {
  const pieces = sentences(text).flatMap((sentence) => broken(sentence, size));
  const passages = [];
  let current = [];
  let length = 0;
  let fresh = 0; // pieces that no passage has yet
  for (const piece of pieces) {
    if (fresh > 0 && length + piece.length > size) {
      passages.push(current.join('').trim());
      const kept = [];
      let keptLength = 0;
      for (const last of current.toReversed()) {
        if (keptLength + last.length > Math.min(overlap, size - piece.length)) break;
        kept.unshift(last);
        keptLength += last.length;
      }
      [current, length, fresh] = [kept, keptLength, 0];
    }
    current.push(piece);
    length += piece.length;
    fresh++;
  }
  if (fresh > 0) passages.push(current.join('').trim());
  return passages.filter((passage) => /[\p{L}\p{N}]/u.test(passage));
}

/**
 * A text's sentences, each with the white space behind it. Lines of lists and tables are sentences too.
 *
 * @param {string} text
 */
export function sentences(text) {
  return text.match(/[^\n]+?(?:(?<!^\s*\d+|\b(?:e\.g|i\.e|vs|Mr|Mrs|Dr|St))[.!?…]+["'”’)\]]*(?=\s|$)|\n|$)\s*/gm) ?? [];
}

/**
 * Puts the lines of a paragraph together again. Short lines, lists and indented ones stay as they are.
 *
 * @param {string} text
 */
export function unwrapped(text) {
  const begins = /^\s*(?:[-*•|>]|\d+[.)]\s|$)/; // what a line on its own begins with
  const lines = [];
  let wide = false; // the line before was as long as a line gets
  for (const line of text.split(/\r\n?|\n/)) {
    if (wide && !begins.test(line)) lines[lines.length - 1] += ` ${line.trim()}`;
    else lines.push(line);
    wide = line.length > 55 && !line.includes(' · ');
  }
  return lines.join('\n');
}

function broken(sentence, size) {
  if (sentence.length <= size) return [sentence];
  const words = sentence.match(/\S+\s*/g) ?? [];
  const parts = [''];
  for (let word of words) {
    if (parts.at(-1).length + word.length > size && parts.at(-1)) parts.push('');
    for (; word.length > size; word = word.slice(size)) parts.splice(-1, 0, word.slice(0, size));
    parts[parts.length - 1] += word;
  }
  return parts;
}

/**
 * The passages of a file of any of the kinds that are understood, by its name.
 *
 * @param {string} name
 * @param {string} text
 * @param {{ size: number, overlap: number }} lengths
 * @returns {Passage[]}
 */
export function passagesOf(name, text, lengths) {
  if (/\.(jsonl|ndjson)$/i.test(name)) return fromJsonLines(name, text, lengths);
  if (/\.json$/i.test(name)) return fromJson(name, text, lengths);
  if (/\.csv$/i.test(name)) return fromCsv(name, text, lengths);
  if (/\.html?$/i.test(name)) text = textOfHtml(text);
  if (/\.(md|markdown)$/i.test(name)) return fromMarkdown(name, text, lengths);
  return cut(unwrapped(text), lengths).map((passage) => ({ text: passage, title: '', source: name }));
}

/** A section is a unit: no passage goes across its end, and each knows the headings above it. */
export function fromMarkdown(name, text, lengths) {
  const passages = [];
  const headings = [];
  let body = []; // parts of the section: paragraphs, and code as it is
  let lines = [];
  let fenced = false;
  const closePart = () => {
    const part = lines.join('\n');
    body.push(fenced ? part : unwrapped(part));
    lines = [];
  };
  const closeSection = () => {
    closePart();
    const title = headings.filter(Boolean).slice(-2).join(' › ');
    for (const passage of cut(body.join('\n'), lengths)) {
      passages.push({ text: passage, title, source: name });
    }
    body = [];
  };
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*```/.test(line)) {
      closePart();
      fenced = !fenced;
      continue;
    }
    const [, marks, heading] = (!fenced && /^(#{1,6})\s+(.*?)\s*#*$/.exec(line)) || [];
    if (!heading) {
      lines.push(fenced ? line : plainMarkdown(line));
      continue;
    }
    closeSection();
    headings.length = marks.length - 1;
    headings[marks.length - 1] = plainMarkdown(heading);
  }
  closeSection();
  return passages;
}

function plainMarkdown(line) {
  if (/^\s*\|?[\s:|-]+\|[\s:|-]*$/.test(line)) return ''; // between a table's head and body
  return line
    .replace(/^\s*\|(.*)\|\s*$/, (_, cells) => cells.split('|').map((cell) => cell.trim()).filter(Boolean).join(' · '))
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\*\*([^*]+)\*\*/g, '$1')
    .replace(/`([^`]*)`/g, '$1')
    .replace(/^\s*>\s?/, '');
}

/** One row a line: an object, or a text alone. */
function fromJsonLines(name, text, lengths) {
  return text.split('\n').flatMap((line, i) => {
    if (!line.trim()) return [];
    return fromRow(name, parsed(`${name}, line ${i + 1}`, line), lengths);
  });
}

/** A list of rows, or one; also of an object whose only list they are. */
function fromJson(name, text, lengths) {
  const value = parsed(name, text);
  const lists = Object.values(value ?? {}).filter(Array.isArray);
  const rows = Array.isArray(value) ? value : lists.length === 1 ? lists[0] : [value];
  return rows.flatMap((row) => fromRow(name, row, lengths));
}

function parsed(where, text) {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${where}: ${cause.message}`, { cause });
  }
}

/** The first line has the columns' names. */
function fromCsv(name, text, lengths) {
  const [head = [], ...lines] = cells(text);
  const rows = lines.filter((line) => line.some(Boolean));
  return rows.flatMap((line) => fromRow(name, Object.fromEntries(head.map((column, i) => [column.trim() || `column ${i + 1}`, line[i] ?? ''])), lengths));
}

/** A quoted cell may have commas, line breaks and doubled quotes. */
function cells(text) {
  const rows = [[]];
  const separator = /^[^\n"]*;/.test(text) && !/^[^\n"]*,/.test(text) ? ';' : ',';
  const cell = new RegExp(`(?:"((?:[^"]|"")*)"|([^${separator}\\r\\n]*))(${separator}|\\r?\\n|$)`, 'gy');
  for (const [found, quoted, plain, end] of text.matchAll(cell)) {
    if (!found) break;
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end !== separator) rows.push([]);
  }
  return rows;
}

/** Its text, else all it says in words, is what is searched; its other keys become fields of the rows. */
function fromRow(name, row, lengths) {
  if (typeof row === 'string') return cut(row, lengths).map((passage) => ({ text: passage, title: '', source: name }));
  const { id: _id, vector: _vector, text, content, body, ...rest } = row ?? {};
  const own = [text, content, body].find((part) => typeof part === 'string');
  const words = Object.entries(rest).filter(([, value]) => typeof value === 'string' && value);
  const whole = own ?? words.map(([key, value]) => `${key}: ${value}`).join('\n');
  return cut(whole, lengths).map((passage) => ({ title: '', source: name, ...rest, text: passage }));
}

/** What a reader of the page would see of it. */
export function textOfHtml(html) {
  const page = new DOMParser().parseFromString(html, 'text/html');
  for (const part of page.querySelectorAll('script, style, template, noscript, svg, nav, head')) part.remove();
  for (const part of page.querySelectorAll('p, div, li, br, tr, h1, h2, h3, h4, h5, h6, pre, section')) part.append('\n');
  return (page.body?.textContent ?? '').replace(/[^\S\n]+/g, ' ').replace(/\s*\n\s*\n\s*/g, '\n\n').trim();
}
