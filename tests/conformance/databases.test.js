import { describe, it } from 'node:test';
import { databasesSuite } from './databases.suite.js';
import { assertRefused } from './errors.js';
import { clientFor, memory, storages } from './places.js';

for (const storage of storages) databasesSuite(storage);

describe('a database file', () => {
  it('has at most 64 databases', async (t) => {
    const client = clientFor(t, memory);
    for (let i = 1; i < 64; i++) await client.create_database(`d${i}`);
    await assertRefused(() => client.create_database('d64'), { type: 'MilvusException', code: 801, says: ['64'] });
    await client.drop_database('d1');
    await client.create_database('d64');
  });
});
