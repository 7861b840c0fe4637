// Writes the two corpora of the demo.     Usage: node corpora.mjs FOLDER WORDNET_DICT
//
// docs.json        the project's documentation in passages, and docs.md as it is
// dictionary.json  words with their meanings, of WordNet, with its licence beside them
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fromMarkdown } from '../passages.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** WordNet's files of nouns for acts, things made, traits, thoughts, words, events, feelings, groups, motives, people, phenomena and states. */
const IDEAS = new Set(['04', '06', '07', '09', '10', '11', '12', '14', '16', '18', '19', '26']);
/** What it marks as disparagement, a slur or an obscenity: nobody who describes something should be called names. */
const RUDE = /;u (06730109|06731706|07139048) n|(offensive|obscene|vulgar|disparaging|derogatory|insulting) (term|name|word|slang)|\((ethnic )?slur\)|\bcunt\b/;
const PASSAGE = { size: 220, overlap: 0 };

const [folder, dict] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
/** Leaves what is the same as it is, with its date: vectors of 60,000 rows are not made anew for nothing. */
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
 * The meanings that occur in the texts WordNet's authors tagged, and single words for ideas and for things people make;
 * verbs and adjectives, where there is an example of their use: half of 118,000. Left out are names, insults, and most
 * species and substances.
 */
function dictionary() {
  const POS = { noun: 'n', verb: 'v', adj: 'a', adv: 'r' };
  const count = tagCounts();
  const rows = [];
  for (const [part, letter] of Object.entries(POS)) {
    for (const line of readFileSync(join(dict, `data.${part}`), 'latin1').split('\n')) {
      if (!/^\d{8} /.test(line) || RUDE.test(line)) continue;
      const [offset, file, , n, ...rest] = line.split(' ');
      const words = Array.from({ length: parseInt(n, 16) }, (_, i) => rest[2 * i].replace(/\(\w+\)$/, ''));
      if (/^[A-Z]/.test(words[0]) || /\d/.test(words[0])) continue;
      const [, gloss] = /\| (.*)$/.exec(line);
      const [, meaning, examples = ''] = /^(.*?)(?:; (".*))?$/.exec(gloss.trim());
      const used = count.get(letter + offset) ?? 0;
      const telling = IDEAS.has(file) || (/[va]/.test(letter) && examples);
      if (!used && !(telling && words.some((word) => !word.includes('_')))) continue;
      const names = words.map((word) => word.replaceAll('_', ' '));
      rows.push({
        text: meaning,
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
