// The demo's dictionary, of a WordNet of a few lines.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../demo/build/corpora.mjs', import.meta.url));

const LICENCE = '  1 This software and database is being provided to you  \n';
const DATA = {
  noun: [
    '00000001 03 n 01 entity 0 000 | that which is perceived',
    '00000002 06 n 02 igloo 0 iglu 0 000 | an Eskimo hut; usually built of blocks of sod or snow',
    '00000003 18 n 02 baby_doctor 0 pediatrician 0 000 | a specialist in the care of babies',
    '00000004 18 n 01 fire_warden 0 000 | an official who is responsible for fires',
    '00000005 18 n 01 Bach 0 000 | German composer',
    '00000006 05 n 01 patas 0 000 | reddish long-tailed monkey',
    '00000007 18 n 01 spic 0 001 ;u 06731706 n 0000 | (ethnic slur) of somebody',
    '00000008 28 n 01 1530s 0 000 | the decade from 1530 to 1539',
  ],
  verb: [
    '00000001 38 v 02 amble 0 mosey 0 000 01 + 02 00 | walk leisurely; "they ambled home"; "amble along"',
    '00000002 30 v 01 sporulate 0 000 01 + 02 00 | convert into spores',
  ],
  adj: ['00000001 00 s 02 ravenous(p) 0 very_hungry 0 000 | extremely hungry; "ravenous for food"'],
  adv: ['00000001 02 r 01 quixotically 0 000 | in a quixotic manner; "he behaved quixotically"'],
};
const SENSES = 'entity%1:03:00:: 00000001 1 8\nthing%1:03:01:: 00000001 1 3\namble%2:38:00:: 00000001 1 0\n';

describe('the demo’s dictionary', () => {
  let folder, rows;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'milvus-lite-dict-'));
    for (const [part, lines] of Object.entries(DATA)) writeFileSync(join(folder, `data.${part}`), `${LICENCE}${lines.join('\n')}\n`);
    writeFileSync(join(folder, 'index.sense'), SENSES);
    execFileSync(process.execPath, [PROGRAM, join(folder, 'corpora'), folder]);
    ({ rows } = JSON.parse(readFileSync(join(folder, 'corpora/dictionary.json'), 'utf8')));
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  const row = (title) => rows.find((one) => one.title === title);

  it('has a meaning in words, with what else it is called and an example', () => {
    assert.deepEqual(row('amble'), { text: 'walk leisurely', title: 'amble', also: 'mosey', pos: 'verb', example: 'they ambled home', used: 0 });
    assert.deepEqual(row('ravenous'), { text: 'extremely hungry', title: 'ravenous', also: 'very hungry', pos: 'adjective', example: 'ravenous for food', used: 0 });
    assert.equal(row('igloo').text, 'an Eskimo hut; usually built of blocks of sod or snow');
  });

  it('has what is used in texts, of any kind, and how often', () => assert.equal(row('entity').used, 11));

  it('has a meaning of several words where one of its names is a single one', () => {
    assert.equal(row('baby doctor').also, 'pediatrician');
    assert.equal(row('fire warden'), undefined);
  });

  it('leaves out names, insults, numbers, species, and verbs and adverbs that are rarely seen', () => {
    assert.deepEqual(rows.map(({ title }) => title), ['entity', 'igloo', 'baby doctor', 'amble', 'ravenous']);
  });

  it('brings the licence along', () => {
    assert.match(readFileSync(join(folder, 'corpora/LICENSE-wordnet'), 'utf8'), /^This software and database/);
  });
});
