// Random histories of the whole data model, each step compared with the model. Set HISTORY_SEED to repeat one.
import { describe, it } from 'node:test';
import { placeFor } from '../conformance/places.js';
import { choices } from './choices.js';
import { History } from './history.js';
import { faultyMachine, machineOf } from './machines.js';

const firstSeed = () => Number(process.env.HISTORY_SEED ?? Date.now() % 1e6);

/**
 * @param {import('../conformance/places.js').Storage} storage
 * @param {object} how
 * @param {number} how.operations
 * @param {number} [how.histories]
 * @param {number} [how.n_keys]  different keys a collection has
 * @param {(path: string) => () => void} [how.restart]  see machineOf()
 */
export function dataModelHistorySuite(storage, { operations, histories = 1, n_keys, restart }) {
  describe(`histories of the whole data model, ${storage.name}`, () => {
    for (let i = 0; i < histories; i++) {
      it(`${operations} operations at random, each as in the model, ${i + 1} of ${histories}`, async (t) => {
        const seed = firstSeed() + i;
        t.diagnostic(`HISTORY_SEED=${seed}`);
        const machine = storage.kind === 'given' ? faultyMachine(choices(seed)) : machineOf(storage, placeFor(t, storage), restart);
        t.after(() => machine.close());
        const history = new History({ machine, seed, n_keys });
        await history.run(operations);
      });
    }
  });
}
