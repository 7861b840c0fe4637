// What the demo makes of the texts and files it is given.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { codesOf } from '../../demo/embedders/quantise.js';
import { cut, passagesOf } from '../../demo/passages.js';

const LENGTHS = { size: 40, overlap: 0 };
const texts = (passages) => passages.map(({ text }) => text);

describe('passages of a text', () => {
  it('end where sentences do, and are not longer than they may be', () => {
    const passages = cut('One is short. Two is short, too. Three comes then.\nFour.', LENGTHS);
    assert.deepEqual(passages, ['One is short. Two is short, too.', 'Three comes then.\nFour.']);
  });

  it('break a sentence, and a word, that is longer than they may be', () => {
    const passages = cut(`${'word '.repeat(20)}${'x'.repeat(100)}`, LENGTHS);
    assert.ok(passages.every(({ length }) => length <= 40));
    assert.equal(passages.join('').replaceAll(/\s/g, ''), `${'word'.repeat(20)}${'x'.repeat(100)}`);
  });

  it('repeat the end of the one before, as far as they may', () => {
    const passages = cut('A first one. A second one. A third one. A fourth one.', { size: 30, overlap: 15 });
    assert.deepEqual(passages, ['A first one. A second one.', 'A second one. A third one.', 'A third one. A fourth one.']);
  });

  it('are none where there are no words', () => {
    assert.deepEqual(cut(' \n --- \n ', LENGTHS), []);
  });

  it('come from large texts, also from ones without an end of a sentence or a line', () => {
    for (const piece of ['no end of this sentence ', 'a?!" ', 'x', '| a | b |\n']) {
      const letters = cut(piece.repeat(100_000), { size: 600, overlap: 0 }).join('').match(/[a-z]/g);
      assert.equal(letters?.length, 100_000 * piece.match(/[a-z]/g).length, piece);
    }
  });
});

describe('passages of a file', () => {
  it('know the headings they stand under, in Markdown', () => {
    const passages = passagesOf('a.md', '# Bread\n\nFlour.\n\n## Oven\n\n`Hot`, see [here](x).\n\n```js\n# no heading\n```\n', LENGTHS);
    assert.deepEqual(passages, [
      { text: 'Flour.', title: 'Bread', source: 'a.md' },
      { text: 'Hot, see here.\n\n# no heading', title: 'Bread › Oven', source: 'a.md' },
    ]);
  });

  it('are the texts of JSON lines, with their other keys as fields', () => {
    const passages = passagesOf('a.jsonl', '{"text":"Flour.","year":1999,"id":7}\n\n"Salt."\n', LENGTHS);
    assert.deepEqual(passages, [
      { title: '', source: 'a.jsonl', year: 1999, text: 'Flour.' },
      { title: '', source: 'a.jsonl', text: 'Salt.' },
    ]);
  });

  it('name the line of JSON that cannot be read', () => {
    assert.throws(() => passagesOf('a.jsonl', '{"text":"Flour."}\n{text}', LENGTHS), /^Error: a\.jsonl, line 2: /);
  });

  it('are the rows of a JSON list, or of the only list of an object', () => {
    const row = { title: 'T', source: 'b.json', text: 'Flour.' };
    assert.deepEqual(passagesOf('b.json', '[{"content":"Flour.","title":"T"}]', LENGTHS), [row]);
    assert.deepEqual(passagesOf('b.json', '{"total":1,"rows":[{"body":"Flour.","title":"T"}]}', LENGTHS), [row]);
    assert.throws(() => passagesOf('b.json', '[1', LENGTHS), /^Error: b\.json: /);
  });

  it('are all words of a row that has no text of its own', () => {
    assert.deepEqual(texts(passagesOf('b.json', '{"name":"Ann","job":"baker","age":40}', LENGTHS)), ['name: Ann\njob: baker']);
  });

  it('are the rows of a table, whose cells may be quoted', () => {
    const table = 'text,year\r\n"Flour, ""white""\nand fine.",1999\r\nSalt.,2000\r\n';
    assert.deepEqual(passagesOf('c.csv', table, { size: 80, overlap: 0 }), [
      { title: '', source: 'c.csv', year: '1999', text: 'Flour, "white"\nand fine.' },
      { title: '', source: 'c.csv', year: '2000', text: 'Salt.' },
    ]);
    assert.deepEqual(texts(passagesOf('c.csv', 'year;text\n1999;Flour, fine.', LENGTHS)), ['Flour, fine.']);
  });

  it('keep each line of a log, and put wrapped lines of a paragraph together', () => {
    const wrapped = 'This line is as long as the lines of a paragraph become here\nand goes on.';
    assert.deepEqual(texts(passagesOf('d.txt', wrapped, { size: 200, overlap: 0 })), [wrapped.replace('\n', ' ')]);
  });
});

describe('vectors of bytes', () => {
  it('have the direction of the floats', () => {
    const vector = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i * i));
    const codes = codesOf(vector);
    const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);
    assert.equal(Math.max(...codes.map(Math.abs)), 127);
    assert.ok(dot(vector, codes) / Math.sqrt(dot(vector, vector) * dot(codes, codes)) > 0.9999);
    assert.deepEqual(codesOf(new Float32Array(4)), new Int8Array(4));
  });
});
