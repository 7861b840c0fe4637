import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { COMMANDS, helpOf, overview } from '../../js/cli_commands.js';
import { countText, progressText, sizeText, tableText } from '../../js/cli_terminal.js';

describe('what the command line prints', () => {
  it('sizes and counts for people', () => {
    assert.deepEqual([0, 1023, 1024, 1536, 20 * 2 ** 20].map(sizeText), [
      '0 bytes', '1023 bytes', '1.0 KB', '1.5 KB', '20 MB',
    ]);
    assert.deepEqual([0, 999, 1000, 1234567].map(countText), ['0', '999', '1,000', '1,234,567']);
  });

  it('tables with numbers to the right, vectors cut, and nothing that moves the cursor', () => {
    const rows = [
      [1, 'a\x1b[2Jb\n', Float32Array.of(0.5, 0.25, 1, 2, 3)],
      [100, 'x'.repeat(100), undefined],
    ];
    assert.deepEqual(tableText(['id', 'text', 'vector'], rows).split('\n'), [
      ` id  text${' '.repeat(56)}  vector`,
      `---  ${'-'.repeat(60)}  ----------------------`,
      `  1  a [2Jb ${' '.repeat(53)}  [0.5, 0.25, 1, ... 5]`.replace('2Jb  ', '2Jb  '),
      `100  ${'x'.repeat(57)}...`,
    ].map((line, i) => (i === 1 ? line.replace(/-+$/, '-'.repeat('[0.5, 0.25, 1, ... 5]'.length)) : line)));
  });

  it('progress with rate and remaining time', () => {
    const half = { what: 'load a', unit: 'rows', done: 500, total: 2000, seconds: 10 };
    assert.equal(progressText(half), 'load a  25%  500 of 2,000 rows  50 rows/s  0:30 left');
    assert.equal(
      progressText({ ...half, bar: true }),
      'load a  [######..................]  25%  500 of 2,000 rows  50 rows/s  0:30 left',
    );
    assert.equal(progressText({ ...half, done: 2000 }), 'load a  100%  2,000 of 2,000 rows  200 rows/s');
    assert.equal(progressText({ ...half, total: undefined }), 'load a  500 rows  50 rows/s');
    assert.equal(progressText({ ...half, done: 0, seconds: 0 }), 'load a  0%  0 of 2,000 rows');
    const long = { what: 'backup', unit: 'bytes', done: 1024, total: 2 ** 22, seconds: 1 };
    assert.equal(progressText(long), 'backup  0%  1.0 KB of 4.0 MB  1.0 KB/s  1:08:15 left');
  });

  it('help of every command, with each of its options', () => {
    for (const [name, { options }] of Object.entries(COMMANDS)) {
      assert.ok(overview().includes(`  ${name} `), name);
      for (const option of Object.keys(options)) assert.ok(helpOf(name).includes(`--${option}`), `${name} ${option}`);
    }
  });
});
