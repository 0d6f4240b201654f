"""TensorFlow.js graph models as data: the graph's JSON and its shards of weights.

Format: `model.json` holds a GraphDef in `modelTopology` (attributes as protobuf's JSON, strings in base64),
and a list of weights in `weightsManifest`, whose bytes lie one after another in the shards; float16 is the
one quantisation that is read. tfjs-core defines it in `io/types.ts`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.core.errors import ModelError

Array = NDArray[Any]
_TYPES = {"float32": np.float32, "int32": np.int32, "bool": np.bool_}


@dataclass(frozen=True)
class Node:
    """One operation. `inputs`: names of nodes, ":1" for the second output; `attributes`: plain values."""

    op: str
    name: str
    inputs: tuple[str, ...]
    attributes: Mapping[str, Any]


@dataclass(frozen=True)
class Graph:
    """A graph in an order in which every operation comes after its inputs.

    Attributes:
        nodes: The operations; placeholders and constants are not among them.
        constants: By name; float16 where they were stored so, integers as int64.
        inputs: Shapes of the placeholders by name.
    """

    nodes: tuple[Node, ...]
    constants: Mapping[str, Array]
    inputs: Mapping[str, tuple[int, ...]]

    def ancestors(self, outputs: list[str]) -> tuple[Node, ...]:
        """Return the nodes that `outputs` need, in order. Raises ModelError for an unknown name."""
        by_name = {node.name: node for node in self.nodes}
        if unknown := [name for name in outputs if bare(name) not in by_name]:
            raise ModelError("The graph has no such output", given=", ".join(unknown))
        needed, waiting = set(), [bare(name) for name in outputs]
        while waiting:
            name = waiting.pop()
            if name in by_name and name not in needed:
                needed.add(name)
                waiting += [bare(source) for source in by_name[name].inputs]
        return tuple(node for node in self.nodes if node.name in needed)


def bare(name: str) -> str:
    """Return the name of the node that gives a tensor."""
    return name.partition(":")[0]


def read_graph(model: bytes, weights: bytes) -> Graph:
    """Return the graph of a model whose shards have been joined.

    Raises:
        ModelError: if weights are missing, left over, or stored in a way that is not known.
    """
    found = json.loads(model)
    constants = _weights(found["weightsManifest"], weights)
    rows = {row["name"]: row for row in found["modelTopology"]["node"]}
    inputs = {
        name: tuple(int(dim["size"]) for dim in row["attr"]["shape"]["shape"]["dim"])
        for name, row in rows.items()
        if row["op"] == "Placeholder"
    }
    nodes = {name: _node(row) for name, row in rows.items() if row["op"] not in {"Const", "Placeholder"}}
    return Graph(_sorted(nodes), constants, inputs)


def _weights(manifest: list[dict[str, Any]], data: bytes) -> dict[str, Array]:
    constants, at = {}, 0
    for spec in (weight for group in manifest for weight in group["weights"]):
        stored = spec.get("quantization", {}).get("dtype", spec["dtype"])
        kind = np.float16 if stored == "float16" else _TYPES.get(stored)
        if kind is None:
            raise ModelError("A weight is stored in a way that is not known", given=str(stored))
        count = int(np.prod(spec["shape"], dtype=np.int64))
        size = count * np.dtype(kind).itemsize
        if at + size > len(data):
            raise ModelError("The weights are shorter than the model says", given=f"{len(data)} bytes")
        array: Array = np.frombuffer(data, kind, count, at).reshape(spec["shape"])
        constants[spec["name"]] = array.astype(np.int64) if kind is np.int32 else array
        at += size
    if at != len(data):
        raise ModelError("The weights are longer than the model says", given=f"{len(data)} bytes, {at} used")
    return constants


def _node(row: dict[str, Any]) -> Node:
    inputs = tuple(name for name in row.get("input", ()) if not name.startswith("^"))
    return Node(row["op"], row["name"], inputs, {k: _plain(v) for k, v in row.get("attr", {}).items()})


def _plain(value: dict[str, Any]) -> Any:
    """Return an attribute without protobuf's wrapping."""
    if "list" in value:
        ((_, items),) = value["list"].items() or (("i", ()),)
        return [_scalar(next(iter(value["list"])), item) for item in items]
    ((kind, item),) = value.items() or (("", None),)
    return _scalar(kind, item)


def _scalar(kind: str, item: Any) -> Any:
    if kind == "s":
        return base64.b64decode(item).decode("utf-8")
    return int(item) if kind == "i" else item


def _sorted(nodes: Mapping[str, Node]) -> tuple[Node, ...]:
    """Return the nodes in an order in which each comes after its inputs."""
    done: dict[str, Node] = {}
    for name in nodes:
        stack = [name]
        while stack:
            node = nodes[stack[-1]]
            before = [bare(i) for i in node.inputs if bare(i) in nodes and bare(i) not in done]
            if before:
                stack += before
            else:
                done.setdefault(stack.pop(), node)
    return tuple(done.values())
