"""The guide's programs as they stand in it; only the address is another.

    python guide.py <address> [token]
"""
import random
import sys

from pymilvus import DataType, MilvusClient

client = MilvusClient(uri=sys.argv[1], token=sys.argv[2] if len(sys.argv) > 2 else "")

client.create_collection(
    collection_name="documents",
    dimension=384,  # Embedding dimension (e.g., all-MiniLM-L6-v2)
    auto_id=True,
    enable_dynamic_field=True
)

print("Collection created!")

sample_docs = [
    {"text": "Machine learning is a subset of AI", "vector": [random.random() for _ in range(384)]},
    {"text": "Neural networks mimic the human brain", "vector": [random.random() for _ in range(384)]},
    {"text": "Python is great for data science", "vector": [random.random() for _ in range(384)]},
]

client.insert(
    collection_name="documents",
    data=sample_docs
)

print(f"Inserted {len(sample_docs)} documents")

query_vector = [random.random() for _ in range(384)]
results = client.search(
    collection_name="documents",
    data=[query_vector],
    limit=2,
    output_fields=["text"]
)

print("\nSearch results:")
for result in results[0]:
    print(f"  - {result['entity']['text']} (distance: {result['distance']:.4f})")

schema = client.create_schema(
    auto_id=True,
    enable_dynamic_field=True,
)

schema.add_field(field_name="id", datatype=DataType.INT64, is_primary=True)
schema.add_field(field_name="vector", datatype=DataType.FLOAT_VECTOR, dim=384)
schema.add_field(field_name="text", datatype=DataType.VARCHAR, max_length=512)
schema.add_field(field_name="category", datatype=DataType.VARCHAR, max_length=64)

client.create_collection(
    collection_name="articles",
    schema=schema,
)
print("done")
