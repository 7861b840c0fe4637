import { describe, it } from 'node:test';
import { assertRefused } from './errors.js';
import { partitionsSuite } from './partitions.suite.js';
import { clientFor, memory, storages } from './places.js';

for (const storage of storages) partitionsSuite(storage);

describe('a collection', () => {
  it('has at most 1,024 partitions', async (t) => {
    const client = clientFor(t, memory);
    await client.create_collection('c', 2);
    for (let i = 1; i < 1024; i++) await client.create_partition('c', `p${i}`);
    await assertRefused(() => client.create_partition('c', 'p1024'), { type: 'ParamError', code: 1102, says: ['1024'] });
    await client.drop_partition('c', 'p1');
    await client.create_partition('c', 'p1024');
  });
});
