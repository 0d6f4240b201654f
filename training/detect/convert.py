"""A TensorFlow.js graph to ONNX, operation by operation, with the channels first inside.

TensorFlow's pictures are (batch, rows, columns, channels), ONNX's (batch, channels, rows, columns). A tensor
is turned where an operation needs it so, stays turned as long as it can, and is turned back where its axes
count; so a network has a Transpose at its ends at most. Half-precision weights stay so in the file, each with
a Cast that ONNX Runtime folds away when it opens the graph.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from pipelines.core.errors import ModelError
from training.detect.tfjs import Array, Graph, Node, bare

OPSET, IR_VERSION = 17, 8
TO_FIRST, TO_LAST = (0, 3, 1, 2), (0, 2, 3, 1)
_FIRST_OF = {0: 0, 1: 2, 2: 3, 3: 1}
"""An axis with the channels last to the same axis with the channels first."""
_ELEMENTWISE = {
    "Add": "Add",
    "AddV2": "Add",
    "Mul": "Mul",
    "Sub": "Sub",
    "Relu": "Relu",
    "Sigmoid": "Sigmoid",
    "Identity": "Identity",
    "Equal": "Equal",
    "FloorMod": "Mod",
    "FloorDiv": "Div",
}
"""`FloorDiv` is of integers that are not negative, where it is the same as a division."""
_CASTS = {"DT_FLOAT": TensorProto.FLOAT, "DT_INT32": TensorProto.INT64, "DT_INT64": TensorProto.INT64}


def to_onnx(graph: Graph, outputs: Mapping[str, str], name: str) -> onnx.ModelProto:
    """Return the ONNX model.

    Args:
        graph: With one placeholder, which becomes the input "pixels".
        outputs: Names in the new graph by the names of the old.
        name: Of the new graph.

    Raises:
        ModelError: for an operation that has no translation here.
    """
    return _Writer(graph).model(outputs, name)


class _Writer:
    def __init__(self, graph: Graph) -> None:
        ((self._input, self._shape),) = graph.inputs.items()
        self._graph = graph
        self._constants: dict[str, Array] = dict(graph.constants)
        self._nodes: list[onnx.NodeProto] = []
        self._initialisers: dict[str, onnx.TensorProto] = {}
        self._last: dict[str, str] = {self._input: "pixels"}
        """Tensors with TensorFlow's axes, by TensorFlow's name."""
        self._first: dict[str, str] = {}
        """Tensors with the channels first."""

    def model(self, outputs: Mapping[str, str], name: str) -> onnx.ModelProto:
        for node in self._graph.ancestors(list(outputs)):
            self._translate(node)
        for old, new in outputs.items():
            self._nodes.append(helper.make_node("Identity", [self._value(old)], [new]))
        pixels = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, self._shape)
        results = [onnx.ValueInfoProto(name=new) for new in outputs.values()]
        graph = helper.make_graph(self._nodes, name, [pixels], results, list(self._initialisers.values()))
        opset = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION, producer_name="trio")
        inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
        del model.graph.output[:]
        model.graph.output.extend(inferred.graph.output)
        onnx.checker.check_model(model, full_check=True)
        return model

    def _translate(self, node: Node) -> None:
        if all(bare(name) in self._constants for name in node.inputs):
            self._constants[node.name] = _folded(node, [self._constants[name] for name in node.inputs])
        elif node.op in _ELEMENTWISE or node.op in {"Relu6", "LeakyRelu", "Cast"}:
            self._elementwise(node)
        elif (method := _METHODS.get(node.op)) is not None:
            method(self, node)
        else:
            raise ModelError("An operation has no translation", given=node.op, allowed=", ".join(_METHODS))

    def _emit(self, op: str, inputs: Sequence[str], target: str, **attributes: Any) -> str:
        given = {key: value for key, value in attributes.items() if value is not None}
        self._nodes.append(helper.make_node(op, list(inputs), [target], name=target, **given))
        return target

    def _constant(self, name: str, array: Array) -> str:
        """Return the name of an initialiser, which is read as float32 if it is of half precision."""
        if name not in self._initialisers:
            stored = f"{name}.half" if array.dtype == np.float16 else name
            self._initialisers[name] = numpy_helper.from_array(np.ascontiguousarray(array), stored)
            if stored != name:
                self._emit("Cast", [stored], name, to=TensorProto.FLOAT)
        return name

    def _value(self, name: str) -> str:
        """Return a tensor with TensorFlow's axes."""
        if name in self._constants:
            return self._constant(name, self._constants[name])
        if name not in self._last:
            self._last[name] = self._emit("Transpose", [self._first[name]], f"{name}.last", perm=TO_LAST)
        return self._last[name]

    def _turned(self, name: str) -> str:
        """Return a tensor of rank four, or a constant that is spread over one, with the channels first."""
        if name in self._constants:
            array = self._constants[name]
            wide = array.reshape((1,) * (4 - array.ndim) + array.shape).transpose(TO_FIRST)
            return self._constant(f"{name}.first", wide)
        if name not in self._first:
            self._first[name] = self._emit("Transpose", [self._last[name]], f"{name}.first", perm=TO_FIRST)
        return self._first[name]

    def _numbers(self, name: str) -> list[int]:
        """Return the integers of a constant. Raises ModelError for a tensor that is no constant."""
        if name not in self._constants:
            raise ModelError("A shape or an axis is not fixed", given=name)
        return [int(n) for n in np.atleast_1d(self._constants[name]).ravel()]

    def _elementwise(self, node: Node) -> None:
        turned = any(name in self._first and name not in self._last for name in node.inputs)
        inputs = [self._turned(n) if turned else self._value(n) for n in node.inputs]
        target = f"{node.name}.out"
        if node.op == "Relu6":
            low, high = self._scalar("relu6.low", 0.0), self._scalar("relu6.high", 6.0)
            self._emit("Clip", [inputs[0], low, high], target)
        elif node.op == "LeakyRelu":
            self._emit("LeakyRelu", inputs, target, alpha=float(node.attributes["alpha"]))
        elif node.op == "Cast":
            self._emit("Cast", inputs, target, to=_CASTS[node.attributes["DstT"]])
        else:
            self._emit(_ELEMENTWISE[node.op], inputs, target)
        (self._first if turned else self._last)[node.name] = target

    def _scalar(self, name: str, value: float) -> str:
        return self._constant(name, np.array(value, np.float32))

    def _convolution(self, node: Node) -> None:
        kernel = self._constants[node.inputs[1]]
        depthwise = "Depthwise" in node.op
        groups = kernel.shape[2] if depthwise else 1
        if depthwise:
            kernel = kernel.transpose(2, 3, 0, 1).reshape(-1, 1, *kernel.shape[:2])
        else:
            kernel = kernel.transpose(3, 2, 0, 1)
        inputs = [self._turned(node.inputs[0]), self._constant(f"{node.inputs[1]}.kernel", kernel)]
        inputs += [self._value(name) for name in node.inputs[2:3]]
        found = self._emit(
            "Conv",
            inputs,
            f"{node.name}.conv",
            kernel_shape=kernel.shape[2:],
            group=groups,
            dilations=node.attributes["dilations"][1:3],
            **_window(node),
        )
        self._first[node.name] = self._fused(node, found)

    def _fused(self, node: Node, found: str) -> str:
        """Write what follows a convolution in the same operation; the bias is the convolution's own."""
        for op in node.attributes.get("fused_ops", ()):
            if op == "Relu":
                found = self._emit("Relu", [found], f"{found}.relu")
            elif op == "Relu6":
                ends = [self._scalar("relu6.low", 0.0), self._scalar("relu6.high", 6.0)]
                found = self._emit("Clip", [found, *ends], f"{found}.relu6")
            elif op != "BiasAdd":
                raise ModelError("A fused operation has no translation", given=op)
        return found

    def _pool(self, node: Node) -> None:
        size = node.attributes["ksize"][1:3]
        source = self._turned(node.inputs[0])
        target = f"{node.name}.out"
        self._first[node.name] = self._emit("MaxPool", [source], target, kernel_shape=size, **_window(node))

    def _mean(self, node: Node) -> None:
        if sorted(self._numbers(node.inputs[1])) != [1, 2] or not node.attributes["keep_dims"]:
            raise ModelError("Only means over rows and columns that keep their axes are translated")
        source = self._turned(node.inputs[0])
        self._first[node.name] = self._emit("GlobalAveragePool", [source], f"{node.name}.out")

    def _resize(self, node: Node) -> None:
        if node.attributes["align_corners"]:
            raise ModelError("Resizing with aligned corners is not translated", given=node.name)
        half = node.attributes["half_pixel_centers"]
        source = self._turned(node.inputs[0])
        rows, columns = self._numbers(node.inputs[1])
        shape = self._emit("Shape", [source], f"{node.name}.head", start=0, end=2)
        size = self._constant(f"{node.name}.size", np.array([rows, columns], np.int64))
        sizes = self._emit("Concat", [shape, size], f"{node.name}.sizes", axis=0)
        mode = "half_pixel" if half else "asymmetric"
        self._first[node.name] = self._emit(
            "Resize",
            [source, "", "", sizes],
            f"{node.name}.out",
            mode="linear",
            coordinate_transformation_mode=mode,
        )

    def _concat(self, node: Node) -> None:
        *names, axis_name = node.inputs
        (axis,) = self._numbers(axis_name)
        target = f"{node.name}.out"
        if any(name in self._first for name in names):
            axis = _FIRST_OF[axis % 4]
            self._first[node.name] = self._emit("Concat", [self._turned(n) for n in names], target, axis=axis)
        else:
            self._last[node.name] = self._emit("Concat", [self._value(n) for n in names], target, axis=axis)

    def _pad(self, node: Node) -> None:
        ends = np.array(self._numbers(node.inputs[1])).reshape(-1, 2)
        turned = node.inputs[0] in self._first and node.inputs[0] not in self._last
        if turned:
            ends = ends[list(TO_FIRST)]
        pads = self._constant(f"{node.name}.pads", ends.T.reshape(-1).astype(np.int64))
        value = [self._value(name) for name in node.inputs[2:3]]
        source = self._turned(node.inputs[0]) if turned else self._value(node.inputs[0])
        target = self._emit("Pad", [source, pads, *value], f"{node.name}.out")
        (self._first if turned else self._last)[node.name] = target

    def _transpose(self, node: Node) -> None:
        order, source = tuple(self._numbers(node.inputs[1])), node.inputs[0]
        if order == TO_FIRST and source in self._first:
            self._last[node.name] = self._first[source]
        elif order == TO_LAST:
            self._first[node.name] = self._value(source)
        else:
            target = f"{node.name}.out"
            self._last[node.name] = self._emit("Transpose", [self._value(source)], target, perm=order)

    def _reshape(self, node: Node) -> None:
        inputs = [self._value(name) for name in node.inputs]
        self._last[node.name] = self._emit("Reshape", inputs, f"{node.name}.out")

    def _expand(self, node: Node) -> None:
        axes = self._constant(f"{node.name}.axes", np.array(self._numbers(node.inputs[1]), np.int64))
        source = self._value(node.inputs[0])
        self._last[node.name] = self._emit("Unsqueeze", [source, axes], f"{node.name}.out")

    def _slice(self, node: Node) -> None:
        start, stop, step = (self._numbers(name) for name in node.inputs[1:4])
        masks = ("ellipsis_mask", "new_axis_mask", "shrink_axis_mask")
        if any(node.attributes[mask] for mask in masks):
            raise ModelError("A slice that changes the number of axes is not translated", given=node.name)
        for axis in range(len(start)):
            if node.attributes["begin_mask"] >> axis & 1:
                start[axis] = 0
            if node.attributes["end_mask"] >> axis & 1:
                stop[axis] = np.iinfo(np.int64).max
        rows = (start, stop, list(range(len(start))), step)
        ends = [
            self._constant(f"{node.name}.{what}", np.array(row, np.int64))
            for what, row in zip(("start", "stop", "axes", "step"), rows, strict=True)
        ]
        self._last[node.name] = self._emit("Slice", [self._value(node.inputs[0]), *ends], f"{node.name}.out")

    def _top(self, node: Node) -> None:
        count = self._constant(f"{node.name}.k", np.array(self._numbers(node.inputs[1]), np.int64))
        values, places = f"{node.name}.out", f"{node.name}.places"
        source = self._value(node.inputs[0])
        self._nodes.append(helper.make_node("TopK", [source, count], [values, places], name=node.name))
        self._last[node.name], self._last[f"{node.name}:1"] = values, places

    def _gather(self, node: Node) -> None:
        (axis,) = self._numbers(node.inputs[2])
        inputs = [self._value(name) for name in node.inputs[:2]]
        self._last[node.name] = self._emit("Gather", inputs, f"{node.name}.out", axis=axis)

    def _split(self, node: Node) -> None:
        parts = self._constant(f"{node.name}.parts", np.array(self._numbers(node.inputs[1]), np.int64))
        (axis,) = self._numbers(node.inputs[2])
        count = node.attributes["num_split"]
        targets = [f"{node.name}.out{n}" for n in range(count)]
        turned = node.inputs[0] in self._first
        source = self._turned(node.inputs[0]) if turned else self._value(node.inputs[0])
        axis = _FIRST_OF[axis % 4] if turned else axis
        self._nodes.append(helper.make_node("Split", [source, parts], targets, axis=axis, name=node.name))
        for number, target in enumerate(targets):
            (self._first if turned else self._last)[f"{node.name}:{number}" if number else node.name] = target


