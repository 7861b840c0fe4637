// Writes the two corpora of the demo.     Usage: node corpora.mjs FOLDER WORDNET_DICT
//
// docs.json        the project's documentation in passages, and docs.md as it is
// dictionary.json  words with their meanings, of WordNet, with its licence beside them
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fromMarkdown } from '../passages.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PASSAGE = { size: 220, overlap: 0 };

const [folder, dict] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
/** Leaves what is the same as it is, with its date: vectors of 40,000 rows are not made anew for nothing. */
const write = (name, corpus) => {
  const path = join(folder, `${name}.json`);
  const text = JSON.stringify(corpus);
  if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text);
};

const documents = documentation();
write('docs', { rows: documents.flatMap(({ file, text }) => fromMarkdown(file, text, PASSAGE)) });
writeFileSync(join(folder, 'docs.md'), documents.map(({ text }) => text).join('\n'));
utimesSync(join(folder, 'docs.json'), new Date(), new Date()); // what make looks at
if (existsSync(join(dict, 'index.sense'))) {
  write('dictionary', { rows: dictionary() });
  writeFileSync(join(folder, 'LICENSE-wordnet'), licence());
}

function documentation() {
  const folders = ['.', 'src', 'docs', 'demo'].filter((name) => existsSync(join(ROOT, name)));
  const files = folders.flatMap((name) =>
    readdirSync(join(ROOT, name))
      .filter((file) => file.endsWith('.md'))
      .sort()
      .map((file) => join(name, file)),
  );
  return files.map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }));
}

/** WordNet's own text of its licence stands at the head of every data file. */
function licence() {
  const head = readFileSync(join(dict, 'data.noun'), 'latin1').split('\n');
  return `${head
    .slice(0, head.findIndex((line) => !line.startsWith('  ')))
    .map((line) => line.replace(/^\s+\d+ /, '').trimEnd())
    .join('\n')}\n`;
}

/**
 * The meanings that occur in the texts WordNet's authors tagged, and single words for ideas, people,
 * feelings, acts and events: 40,000 of 118,000. Left out are names, and most species and substances.
 */
function dictionary() {
  const IDEAS = new Set(['04', '07', '09', '10', '11', '12', '16', '18', '19', '26']);
  const POS = { noun: 'n', verb: 'v', adj: 'a', adv: 'r' };
  const count = tagCounts();
  const rows = [];
  for (const [part, letter] of Object.entries(POS)) {
    for (const line of readFileSync(join(dict, `data.${part}`), 'latin1').split('\n')) {
      if (!/^\d{8} /.test(line)) continue;
      const [offset, file, , n, ...rest] = line.split(' ');
      const words = Array.from({ length: parseInt(n, 16) }, (_, i) => rest[2 * i].replace(/\(\w+\)$/, ''));
      if (/^[A-Z]/.test(words[0]) || /\d/.test(words[0])) continue;
      const used = count.get(letter + offset) ?? 0;
      if (!used && !(IDEAS.has(file) && !words[0].includes('_'))) continue;
      const [, gloss] = /\| (.*)$/.exec(line);
      const names = words.map((word) => word.replaceAll('_', ' '));
      const [, meaning, examples = ''] = /^(.*?)(?:; (".*))?$/.exec(gloss.trim());
      rows.push({
        text: meaning, // and that alone is embedded: descriptions are compared with it
        title: names[0],
        also: names.slice(1).join(', '),
        pos: { n: 'noun', v: 'verb', a: 'adjective', r: 'adverb' }[letter],
        example: /^"([^"]+)"/.exec(examples)?.[1] ?? '',
        used,
      });
    }
  }
  return rows;
}

function tagCounts() {
  const count = new Map();
  const LETTERS = { 1: 'n', 2: 'v', 3: 'a', 4: 'r', 5: 'a' };
  for (const line of readFileSync(join(dict, 'index.sense'), 'latin1').split('\n')) {
    const [key, offset, , tags] = line.split(' ');
    if (!key) continue;
    const meaning = LETTERS[key.split('%')[1][0]] + offset;
    count.set(meaning, (count.get(meaning) ?? 0) + Number(tags));
  }
  return count;
}
