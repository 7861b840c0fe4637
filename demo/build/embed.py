"""Embeds a corpus with the assembled model, and stores the vectors as int8.

Usage: embed.py MODEL_FOLDER CORPUS.json CORPUS.i8

Of n rows: n float32 scales, then n x 384 codes; a vector is its codes times its scale. A word's vector
is that of its meaning, and half as much of its names: descriptions are worded like meanings, but the
model knows more of a word than a dictionary tells.
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
NAMES_WEIGH = 0.5
MOST_NAMES = 5


class Embedder:
    def __init__(self, model):
        self.tokenizer = tokenizers.Tokenizer.from_file(str(pathlib.Path(model, "tokenizer.json")))
        self.tokenizer.enable_truncation(LONGEST)
        self.tokenizer.enable_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
        self.session = onnxruntime.InferenceSession(str(pathlib.Path(model, "model.onnx")), options)

    def embed(self, texts, what):
        """Unit vectors of texts."""
        vectors = np.empty((len(texts), 384), np.float32)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))  # little padding
        start = told = time.monotonic()
        for at in range(0, len(order), BATCH):
            rows = order[at : at + BATCH]
            encoded = self.tokenizer.encode_batch([texts[i] for i in rows])
            ids = np.array([e.ids for e in encoded], np.int64)
            mask = np.array([e.attention_mask for e in encoded], np.int64)
            inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
            (hidden,) = self.session.run(["last_hidden_state"], inputs)
            wide = mask[:, :, None].astype(np.float32)
            vectors[rows] = (hidden * wide).sum(1) / wide.sum(1)
            now = time.monotonic()
            if now - told > 10:
                told = now
                done = at + len(rows)
                print(f"           {done} of {len(texts)} {what}, {done / (now - start):.0f}/s", flush=True)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def names(row):
    return ", ".join([row["title"], *filter(None, row["also"].split(", "))][:MOST_NAMES])


def main(model, source, target):
    rows = json.loads(pathlib.Path(source).read_text())["rows"]
    embedder = Embedder(model)
    vectors = embedder.embed([row["text"] for row in rows], "texts")
    if "also" in rows[0]:
        vectors += NAMES_WEIGH * embedder.embed([names(row) for row in rows], "names")
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    scales = np.abs(vectors).max(axis=1) / 127
    codes = np.rint(vectors / scales[:, None]).astype(np.int8)
    pathlib.Path(target).write_bytes(scales.astype("<f4").tobytes() + codes.tobytes())


if __name__ == "__main__":
    main(*sys.argv[1:])
