"""An ONNX graph while it is written: its nodes, its constants, each tensor with its axes in either order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from pipelines.core.errors import ModelError
from training.detect.tfjs import Array, Graph

OPSET, IR_VERSION = 17, 8
TO_FIRST, TO_LAST = (0, 3, 1, 2), (0, 2, 3, 1)


class Writer:
    """The graph so far, and where each tensor of the old graph is in it.

    Attributes:
        constants: Of the old graph, with what was worked out of them.
        nodes: Of the new graph.
        last: Tensors with TensorFlow's axes, by TensorFlow's name.
        first: Tensors with the channels first.
    """

    def __init__(self, graph: Graph) -> None:
        ((name, self._shape),) = graph.inputs.items()
        self.constants: dict[str, Array] = dict(graph.constants)
        self.nodes: list[onnx.NodeProto] = []
        self._initialisers: dict[str, onnx.TensorProto] = {}
        self.last: dict[str, str] = {name: "pixels"}
        self.first: dict[str, str] = {}

    def model(self, outputs: Mapping[str, str], name: str) -> onnx.ModelProto:
        """Return the whole graph; `outputs`: names in the new graph by those in the old."""
        for old, new in outputs.items():
            self.nodes.append(helper.make_node("Identity", [self.value(old)], [new]))
        pixels = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, self._shape)
        results = [onnx.ValueInfoProto(name=new) for new in outputs.values()]
        graph = helper.make_graph(self.nodes, name, [pixels], results, list(self._initialisers.values()))
        opset = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION, producer_name="trio")
        inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
        del model.graph.output[:]
        model.graph.output.extend(inferred.graph.output)
        onnx.checker.check_model(model, full_check=True)
        return model

    def emit(self, op: str, inputs: Sequence[str], target: str, **attributes: Any) -> str:
        """Write a node with one output, `target`, and return that; attributes that are None are left out."""
        given = {key: value for key, value in attributes.items() if value is not None}
        self.nodes.append(helper.make_node(op, list(inputs), [target], name=target, **given))
        return target

    def constant(self, name: str, array: Array) -> str:
        """Return the name of an initialiser, which is read as float32 if it is of half precision."""
        if name not in self._initialisers:
            stored = f"{name}.half" if array.dtype == np.float16 else name
            self._initialisers[name] = numpy_helper.from_array(np.ascontiguousarray(array), stored)
            if stored != name:
                self.emit("Cast", [stored], name, to=TensorProto.FLOAT)
        return name

    def value(self, name: str) -> str:
        """Return a tensor with TensorFlow's axes."""
        if name in self.constants:
            return self.constant(name, self.constants[name])
        if name not in self.last:
            self.last[name] = self.emit("Transpose", [self.first[name]], f"{name}.last", perm=TO_LAST)
        return self.last[name]

    def turned(self, name: str) -> str:
        """Return a tensor of rank four, or a constant that is spread over one, with the channels first."""
        if name in self.constants:
            array = self.constants[name]
            wide = array.reshape((1,) * (4 - array.ndim) + array.shape).transpose(TO_FIRST)
            return self.constant(f"{name}.first", wide)
        if name not in self.first:
            self.first[name] = self.emit("Transpose", [self.last[name]], f"{name}.first", perm=TO_FIRST)
        return self.first[name]

    def numbers(self, name: str) -> list[int]:
        """Return the integers of a constant. Raises ModelError for a tensor that is no constant."""
        if name not in self.constants:
            raise ModelError("A shape or an axis is not fixed", given=name)
        return [int(n) for n in np.atleast_1d(self.constants[name]).ravel()]

    def scalar(self, name: str, value: float) -> str:
        """Return the name of a float32 constant."""
        return self.constant(name, np.array(value, np.float32))
