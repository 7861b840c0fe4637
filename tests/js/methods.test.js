// The README's table of methods, compared with the client.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { MilvusClient } from '../../js/index.js';
import { SERVER_METHODS } from '../../js/parameters.js';
import { ENDPOINTS } from '../../js/rest_table.js';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const [, section = ''] = /^## Methods\n([^]*?)^## /m.exec(readme) ?? [];

/** The methods in the rows of a state, the first column. */
const rowsOf = (state) =>
  [...section.matchAll(/^\| ([^|]+) \| ([^|]*) \|/gm)].filter(([, first]) => first === state).flatMap(([, , names]) => names.match(/\w+/g));

const works = rowsOf('works');
const ours = rowsOf('ours');
const onServers = rowsOf('on a server');
const refused = rowsOf('refused');

/** All methods of the client in snake case, static ones too. */
function methodsOfClient() {
  const names = new Set();
  for (let p = MilvusClient.prototype; p !== Object.prototype; p = Object.getPrototypeOf(p)) {
    for (const name of Object.getOwnPropertyNames(p)) if (!/^_|^constructor$|[a-z0-9][A-Z]/.test(name)) names.add(name);
  }
  return [...names].sort();
}

describe('the table of methods', () => {
  it('has every method of the client, each once', () => {
    const all = [...works, ...ours, ...onServers, ...refused];
    assert.deepEqual(all.filter((name, i) => all.indexOf(name) !== i), []);
    assert.deepEqual(all.sort(), methodsOfClient());
    assert.equal(all.length - ours.length, 126, "as many as pymilvus' MilvusClient has, 3.0.2");
  });

  it('says of no method that it works when it only refuses', () => {
    const own = (name) => name in Object.getPrototypeOf(Object.getPrototypeOf(Object.getPrototypeOf(MilvusClient.prototype)));
    assert.deepEqual([...works, ...ours].filter((name) => !own(name)), []);
    assert.deepEqual([...onServers, ...refused].filter((name) => own(name)), []);
    assert.deepEqual([...onServers, ...refused].sort(), Object.keys(SERVER_METHODS).filter((name) => !own(name)).sort());
  });

  it('says which ones a server does', () => {
    assert.deepEqual(onServers.filter((name) => !(name in ENDPOINTS)), []);
    assert.deepEqual(refused.filter((name) => name in ENDPOINTS), []);
  });

  it('names those that are refused here, and so does the engine', async (t) => {
    const client = new MilvusClient(':memory:');
    t.after(() => client.close());
    for (const name of [...onServers, ...refused]) {
      await assert.rejects(client[name](), (error) => {
        assert.equal(error.name, 'MilvusException');
        assert.equal(error.code, 10);
        assert.equal(error.message, `${name} is not supported by the embedded engine: it needs a Milvus server`);
        return true;
      });
    }
  });
});
