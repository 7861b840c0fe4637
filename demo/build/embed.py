"""Embeds a corpus with the assembled model, and stores the vectors as int8.

Usage: embed.py MODEL_FOLDER CORPUS.json CORPUS.i8

Of n rows: n float32 scales, then n x 384 codes; a vector is its codes times its scale.
"""

import json
import os
import pathlib
import sys
import time

import numpy as np
import onnxruntime
import tokenizers

BATCH = 32
LONGEST = 256  # tokens, as sentence-transformers cuts this model's texts


def main(model, source, target):
    texts = [row["text"] for row in json.loads(pathlib.Path(source).read_text())["rows"]]
    tokenizer = tokenizers.Tokenizer.from_file(str(pathlib.Path(model, "tokenizer.json")))
    tokenizer.enable_truncation(LONGEST)
    tokenizer.enable_padding()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    session = onnxruntime.InferenceSession(str(pathlib.Path(model, "model.onnx")), options)

    vectors = np.empty((len(texts), 384), np.float32)
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))  # little padding
    start = told = time.monotonic()
    for at in range(0, len(order), BATCH):
        rows = order[at : at + BATCH]
        encoded = tokenizer.encode_batch([texts[i] for i in rows])
        ids = np.array([e.ids for e in encoded], np.int64)
        mask = np.array([e.attention_mask for e in encoded], np.int64)
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        (hidden,) = session.run(["last_hidden_state"], inputs)
        wide = mask[:, :, None].astype(np.float32)
        vectors[rows] = (hidden * wide).sum(1) / wide.sum(1)
        now = time.monotonic()
        if now - told > 10:
            told = now
            done = at + len(rows)
            print(f"           {done} of {len(texts)}, {done / (now - start):.0f} texts/s", flush=True)

    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    scales = np.abs(vectors).max(axis=1) / 127
    codes = np.rint(vectors / scales[:, None]).astype(np.int8)
    pathlib.Path(target).write_bytes(scales.astype("<f4").tobytes() + codes.tobytes())


if __name__ == "__main__":
    main(*sys.argv[1:])
