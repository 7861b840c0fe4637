import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SliceSize, untilBuilt } from '../../js/building.js';
import { writeMessage } from '../../js/codec.js';

describe('the size of a slice', () => {
  it('begins small, and never doubles more than once a slice', () => {
    const size = new SliceSize();
    const first = size.effort;
    assert.ok(first <= 1024);
    size.took(0);
    assert.equal(size.effort, 2 * first);
  });

  it('comes to about 5 ms, whatever a unit of effort is worth', () => {
    for (const msPerUnit of [0.0002, 0.001, 0.005]) {
      const size = new SliceSize();
      for (let i = 0; i < 20; i++) size.took(size.effort * msPerUnit);
      const ms = size.effort * msPerUnit;
      assert.ok(ms > 4 && ms < 6, `${ms} ms`);
    }
  });

  it('falls at once when the work becomes harder', () => {
    const size = new SliceSize();
    for (let i = 0; i < 20; i++) size.took(1);
    const large = size.effort;
    size.took(500);
    assert.ok(size.effort <= large / 50);
    size.took(1e9);
    assert.ok(size.effort >= 1);
  });
});

describe('waiting for an index', () => {
  /** A transport whose slices answer these numbers of pending rows. */
  const transportOf = (pending, has_work = true) => ({
    sizes: [],
    async maintain(params, size) {
      this.sizes.push(size);
      const rows = pending.shift();
      const index = { field_name: params.index_name, total_rows: 9, indexed_rows: 9 - rows, pending_index_rows: rows };
      const text = JSON.stringify({ shape: 'value', value: { index, has_work } });
      return { bytes: writeMessage({ operation: 1, rows: 0, params: text, columns: [] }), cause: undefined };
    },
  });

  it('takes slices until each index knows all rows, and tells how far it is', async () => {
    const transport = transportOf([5, 3, 0, 2, 0]);
    const told = [];
    await untilBuilt(transport, { collection_name: 'c' }, ['a', 'b'], { on_progress: (progress) => told.push(progress) });
    assert.equal(transport.sizes.length, 5);
    assert.deepEqual(told[0], { collection_name: 'c', field_name: 'a', done: 4, total: 9 });
    assert.deepEqual(told.at(-1), { collection_name: 'c', field_name: 'b', done: 9, total: 9 });
    assert.ok(told.length <= 4, 'not for every slice');
  });

  it('ends when nothing is left to do, though rows are pending', async () => {
    const transport = transportOf([5, 5], false);
    await untilBuilt(transport, { collection_name: 'c' }, ['a'], {});
    assert.equal(transport.sizes.length, 1);
  });

  it('asks for nothing once its signal is aborted', async () => {
    const transport = transportOf([5, 5]);
    const waiting = { signal: AbortSignal.abort() };
    await assert.rejects(untilBuilt(transport, { collection_name: 'c' }, ['a'], waiting), { name: 'AbortError' });
    assert.deepEqual(transport.sizes, []);
  });
});
