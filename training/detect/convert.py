"""A TensorFlow.js graph to ONNX, operation by operation, with the channels first inside.

TensorFlow's pictures are (batch, rows, columns, channels), ONNX's (batch, channels, rows, columns). A tensor
is turned where an operation needs it so, stays turned as long as it can, and is turned back where its axes
count; so a network has a Transpose at its ends at most. Half-precision weights stay so in the file, each with
a Cast that ONNX Runtime folds away when it opens the graph.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from pipelines.core.errors import ModelError
from training.detect.tfjs import Array, Graph, Node, bare
from training.detect.writer import TO_FIRST, TO_LAST, Writer

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
    writer = Writer(graph)
    for node in graph.ancestors(list(outputs)):
        _translate(writer, node)
    return writer.model(outputs, name)


def _translate(w: Writer, node: Node) -> None:
    if all(bare(name) in w.constants for name in node.inputs):
        w.constants[node.name] = _folded(node, [w.constants[name] for name in node.inputs])
    elif node.op in _ELEMENTWISE or node.op in {"Relu6", "LeakyRelu", "Cast"}:
        _elementwise(w, node)
    elif (method := _METHODS.get(node.op)) is not None:
        method(w, node)
    else:
        raise ModelError("An operation has no translation", given=node.op, allowed=", ".join(_METHODS))


def _elementwise(w: Writer, node: Node) -> None:
    turned = any(name in w.first and name not in w.last for name in node.inputs)
    inputs = [w.turned(n) if turned else w.value(n) for n in node.inputs]
    target = f"{node.name}.out"
    if node.op == "Relu6":
        low, high = w.scalar("relu6.low", 0.0), w.scalar("relu6.high", 6.0)
        w.emit("Clip", [inputs[0], low, high], target)
    elif node.op == "LeakyRelu":
        w.emit("LeakyRelu", inputs, target, alpha=float(node.attributes["alpha"]))
    elif node.op == "Cast":
        w.emit("Cast", inputs, target, to=_CASTS[node.attributes["DstT"]])
    else:
        w.emit(_ELEMENTWISE[node.op], inputs, target)
    (w.first if turned else w.last)[node.name] = target


def _convolution(w: Writer, node: Node) -> None:
    kernel = w.constants[node.inputs[1]]
    depthwise = "Depthwise" in node.op
    groups = kernel.shape[2] if depthwise else 1
    if depthwise:
        kernel = kernel.transpose(2, 3, 0, 1).reshape(-1, 1, *kernel.shape[:2])
    else:
        kernel = kernel.transpose(3, 2, 0, 1)
    inputs = [w.turned(node.inputs[0]), w.constant(f"{node.inputs[1]}.kernel", kernel)]
    inputs += [w.value(name) for name in node.inputs[2:3]]
    found = w.emit(
        "Conv",
        inputs,
        f"{node.name}.conv",
        kernel_shape=kernel.shape[2:],
        group=groups,
        dilations=node.attributes["dilations"][1:3],
        **_window(node),
    )
    w.first[node.name] = _fused(w, node, found)


def _fused(w: Writer, node: Node, found: str) -> str:
    """Write what follows a convolution in the same operation; the bias is the convolution's own."""
    for op in node.attributes.get("fused_ops", ()):
        if op == "Relu":
            found = w.emit("Relu", [found], f"{found}.relu")
        elif op == "Relu6":
            ends = [w.scalar("relu6.low", 0.0), w.scalar("relu6.high", 6.0)]
            found = w.emit("Clip", [found, *ends], f"{found}.relu6")
        elif op != "BiasAdd":
            raise ModelError("A fused operation has no translation", given=op)
    return found


def _pool(w: Writer, node: Node) -> None:
    size = node.attributes["ksize"][1:3]
    source = w.turned(node.inputs[0])
    target = f"{node.name}.out"
    w.first[node.name] = w.emit("MaxPool", [source], target, kernel_shape=size, **_window(node))


def _mean(w: Writer, node: Node) -> None:
    if sorted(w.numbers(node.inputs[1])) != [1, 2] or not node.attributes["keep_dims"]:
        raise ModelError("Only means over rows and columns that keep their axes are translated")
    source = w.turned(node.inputs[0])
    w.first[node.name] = w.emit("GlobalAveragePool", [source], f"{node.name}.out")


def _resize(w: Writer, node: Node) -> None:
    if node.attributes["align_corners"]:
        raise ModelError("Resizing with aligned corners is not translated", given=node.name)
    half = node.attributes["half_pixel_centers"]
    source = w.turned(node.inputs[0])
    rows, columns = w.numbers(node.inputs[1])
    shape = w.emit("Shape", [source], f"{node.name}.head", start=0, end=2)
    size = w.constant(f"{node.name}.size", np.array([rows, columns], np.int64))
    sizes = w.emit("Concat", [shape, size], f"{node.name}.sizes", axis=0)
    mode = "half_pixel" if half else "asymmetric"
    w.first[node.name] = w.emit(
        "Resize",
        [source, "", "", sizes],
        f"{node.name}.out",
        mode="linear",
        coordinate_transformation_mode=mode,
    )


