import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { camelCased } from '../../js/camel.js';
import { MilvusClient } from '../../js/index.js';

class First {
  get_one(...args) {
    return ['one', ...args];
  }
  _hidden_one() {}
  plain() {}
}
class Second extends First {
  static make_it() {
    return new this();
  }
  twoOnes() {
    return 'its own';
  }
  two_ones() {}
}

describe('names in camel case', () => {
  it('stand beside the others, for inherited and static methods too', () => {
    const Both = camelCased(Second);
    const object = new Both();
    assert.deepEqual(object.getOne(1, 2), ['one', 1, 2]);
    assert.deepEqual(object.get_one(1), ['one', 1]);
    assert.ok(Both.makeIt() instanceof Both);
    assert.equal('hiddenOne' in object, false);
    assert.equal('_hiddenOne' in object, false);
    assert.equal(object.twoOnes(), 'its own');
    assert.deepEqual(Object.keys(object), []);
  });

  it('do what a subclass makes of the method', () => {
    class Third extends camelCased(First) {
      get_one() {
        return 'another';
      }
    }
    assert.equal(new Third().getOne(), 'another');
  });

  it('are those of every method of the client', async (t) => {
    const client = new MilvusClient(':memory:');
    t.after(() => client.close());
    const schema = MilvusClient.createSchema().addField('id', 'INT64', { is_primary: true }).addField('v', 'FLOAT_VECTOR', { dim: 2 });
    const indexes = MilvusClient.prepareIndexParams().addIndex('v', { metric_type: 'L2' });
    await client.createCollection({ collection_name: 'c', schema, index_params: indexes });
    assert.deepEqual(await client.listIndexes('c'), ['v']);
    assert.deepEqual(schema.toDict(), schema.to_dict());
    await client.createPartition('c', 'p');
    assert.deepEqual(await client.listPartitions('c'), ['_default', 'p']);
    assert.equal(await client.hasCollection('c'), true);
    assert.equal(client.getServerType(), 'milvus');
    for (let p = client; p !== Object.prototype; p = Object.getPrototypeOf(p)) {
      for (const name of Object.getOwnPropertyNames(p)) {
        if (!/^[a-z]+_/.test(name)) continue;
        const other = name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
        assert.equal(typeof client[other], 'function', other);
      }
    }
  });
});
