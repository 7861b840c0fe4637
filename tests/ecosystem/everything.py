"""Unmodified pymilvus against serve(): what it does with a Milvus server. Prints the methods that were called.

    python everything.py <address> [token]
"""
import asyncio
import json
import random
import sys
import time

import numpy as np
from pymilvus import (
    AnnSearchRequest,
    AsyncMilvusClient,
    DataType,
    Function,
    FunctionType,
    MilvusClient,
    MilvusException,
    RRFRanker,
    WeightedRanker,
)

random.seed(7)
address, token = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
called = set()


class Client(MilvusClient):
    """Notes which methods are called."""

    def __getattribute__(self, name):
        called.add(name)
        return super().__getattribute__(name)


client = Client(uri=address, token=token)
assert client.get_server_version().startswith("milvus_lite_wasm")


def refused(code, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except MilvusException as error:
        assert error.code == code, (error.code, error.message)
        return error.message
    raise AssertionError("it was not refused")


# a schema with every kind of scalar
schema = client.create_schema(auto_id=False, enable_dynamic_field=True, description="all")
schema.add_field("pk", DataType.VARCHAR, is_primary=True, max_length=20)
schema.add_field("v", DataType.FLOAT_VECTOR, dim=4)
for name, kind in [("b", DataType.BOOL), ("i8", DataType.INT8), ("i64", DataType.INT64), ("d", DataType.DOUBLE)]:
    schema.add_field(name, kind)
schema.add_field("f", DataType.FLOAT, nullable=True)
schema.add_field("j", DataType.JSON, nullable=True)
schema.add_field("a", DataType.ARRAY, element_type=DataType.INT64, max_capacity=8)
schema.add_field("t", DataType.ARRAY, element_type=DataType.VARCHAR, max_capacity=8, max_length=10)
schema.add_field("n", DataType.INT32, default_value=7)
index = client.prepare_index_params()
index.add_index("v", index_type="HNSW", metric_type="L2", params={"M": 8, "efConstruction": 64})
client.create_collection("things", schema=schema, index_params=index)
described = client.describe_collection("things")
assert [f["name"] for f in described["fields"]] == ["pk", "v", "b", "i8", "i64", "d", "f", "j", "a", "t", "n"]
assert described["enable_dynamic_field"] and described["description"] == "all", described
made, altered = described["created_timestamp"] >> 18, described["update_timestamp"] >> 18
assert made == altered and abs(made / 1000 - time.time()) < 60, (made, altered)
assert client.list_indexes("things") == ["v"]
found = client.describe_index("things", "v")
assert found["index_type"] == "HNSW" and found["metric_type"] == "L2" and found["M"] == "8", found
client.alter_index_properties("things", "v", {"mmap.enabled": True})
assert client.describe_index("things", "v")["mmap.enabled"] == "true"
client.drop_index_properties("things", "v", ["mmap.enabled"])
assert client.describe_index("things", "v") == found
client.flush_all()
assert str(client.get_load_state("things")["state"]) == "Loaded"

row = lambda i: {
    "pk": f"k{i:03}", "v": [i, 0, 0, 1], "b": i % 2 == 0, "i8": i % 100, "i64": 2**53 + i, "d": i / 3,
    "f": None if i % 3 == 0 else i / 2, "j": None if i % 4 == 0 else {"deep": [i, {"x": "ü"}]},
    "a": list(range(i % 5)), "t": ["x"] * (i % 3), "extra": i, "word": f"w{i % 10}",
}
assert client.insert("things", [row(i) for i in range(100)])["insert_count"] == 100
client.flush("things")
assert client.get_collection_stats("things") == {"row_count": 100}

[got] = client.get("things", ids="k009")
want = dict(row(9), n=7)
assert {k: got[k] for k in want if k != "v"} == {k: want[k] for k in want if k != "v"}, got
assert list(got["v"]) == want["v"]
[got] = client.query("things", filter='pk == "k012"', output_fields=["f", "j", "extra", "nope"])
assert got == {"pk": "k012", "f": None, "j": None, "extra": 12}, got
assert client.query("things", filter="extra >= {low} and word in {words}", filter_params={"low": 50, "words": ["w1", "w2"]},
                    output_fields=["count(*)"])[0]["count(*)"] == 10
assert [r["pk"] for r in client.query("things", filter="i8 < 10", limit=3, offset=2, output_fields=["pk"])] == ["k002", "k003", "k004"]
assert len(client.query("things", filter="extra == 1000", output_fields=["*"])) == 0

hits = client.search("things", data=[[3, 0, 0, 1], np.array([7, 0, 0, 1], dtype=np.float32)], limit=2,
                     output_fields=["extra", "a"], search_params={"metric_type": "L2", "params": {"ef": 50}})
assert [[h["pk"] for h in hits[q]] for q in (0, 1)][0][0] == "k003" and hits[1][0]["pk"] == "k007"
assert hits[0][0]["distance"] == 0 and hits[0][0]["entity"] == {"extra": 3, "a": [0, 1, 2]}, hits[0][0]
hits = client.search("things", data=[[3, 0, 0, 1]], limit=5, filter="b == true and extra > 10", offset=1,
                     search_params={"metric_type": "L2", "params": {}})
assert [h["pk"] for h in hits[0]] == ["k014", "k016", "k018", "k020", "k022"]
hits = client.search("things", data=[[0, 0, 0, 1]], limit=100, search_params={"params": {"radius": 26, "range_filter": 3}})
assert sorted(h["pk"] for h in hits[0]) == ["k002", "k003", "k004", "k005"]
by_vector = client.search("things", data=[[7, 0, 0, 1]], limit=3, search_params={"metric_type": "L2"})
by_id = client.search("things", ids=[by_vector[0][0]["pk"]], limit=3, search_params={"metric_type": "L2"})
assert by_id[0].ids == by_vector[0].ids and by_id[0][0]["distance"] == 0, by_id
refused(1100, client.search, "things", ids=["nothing"], limit=1)
hits = client.search("things", data=[[0, 0, 0, 1]], limit=3, group_by_field="b", output_fields=["b"])
assert len(hits[0]) == 2

# iterators return every row once
for batch in (7, 30):
    seen, iterator = [], client.query_iterator("things", batch_size=batch, output_fields=["extra"])
    while rows := iterator.next():
        seen += [r["extra"] for r in rows]
    iterator.close()
    assert sorted(seen) == list(range(100)), len(seen)
seen, iterator = [], client.search_iterator("things", data=[[0, 0, 0, 1]], batch_size=9, limit=60, output_fields=["extra"])
while page := iterator.next():
    seen += [h["entity"]["extra"] for h in page]
iterator.close()
assert seen == list(range(60)), seen

# changes
assert client.upsert("things", [dict(row(5), extra=500)])["upsert_count"] == 1
assert client.get("things", ids=["k005"], output_fields=["extra"])[0]["extra"] == 500
assert client.delete("things", ids=["k001", "k002", "k999"])["delete_count"] == 2
assert client.delete("things", filter="extra >= 90")["delete_count"] == 11
assert client.get_collection_stats("things") == {"row_count": 87}

# errors are a server's
assert not client.has_collection("nope")
refused(100, client.query, "nope", filter="a == 1")
refused(1100, client.query, "things", filter="extra ==")
refused(1100, client.search, "things", data=[[1, 2]], limit=1)
client.release_collection("things")
refused(101, client.search, "things", data=[[1, 2, 3, 4]], limit=1)
client.load_collection("things")

refused(10, client.upsert, "things", [{"pk": "k003", "a": [9]}], partial_update=True, field_ops={"a": "array_append"})
client.upsert("things", [{"pk": "k003", "a": [9]}], partial_update=True, field_ops={"a": "replace"})
assert client.get("things", ids=["k003"], output_fields=["a"])[0]["a"] == [9]

# partitions
client.create_partition("things", "new")
assert client.has_partition("things", "new") and sorted(client.list_partitions("things")) == ["_default", "new"]
client.insert("things", [dict(row(300), pk="p1")], partition_name="new")
assert client.get_partition_stats("things", "new") == {"row_count": 1}
assert [r["pk"] for r in client.query("things", filter="extra >= 0", partition_names=["new"])] == ["p1"]
client.release_partitions("things", ["new"])
client.load_partitions("things", ["new"])
client.release_partitions("things", ["new"])
client.drop_partition("things", "new")

# a field of structs is refused, and not left out
schema = client.create_schema()
schema.add_field("id", DataType.INT64, is_primary=True)
schema.add_field("v", DataType.FLOAT_VECTOR, dim=2)
struct = client.create_struct_field_schema()
struct.add_field("word", DataType.VARCHAR, max_length=10)
schema.add_field("parts", DataType.ARRAY, element_type=DataType.STRUCT, struct_schema=struct, max_capacity=3)
assert "structs" in refused(10, client.create_collection, "structs", schema=schema)
assert not client.has_collection("structs")

# other vectors
schema = client.create_schema(auto_id=True)
schema.add_field("id", DataType.INT64, is_primary=True)
schema.add_field("h", DataType.FLOAT16_VECTOR, dim=4)
schema.add_field("g", DataType.BFLOAT16_VECTOR, dim=4)
schema.add_field("c", DataType.INT8_VECTOR, dim=4)
client.create_collection("small", schema=schema)
half = np.array([1, 2, 3, 0.5], dtype=np.float16)
brain = (np.array([1, 2, 3, 0.5], dtype=np.float32).view(np.uint32) >> 16).astype(np.uint16).tobytes()
client.insert("small", [{"h": half, "g": brain, "c": np.array([1, -2, 3, -4], dtype=np.int8)}])
params = client.prepare_index_params()
for field in "hgc":
    params.add_index(field, index_type="FLAT", metric_type="L2")
client.create_index("small", params)
client.load_collection("small")
assert client.search("small", data=[half], anns_field="h", limit=1)[0][0]["distance"] == 0
[got] = client.query("small", limit=1, output_fields=["*"])
assert np.frombuffer(got["h"][0], dtype=np.float16).tolist() == half.tolist(), got
assert np.frombuffer(got["c"][0], dtype=np.int8).tolist() == [1, -2, 3, -4], got

# vectors of bits and sparse ones, and searches of two fields at once
schema = client.create_schema(auto_id=False, enable_dynamic_field=True)
schema.add_field("id", DataType.INT64, is_primary=True)
schema.add_field("bits", DataType.BINARY_VECTOR, dim=16)
schema.add_field("words", DataType.SPARSE_FLOAT_VECTOR)
schema.add_field("dense", DataType.FLOAT_VECTOR, dim=2)
params = client.prepare_index_params()
params.add_index("bits", index_type="BIN_FLAT", metric_type="HAMMING")
params.add_index("words", index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
params.add_index("dense", index_type="FLAT", metric_type="L2")
client.create_collection("mixed", schema=schema, index_params=params)
client.insert("mixed", [{"id": i, "bits": bytes([i, 255 - i]), "words": {i: 1.0, 100: i / 8}, "dense": [i, 0], "word": f"w{i}"} for i in range(8)])
hits = client.search("mixed", data=[bytes([3, 252])], anns_field="bits", limit=2, output_fields=["bits"])
assert hits[0][0]["id"] == 3 and hits[0][0]["distance"] == 0, hits
assert hits[0][0]["entity"]["bits"] == [bytes([3, 252])] or bytes(hits[0][0]["entity"]["bits"]) == bytes([3, 252]), hits
hits = client.search("mixed", data=[{5: 2.0, 100: 1.0}], anns_field="words", limit=8, output_fields=["words"])
assert [h["id"] for h in hits[0]] == [5, 7, 6, 4, 3, 2, 1], [h["id"] for h in hits[0]]  # none of product 0
assert hits[0][0]["distance"] == 2.625 and hits[0][0]["entity"]["words"] == {5: 1.0, 100: 0.625}, hits[0][0]
near = AnnSearchRequest(data=[[6, 0]], anns_field="dense", param={"metric_type": "L2"}, limit=3)
alike = AnnSearchRequest(data=[{5: 2.0, 100: 1.0}], anns_field="words", param={"metric_type": "IP"}, limit=3, expr="id < 7")
hits = client.hybrid_search("mixed", reqs=[near, alike], ranker=RRFRanker(60), limit=3, output_fields=["word"])
ranks = {6: [1, 2], 5: [2, 1], 7: [3], 4: [3]}
score = lambda i: sum(1 / (60 + r) for r in ranks[i])
assert {h["id"] for h in hits[0]} <= set(ranks) and {hits[0][0]["id"], hits[0][1]["id"]} == {5, 6}, hits
assert all(abs(h["distance"] - score(h["id"])) < 1e-6 and h["entity"] == {"word": f"w{h['id']}"} for h in hits[0]), hits
hits = client.hybrid_search("mixed", reqs=[near, alike], ranker=WeightedRanker(0.9, 0.1), limit=1)
assert hits[0][0]["id"] == 6, hits
refused(1100, client.hybrid_search, "mixed", reqs=[near, alike], ranker=WeightedRanker(0.9), limit=1)


def fused(ranker, **kwargs):
    hits = client.hybrid_search("mixed", reqs=[near, alike], ranker=ranker, limit=4, **kwargs)[0]
    return [(h["id"], h["distance"]) for h in hits]


def ranking(**params):
    return Function(name="r", input_field_names=[], function_type=FunctionType.RERANK, params=params)


assert fused(ranking(reranker="rrf", k=60)) == fused(RRFRanker(60)) and len(fused(RRFRanker(60))) == 4
assert fused(ranking(reranker="weighted", weights=[0.9, 0.1], norm_score=True)) == fused(WeightedRanker(0.9, 0.1))
assert fused(RRFRanker(60), offset=1) == fused(RRFRanker(60))[1:]

# in the order of fields, of dynamic ones too
ids_of = lambda rows: [row["id"] for row in rows]
assert ids_of(client.query("mixed", filter="id > 4", order_by=["id:desc"])) == [7, 6, 5]
assert ids_of(client.query("mixed", limit=2, offset=1, order_by_fields=[{"field": "word", "order": "desc"}, "id"])) == [6, 5]
assert client.query("mixed", ids=[3, 5, 1], output_fields=["word"], order_by="word:desc,id:asc")[0] == {"id": 5, "word": "w5"}
by_word = {"data": [[5, 0]], "anns_field": "dense", "limit": 3}
assert ids_of(client.search("mixed", **by_word)[0]) == [5, 4, 6]
assert ids_of(client.search("mixed", order_by_fields=[{"field": "word", "order": "desc"}], **by_word)[0]) == [6, 5, 4]
assert ids_of(client.search("mixed", order_by_fields="word:asc:nulls_first", offset=1, **by_word)[0]) == [4, 5, 6]
assert "dense" in refused(1100, client.query, "mixed", filter="id > 0", order_by=["dense"])
assert "asc or desc" in refused(1100, client.search, "mixed", order_by_fields="word:up", **by_word)
refused(1100, client.query_iterator, "mixed", filter="id > 0", order_by=["id:desc"])
refused(1100, client.search_iterator, "mixed", data=[[5, 0]], anns_field="dense", order_by_fields="word")

# groups
by_word = client.query("mixed", filter="id > 3", group_by_fields=["word"], output_fields=["word", "count(*)", "sum(id)"])
assert list(by_word) == [{"word": f"w{i}", "count(*)": 1, "sum(id)": i} for i in (4, 5, 6, 7)], by_word
assert list(client.query("mixed", output_fields=["count(word)", "AVG(id)", "max(word)"], filter="id in [1, 2]")) == \
    [{"count(word)": 2, "AVG(id)": 1.5, "max(word)": "w2"}]
assert list(client.query("mixed", group_by_fields=["word"], output_fields=["max(id)", "word"], order_by=["max(id):desc"], limit=1,
                         offset=1)) == [{"max(id)": 6, "word": "w6"}]
assert list(client.query("mixed", filter="id > 99", output_fields=["sum(id)", "count(id)"])) == [{"sum(id)": None, "count(id)": 0}]
assert "dense" in refused(1100, client.query, "mixed", group_by_fields=["dense"], output_fields=["dense"])
refused(1100, client.query_iterator, "mixed", filter="id > 0", group_by_fields=["word"], output_fields=["word"])
refused(10, client.search, "mixed", data=[[6, 0]], anns_field="dense", group_by_fields=["word", "id"])

# what would change an answer is refused, and not passed over
refused(10, client.search, "mixed", data=[[6, 0]], anns_field="dense", ranker=ranking(reranker="boost", weight="2"))
refused(10, client.query, "mixed", filter="id > 0", time_fields="year")
client.drop_collection("mixed")

# times and places
schema = client.create_schema(auto_id=False)
schema.add_field("id", DataType.INT64, is_primary=True)
schema.add_field("v", DataType.FLOAT_VECTOR, dim=2)
schema.add_field("at", DataType.TIMESTAMPTZ, nullable=True)
schema.add_field("since", DataType.TIMESTAMPTZ, default_value="2000-01-01T01:00:00+01:00")
schema.add_field("place", DataType.GEOMETRY, nullable=True)
params = client.prepare_index_params()
params.add_index("v", index_type="FLAT", metric_type="L2", params={"mmap.enabled": True})
params.add_index("at", index_type="STL_SORT")
client.create_collection("visits", schema=schema, index_params=params)
assert client.describe_index("visits", "v")["mmap.enabled"] == "true"
fields = {f["name"]: f for f in client.describe_collection("visits")["fields"]}
assert [fields[n]["type"] for n in ("at", "since", "place")] == [DataType.TIMESTAMPTZ, DataType.TIMESTAMPTZ, DataType.GEOMETRY]
assert fields["since"]["default_value"].string_data == "2000-01-01T01:00:00+01:00", fields["since"]
client.insert("visits", [
    {"id": 1, "v": [1, 0], "at": "2025-01-31T12:00:00.25+02:00", "place": "POINT (1 2)"},
    {"id": 2, "v": [2, 0], "since": "1969-12-31T23:59:59.999999Z"},
    {"id": 3, "v": [3, 0], "at": None, "place": "POLYGON ((0 0, 1 0, 1 1, 0 0))"},
])
fields = ["at", "since", "place"]
first = {"at": "2025-01-31T10:00:00.25Z", "since": "2000-01-01T00:00:00Z", "place": "POINT (1 2)"}
assert client.query("visits", filter="id > 0", output_fields=fields) == [
    {"id": 1, **first},
    {"id": 2, "at": None, "since": "1969-12-31T23:59:59.999999Z", "place": None},
    {"id": 3, "at": None, "since": "2000-01-01T00:00:00Z", "place": "POLYGON ((0 0, 1 0, 1 1, 0 0))"},
]
hits = client.search("visits", data=[[1, 0]], limit=2, output_fields=fields)
assert hits[0][0]["entity"] == first and hits[0][1]["entity"]["place"] is None, hits
hits = client.search("visits", data=[[1, 0]], limit=1, output_fields=["at"], timezone="Asia/Shanghai")
assert hits[0][0]["entity"] == {"at": "2025-01-31T18:00:00.25+08:00"}, hits
found = client.query("visits", filter="at > ISO '2025-01-31T11:59:00+02:00'", output_fields=["at"], timezone="Europe/Berlin")
assert found == [{"id": 1, "at": "2025-01-31T11:00:00.25+01:00"}], found
assert client.query("visits", filter="at is null and place is not null", output_fields=["id"]) == [{"id": 3}]
refused(1100, client.insert, "visits", [{"id": 4, "v": [4, 0], "at": "yesterday"}])
refused(1100, client.insert, "visits", [{"id": 4, "v": [4, 0], "place": "here"}])
assert client.get_collection_stats("visits") == {"row_count": 3}

# fields are added and altered, rows go at once
client.add_collection_field("visits", "note", DataType.VARCHAR, nullable=True, max_length=4)
refused(1100, client.insert, "visits", [{"id": 5, "v": [5, 0], "note": "a longer one"}])
client.alter_collection_field("visits", "note", {"max_length": 20})
client.insert("visits", [{"id": 5, "v": [5, 0], "note": "a longer one"}])
assert client.query("visits", filter="note is not null", output_fields=["note"]) == [{"id": 5, "note": "a longer one"}]
client.drop_collection_field("visits", "place")
client.drop_collection_field("visits", field_id=103)
assert [f["name"] for f in client.describe_collection("visits")["fields"]] == ["id", "v", "at", "note"]
assert client.query("visits", filter="id == 5", output_fields=["*"])[0]["note"] == "a longer one"
refused(1100, client.drop_collection_field, "visits", "v")
refused(1100, client.drop_collection_field, "visits", "place")
client.refresh_load("visits")
client.truncate_collection("visits")
assert client.get_collection_stats("visits") == {"row_count": 0}
client.drop_collection("visits")
field = client.create_field_schema("id", DataType.INT64, is_primary=True)
assert field.name == "id" and field.is_primary

# the rest
client.rename_collection("small", "tiny")
assert client.list_collections() == ["things", "tiny"]
assert client.get_server_type() == "milvus"
client.alter_collection_properties("tiny", {"mmap.enabled": True, "some.other": 1})
client.alter_collection_properties("tiny", {"collection.ttl.seconds": 3600})
assert client.describe_collection("tiny")["properties"]["collection.ttl.seconds"] == "3600"
refused(1100, client.alter_collection_properties, "tiny", {"collection.ttl.seconds": -2})
client.drop_collection_properties("tiny", ["some.other", "collection.ttl.seconds"])
assert client.describe_collection("tiny")["properties"] == {"mmap.enabled": "True"} or client.describe_collection("tiny")["properties"]
assert isinstance(client.compact("tiny"), int) and client.get_compaction_state(0) == "Completed"
client.release_collection("tiny")
client.drop_index("tiny", "h")
assert sorted(client.list_indexes("tiny")) == ["c", "g"]

# aliases and databases
client.create_alias("tiny", "little")
assert client.describe_alias("little")["collection_name"] == "tiny"
assert client.list_aliases("tiny")["aliases"] == ["little"]
client.alter_alias("things", "little")
assert client.get_collection_stats("little") == client.get_collection_stats("things")
client.drop_alias("little")
client.create_database("other", {"some.thing": "1"})
client.alter_database_properties("other", {"more": "2"})
client.drop_database_properties("other", ["some.thing"])
assert client.describe_database("other") == {"name": "other", "more": "2"}, client.describe_database("other")
assert sorted(client.list_databases()) == ["default", "other"]
client.use_database("other")
assert client.list_collections() == []
client.create_collection("here", dimension=2)
client.insert("here", [{"id": 1, "vector": [1, 2]}])
assert client.query("here", filter="id > 0", output_fields=["id"]) == [{"id": 1}]
client.drop_collection("here")
client.using_database("default")
client.drop_database("other")



# many calls at once
async def together():
    at_once = AsyncMilvusClient(uri=address, token=token)
    await at_once.create_collection("crowd", dimension=4)
    rows = [[{"id": 10 * i + j, "vector": [i, j, 0, 1]} for j in range(10)] for i in range(20)]
    counts = await asyncio.gather(*(at_once.insert("crowd", batch) for batch in rows))
    assert [c["insert_count"] for c in counts] == [10] * 20
    found = await asyncio.gather(*(at_once.search("crowd", data=[rows[i][3]["vector"]], limit=1) for i in range(20)))
    assert [hits[0][0]["id"] for hits in found] == [10 * i + 3 for i in range(20)], found
    assert len(await at_once.query("crowd", filter="id >= 50", output_fields=["id"])) == 150
    await at_once.close()


asyncio.run(together())

for name in client.list_collections():
    client.drop_collection(name)
client.close()
print(json.dumps(sorted(name for name in called if not name.startswith("_"))))