def _concat(w: Writer, node: Node) -> None:
    *names, axis_name = node.inputs
    (axis,) = w.numbers(axis_name)
    target = f"{node.name}.out"
    if any(name in w.first for name in names):
        axis = _FIRST_OF[axis % 4]
        w.first[node.name] = w.emit("Concat", [w.turned(n) for n in names], target, axis=axis)
    else:
        w.last[node.name] = w.emit("Concat", [w.value(n) for n in names], target, axis=axis)


def _pad(w: Writer, node: Node) -> None:
    ends = np.array(w.numbers(node.inputs[1])).reshape(-1, 2)
    turned = node.inputs[0] in w.first and node.inputs[0] not in w.last
    if turned:
        ends = ends[list(TO_FIRST)]
    pads = w.constant(f"{node.name}.pads", ends.T.reshape(-1).astype(np.int64))
    value = [w.value(name) for name in node.inputs[2:3]]
    source = w.turned(node.inputs[0]) if turned else w.value(node.inputs[0])
    target = w.emit("Pad", [source, pads, *value], f"{node.name}.out")
    (w.first if turned else w.last)[node.name] = target


def _transpose(w: Writer, node: Node) -> None:
    order, source = tuple(w.numbers(node.inputs[1])), node.inputs[0]
    if order == TO_FIRST and source in w.first:
        w.last[node.name] = w.first[source]
    elif order == TO_LAST:
        w.first[node.name] = w.value(source)
    else:
        target = f"{node.name}.out"
        w.last[node.name] = w.emit("Transpose", [w.value(source)], target, perm=order)


def _reshape(w: Writer, node: Node) -> None:
    inputs = [w.value(name) for name in node.inputs]
    w.last[node.name] = w.emit("Reshape", inputs, f"{node.name}.out")


def _expand(w: Writer, node: Node) -> None:
    axes = w.constant(f"{node.name}.axes", np.array(w.numbers(node.inputs[1]), np.int64))
    source = w.value(node.inputs[0])
    w.last[node.name] = w.emit("Unsqueeze", [source, axes], f"{node.name}.out")


def _slice(w: Writer, node: Node) -> None:
    start, stop, step = (w.numbers(name) for name in node.inputs[1:4])
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
        w.constant(f"{node.name}.{what}", np.array(row, np.int64))
        for what, row in zip(("start", "stop", "axes", "step"), rows, strict=True)
    ]
    w.last[node.name] = w.emit("Slice", [w.value(node.inputs[0]), *ends], f"{node.name}.out")


def _top(w: Writer, node: Node) -> None:
    count = w.constant(f"{node.name}.k", np.array(w.numbers(node.inputs[1]), np.int64))
    values, places = f"{node.name}.out", f"{node.name}.places"
    source = w.value(node.inputs[0])
    w.nodes.append(helper.make_node("TopK", [source, count], [values, places], name=node.name))
    w.last[node.name], w.last[f"{node.name}:1"] = values, places


def _gather(w: Writer, node: Node) -> None:
    (axis,) = w.numbers(node.inputs[2])
    inputs = [w.value(name) for name in node.inputs[:2]]
    w.last[node.name] = w.emit("Gather", inputs, f"{node.name}.out", axis=axis)


def _split(w: Writer, node: Node) -> None:
    parts = w.constant(f"{node.name}.parts", np.array(w.numbers(node.inputs[1]), np.int64))
    (axis,) = w.numbers(node.inputs[2])
    count = node.attributes["num_split"]
    targets = [f"{node.name}.out{n}" for n in range(count)]
    turned = node.inputs[0] in w.first
    source = w.turned(node.inputs[0]) if turned else w.value(node.inputs[0])
    axis = _FIRST_OF[axis % 4] if turned else axis
    w.nodes.append(helper.make_node("Split", [source, parts], targets, axis=axis, name=node.name))
    for number, target in enumerate(targets):
        (w.first if turned else w.last)[f"{node.name}:{number}" if number else node.name] = target


def _window(node: Node) -> dict[str, Any]:
    """Return the attributes of a sliding window."""
    padding = node.attributes["padding"]
    if padding not in {"SAME", "VALID"}:
        raise ModelError("A padding has no translation", given=str(padding), allowed="SAME, VALID")
    if padding == "SAME" and set(node.attributes.get("dilations", [1])) != {1}:
        raise ModelError("A dilated window with the padding SAME has no translation", given=node.name)
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


_METHODS: Mapping[str, Callable[[Writer, Node], None]] = {
    "Conv2D": _convolution,
    "_FusedConv2D": _convolution,
    "DepthwiseConv2dNative": _convolution,
    "FusedDepthwiseConv2dNative": _convolution,
    "MaxPool": _pool,
    "Mean": _mean,
    "ResizeBilinear": _resize,
    "ConcatV2": _concat,
    "Pad": _pad,
    "PadV2": _pad,
    "Transpose": _transpose,
    "Reshape": _reshape,
    "ExpandDims": _expand,
    "StridedSlice": _slice,
    "TopKV2": _top,
    "GatherV2": _gather,
    "SplitV": _split,
}
