import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ParamError } from '../../js/errors.js';
import { named } from '../../js/parameters.js';
import { CollectionSchema } from '../../js/schema.js';

describe('the parameters of a call', () => {
  const rows = [{ id: 1 }];

  it('are one object', () => {
    assert.deepEqual(named('insert', [{ collection_name: 'c', data: rows }]), {
      collection_name: 'c',
      data: rows,
    });
    assert.deepEqual(named('list_collections', []), {});
    assert.deepEqual(named('list_collections', [undefined]), {});
  });

  it('are not changed by it', () => {
    const p = Object.freeze({ collection_name: 'c' });
    assert.notEqual(named('flush', [p]), p);
  });

  it('stand in the order of pymilvus, undefined for those left out', () => {
    assert.deepEqual(named('insert', ['c', rows]), { collection_name: 'c', data: rows });
    assert.deepEqual(named('insert', ['c', rows, undefined, 'p']), {
      collection_name: 'c',
      data: rows,
      partition_name: 'p',
    });
    assert.deepEqual(named('search', ['c', [[1]], '', 5, ['text']]), {
      collection_name: 'c',
      data: [[1]],
      filter: '',
      limit: 5,
      output_fields: ['text'],
    });
    assert.deepEqual(named('rename_collection', ['a', 'b']), { old_name: 'a', new_name: 'b' });
  });

  it('end in an object of named ones', () => {
    assert.deepEqual(named('create_collection', ['c', { dimension: 4 }]), {
      collection_name: 'c',
      dimension: 4,
    });
    assert.deepEqual(named('create_collection', ['c', 4, { auto_id: true }]), {
      collection_name: 'c',
      dimension: 4,
      auto_id: true,
    });
    assert.deepEqual(named('search', ['c', [[1]], { limit: 2 }]), {
      collection_name: 'c',
      data: [[1]],
      limit: 2,
    });
  });

  it('may be objects themselves where the place takes one', () => {
    assert.deepEqual(named('insert', ['c', { id: 1 }]), { collection_name: 'c', data: { id: 1 } });
    const index = { index_type: 'HNSW', metric_type: 'L2' };
    assert.deepEqual(named('create_index', ['c', index]), {
      collection_name: 'c',
      index_params: index,
    });
  });

  it('are named ones in such a place when nothing else stands in the object', () => {
    assert.deepEqual(named('insert', ['c', { data: rows, partition_name: 'p' }]), {
      collection_name: 'c',
      data: rows,
      partition_name: 'p',
    });
    const row = { id: 1, data: { any: 'thing' } };
    assert.deepEqual(named('insert', ['c', row]), { collection_name: 'c', data: row });
  });

  it('may be objects of a class', () => {
    const schema = new CollectionSchema();
    assert.equal(named('has_collection', [schema]).collection_name, schema);
  });

  it('are not more than the method has, and none twice', () => {
    assert.throws(() => named('flush', ['c', 1, 2]), ParamError);
    assert.throws(
      () => named('insert', ['c', rows, { collection_name: 'd' }]),
      /collection_name.* twice/,
    );
  });
});
