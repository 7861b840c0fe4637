"""Prints every method of pymilvus' MilvusClient with its parameters that may be given by position, as JSON."""
import inspect
import json

from pymilvus import MilvusClient

methods = {}
for name in dir(MilvusClient):
    method = getattr(MilvusClient, name)
    if name.startswith("_") or not callable(method):
        continue
    parameters = inspect.signature(method).parameters.values()
    methods[name] = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD and p.name not in ("self", "cls")]
print(json.dumps(methods))
