import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DataType, Function, FunctionType, MilvusClient } from '../../js/index.js';
import { writeJson } from '../../js/json.js';

const sent = (value) => JSON.parse(/** @type {string} */ (writeJson(value)));

describe('create_schema', () => {
  it('builds what create_collection sends', () => {
    const schema = MilvusClient.create_schema({ auto_id: true, enable_dynamic_field: true })
      .add_field({ field_name: 'id', datatype: DataType.INT64, is_primary: true })
      .add_field({ field_name: 'vector', datatype: DataType.FLOAT_VECTOR, dim: 4 })
      .add_field('tags', DataType.ARRAY, {
        element_type: DataType.VARCHAR,
        max_capacity: 8,
        max_length: 20,
        nullable: true,
        default_value: 2n ** 60n,
        description: 'words',
      });
    assert.equal(
      writeJson(schema),
      '{"auto_id":true,"enable_dynamic_field":true,"description":"","fields":[' +
        '{"name":"id","type":5,"is_primary":true,"params":{}},' +
        '{"name":"vector","type":101,"params":{"dim":4}},' +
        '{"name":"tags","type":22,"element_type":21,"nullable":true,' +
        '"default_value":1152921504606846976,"description":"words",' +
        '"params":{"max_capacity":8,"max_length":20}}],"functions":[]}',
    );
  });

  it('leaves out what is undefined', () => {
    const schema = MilvusClient.create_schema().add_field('v', DataType.FLOAT_VECTOR, {
      dim: 2,
      nullable: undefined,
      max_length: undefined,
    });
    assert.deepEqual(schema.fields, [{ name: 'v', type: 101, params: { dim: 2 } }]);
  });

  it('takes parameters of the type flat or in params', () => {
    const flat = MilvusClient.create_schema().add_field('v', DataType.FLOAT_VECTOR, { dim: 2 });
    const nested = MilvusClient.create_schema().add_field({
      field_name: 'v',
      datatype: DataType.FLOAT_VECTOR,
      params: { dim: 2 },
    });
    assert.deepEqual(sent(flat), sent(nested));
  });

  it('reads back what it was told', () => {
    const schema = MilvusClient.create_schema({ description: 'd', auto_id: true });
    assert.equal(schema.primary_field, undefined);
    schema.add_field('key', DataType.VARCHAR, { is_primary: true, max_length: 10 });
    assert.equal(schema.primary_field?.name, 'key');
    const { auto_id, enable_dynamic_field, description } = schema;
    assert.deepEqual([auto_id, enable_dynamic_field, description], [true, false, 'd']);
    assert.deepEqual(schema.to_dict(), schema.toJSON());
  });

  it('passes on what only the engine knows', () => {
    assert.equal(sent(MilvusClient.create_schema({ primary_field: 'pk' })).primary_field, 'pk');
    const { fields } = sent(
      MilvusClient.create_schema().add_field('x', 'INT64', { mmap_enabled: true }),
    );
    assert.deepEqual(fields, [{ name: 'x', type: 'INT64', params: { mmap_enabled: true } }]);
  });

  it('takes a function by either form', () => {
    const expected = {
      name: 'bm25',
      type: FunctionType.BM25,
      description: '',
      input_field_names: ['text'],
      output_field_names: ['sparse'],
      params: {},
    };
    const byName = {
      name: 'bm25',
      function_type: FunctionType.BM25,
      input_field_names: ['text'],
      output_field_names: 'sparse',
    };
    const schema = MilvusClient.create_schema()
      .add_function(new Function(byName))
      .add_function(byName)
      .add_function(new Function('bm25', FunctionType.BM25, 'text', ['sparse']));
    assert.deepEqual(sent(schema).functions, [expected, expected, expected]);
  });
});

describe('prepare_index_params', () => {
  it('builds what create_index sends, parameters flat or in params', () => {
    const expected = [
      {
        field_name: 'v',
        index_type: 'HNSW',
        metric_type: 'L2',
        params: { M: 8, efConstruction: 50 },
      },
    ];
    const flat = { index_type: 'HNSW', metric_type: 'L2', M: 8, efConstruction: 50 };
    const nested = { index_type: 'HNSW', params: { metric_type: 'L2', M: 8, efConstruction: 50 } };
    const both = { ...nested, params: { M: 9, efConstruction: 50 }, metric_type: 'L2', M: 8 };
    for (const options of [flat, nested, both]) {
      assert.deepEqual(
        sent(MilvusClient.prepare_index_params().add_index({ field_name: 'v', ...options })),
        expected,
      );
      assert.deepEqual(sent(MilvusClient.prepare_index_params('v', options)), expected);
      assert.deepEqual(
        sent(MilvusClient.prepare_index_params({ field_name: 'v', ...options })),
        expected,
      );
    }
    const positional = MilvusClient.prepare_index_params().add_index('v', 'HNSW', '', {
      ...flat,
      index_type: undefined,
    });
    assert.deepEqual(sent(positional), expected);
  });

  it('is a list, in order, with one index for a field and name', () => {
    const params = MilvusClient.prepare_index_params()
      .add_index('a', 'FLAT')
      .add_index('b', 'FLAT', 'by_b')
      .add_index('a', 'HNSW');
    assert.equal(params.length, 2);
    assert.deepEqual(
      [...params],
      [
        { field_name: 'a', index_type: 'HNSW', params: {} },
        { field_name: 'b', index_name: 'by_b', index_type: 'FLAT', params: {} },
      ],
    );
    assert.equal(MilvusClient.prepare_index_params().length, 0);
  });
});