def _window(node: Node) -> dict[str, Any]:
    """Return the attributes of a sliding window."""
    padding = node.attributes["padding"]
    if padding not in {"SAME", "VALID"}:
        raise ModelError("A padding has no translation", given=str(padding), allowed="SAME, VALID")
    auto = "SAME_UPPER" if padding == "SAME" else "VALID"
    return {"strides": node.attributes["strides"][1:3], "auto_pad": auto}


def _folded(node: Node, given: list[Array]) -> Array:
    """Return what an operation on constants gives; converters leave some in the shapes."""
    if node.op in {"Add", "AddV2"}:
        return np.asarray(given[0] + given[1])
    if node.op == "SparseToDense":
        places, shape, values, otherwise = given
        dense = np.full(tuple(int(n) for n in shape), otherwise, dtype=otherwise.dtype)
        for place, value in zip(places, np.broadcast_to(values, len(places)), strict=True):
            dense[tuple(int(n) for n in np.atleast_1d(place))] = value
        return dense
    raise ModelError("An operation on constants has no translation", given=node.op)


_METHODS: Mapping[str, Callable[[_Writer, Node], None]] = {
    "Conv2D": _Writer._convolution,
    "_FusedConv2D": _Writer._convolution,
    "DepthwiseConv2dNative": _Writer._convolution,
    "FusedDepthwiseConv2dNative": _Writer._convolution,
    "MaxPool": _Writer._pool,
    "Mean": _Writer._mean,
    "ResizeBilinear": _Writer._resize,
    "ConcatV2": _Writer._concat,
    "Pad": _Writer._pad,
    "PadV2": _Writer._pad,
    "Transpose": _Writer._transpose,
    "Reshape": _Writer._reshape,
    "ExpandDims": _Writer._expand,
    "StridedSlice": _Writer._slice,
    "TopKV2": _Writer._top,
    "GatherV2": _Writer._gather,
    "SplitV": _Writer._split,
}
