// Operations at random, compared with the model all the way. Set HISTORY_SEED to repeat a run.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { placeFor } from '../conformance/places.js';
import { randomOf } from '../conformance/exact.js';
import { allRows, begin, Model, operationAt, perform } from './history.js';

/** @param {import('../conformance/places.js').Storage} storage */
export function historySuite(storage, { operations }) {
  it(`${operations} operations at random end as in the model, ${storage.name}`, async (t) => {
    const seed = Number(process.env.HISTORY_SEED ?? Date.now() % 1e6);
    t.diagnostic(`HISTORY_SEED=${seed}`);
    const random = randomOf(seed);
    const place = placeFor(t, storage);
    let client = place.open();
    await begin(client);
    const model = new Model();
    for (let i = 0; i < operations; i++) {
      const where = `HISTORY_SEED=${seed}, operation ${i}`;
      const operation = operationAt(seed, i);
      const before = model.rows.size;
      const answer = await perform(client, operation);
      model.apply(operation);
      if (operation.kind === 'delete') assert.equal(answer.delete_count, before - model.rows.size, where);
      if (operation.kind === 'insert') assert.deepEqual(answer.ids, operation.rows.map(({ id }) => id), where);
      if (storage.lasts && random() < 0.02) {
        await client.close();
        client = place.open();
      }
      if (random() < 0.2) await model.assertSearch(client, i, where);
      if (random() < 0.03) assert.ok(model.equals(await allRows(client)), where);
    }
    assert.ok(model.equals(await allRows(client)), `HISTORY_SEED=${seed}`);
    await client.close();
  });
}
