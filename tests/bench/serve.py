"""What unmodified pymilvus does with a server in a second: one step of tests/bench/serve.mjs. Prints one JSON object.

    python serve.py <address> insert <rows> | search <seconds> <clients>
"""
import json
import multiprocessing
import sys
import time

import numpy as np
from pymilvus import MilvusClient

DIM, BATCH, LIMIT, RANK = 384, 1000, 10, 48


def embeddings(n, seed):
    """As models make them: near a space of fewer dimensions, of length 1."""
    basis = np.random.default_rng(1).standard_normal((RANK, DIM))
    random = np.random.default_rng(seed)
    v = random.standard_normal((n, RANK)) @ basis + random.standard_normal((n, DIM))
    return (v / np.linalg.norm(v, axis=1, keepdims=True)).astype(np.float32)


def insert(address, rows):
    client = MilvusClient(uri=address)
    client.create_collection("bench", dimension=DIM)
    vectors = embeddings(rows, 2)
    data = [{"id": i, "vector": vectors[i], "text": f"{i:0100}"} for i in range(rows)]
    begin = time.perf_counter()
    for at in range(0, rows, BATCH):
        client.insert("bench", data[at : at + BATCH])
    client.flush("bench")
    return {"rate": rows / (time.perf_counter() - begin)}


def searches(job):
    address, seconds, seed, ready = job
    client = MilvusClient(uri=address)
    client.load_collection("bench")
    queries = embeddings(200, 100 + seed)
    for query in queries[:20]:
        client.search("bench", data=[query], limit=LIMIT, output_fields=["text"])
    ready.wait()
    n, begin = 0, time.perf_counter()
    while time.perf_counter() - begin < seconds:
        [hits] = client.search("bench", data=[queries[n % 200]], limit=LIMIT, output_fields=["text"])
        assert len(hits) == LIMIT
        n += 1
    return n / (time.perf_counter() - begin)


def search(address, seconds, clients):
    spawning = multiprocessing.get_context("spawn")  # gRPC does not survive a fork
    with spawning.Manager() as manager, spawning.Pool(clients) as pool:
        ready = manager.Barrier(clients)
        return {"rate": sum(pool.map(searches, [(address, seconds, i, ready) for i in range(clients)], chunksize=1))}


if __name__ == "__main__":
    address, step, *given = sys.argv[1:]
    print(json.dumps({"insert": insert, "search": search}[step](address, *map(int, given))))
