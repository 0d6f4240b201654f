"""A TensorFlow.js graph evaluated with torch, operation by operation, as TensorFlow defines them.

It shares nothing with `convert` but the reading of the file: pictures keep their channels last, paddings are
counted out. So a mistake in the translation shows as a difference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from pipelines.core.errors import ModelError
from training.detect.tfjs import Array, Graph, Node


def evaluate(graph: Graph, pixels: Array, outputs: list[str]) -> list[Array]:
    """Return the named tensors for `pixels`. Raises ModelError for an operation that is not known."""
    known: dict[str, Any] = {name: _tensor(array) for name, array in graph.constants.items()}
    known |= dict.fromkeys(graph.inputs, _tensor(pixels))
    with torch.inference_mode():
        for node in graph.ancestors(outputs):
            if node.op not in _OPERATIONS:
                raise ModelError("An operation is not known", given=node.op)
            found = _OPERATIONS[node.op](node, *(known[name] for name in node.inputs))
            several = found if isinstance(found, tuple) else (found,)
            known |= {f"{node.name}:{n}" if n else node.name: value for n, value in enumerate(several)}
    return [known[name].numpy() for name in outputs]


def _tensor(array: Array) -> Tensor:
    return torch.from_numpy(np.array(array, np.float32 if array.dtype.kind == "f" else array.dtype))


def _convolution(node: Node, x: Tensor, kernel: Tensor, bias: Tensor | None = None) -> Tensor:
    groups = 1
    if "Depthwise" in node.op:
        groups = kernel.shape[2]
        weight = kernel.permute(2, 3, 0, 1).flatten(0, 1).unsqueeze(1)
    else:
        weight = kernel.permute(3, 2, 0, 1)
    stride, dilation = node.attributes["strides"][1:3], node.attributes["dilations"][1:3]
    size = [d * (k - 1) + 1 for k, d in zip(kernel.shape[:2], dilation, strict=True)]
    x = _padded(node, x, size, 0.0).permute(0, 3, 1, 2)
    x = functional.conv2d(x, weight, bias, stride, 0, dilation, groups).permute(0, 2, 3, 1)
    for op in node.attributes.get("fused_ops", ()):
        x = {"BiasAdd": lambda t: t, "Relu": torch.relu, "Relu6": functional.relu6}[op](x)
    return x


def _padded(node: Node, x: Tensor, size: list[int], value: float) -> Tensor:
    """Return rows and columns padded as TensorFlow's SAME says: what is odd goes to the end."""
    if node.attributes["padding"] == "VALID":
        return x
    ends: list[int] = []
    for axis in (2, 1):
        length, stride = x.shape[axis], node.attributes["strides"][axis]
        missing = max(0, (-(-length // stride) - 1) * stride + size[axis - 1] - length)
        ends += [missing // 2, missing - missing // 2]
    return functional.pad(x, [0, 0, *ends], value=value)


def _pool(node: Node, x: Tensor) -> Tensor:
    size = node.attributes["ksize"][1:3]
    x = _padded(node, x, size, -torch.inf).permute(0, 3, 1, 2)
    return functional.max_pool2d(x, size, node.attributes["strides"][1:3]).permute(0, 2, 3, 1)


def _resize(node: Node, x: Tensor, size: Tensor) -> Tensor:
    """Interpolate along one axis, then the other, with weights worked out from TensorFlow's formula."""
    for axis, target in zip((1, 2), size.tolist(), strict=True):
        length = x.shape[axis]
        at = torch.arange(target, dtype=torch.float64)
        shift = 0.5 if node.attributes["half_pixel_centers"] else 0.0
        place = ((at + shift) * (length / target) - shift).clamp(0, length - 1)
        low = place.floor().long()
        high = (low + 1).clamp(max=length - 1)
        share = (place - low).to(x.dtype).reshape([-1 if n == axis else 1 for n in range(4)])
        x = x.index_select(axis, low) * (1 - share) + x.index_select(axis, high) * share
    return x


def _slice(node: Node, x: Tensor, start: Tensor, stop: Tensor, step: Tensor) -> Tensor:
    rows = zip(start.tolist(), stop.tolist(), step.tolist(), strict=True)
    parts = []
    for axis, (first, last, by) in enumerate(rows):
        open_start = node.attributes["begin_mask"] >> axis & 1
        open_end = node.attributes["end_mask"] >> axis & 1
        parts.append(slice(None if open_start else first, None if open_end else last, by))
    return x[tuple(parts)]


def _pad(node: Node, x: Tensor, ends: Tensor, value: Tensor | None = None) -> Tensor:
    flat = [int(n) for row in reversed(ends.tolist()) for n in row]
    return functional.pad(x, flat, value=0.0 if value is None else float(value))


def _dense(node: Node, places: Tensor, shape: Tensor, values: Tensor, otherwise: Tensor) -> Tensor:
    dense = torch.full(shape.tolist(), otherwise.item(), dtype=otherwise.dtype)
    dense[tuple(places.reshape(-1, dense.ndim).T)] = values
    return dense


_OPERATIONS: Mapping[str, Callable[..., Any]] = {
    "Add": lambda node, a, b: a + b,
    "AddV2": lambda node, a, b: a + b,
    "Mul": lambda node, a, b: a * b,
    "Sub": lambda node, a, b: a - b,
    "FloorDiv": lambda node, a, b: torch.div(a, b, rounding_mode="floor"),
    "FloorMod": lambda node, a, b: torch.remainder(a, b),
    "Equal": lambda node, a, b: a == b,
    "Relu": lambda node, x: torch.relu(x),
    "Relu6": lambda node, x: functional.relu6(x),
    "LeakyRelu": lambda node, x: functional.leaky_relu(x, node.attributes["alpha"]),
    "Sigmoid": lambda node, x: torch.sigmoid(x),
    "Identity": lambda node, x: x,
    "Cast": lambda node, x: x.to(torch.float32 if node.attributes["DstT"] == "DT_FLOAT" else torch.int64),
    "Mean": lambda node, x, axes: x.mean(axes.tolist(), keepdim=node.attributes["keep_dims"]),
    "ConcatV2": lambda node, *xs: torch.cat(xs[:-1], int(xs[-1])),
    "Reshape": lambda node, x, shape: x.reshape(shape.tolist()),
    "ExpandDims": lambda node, x, axis: x.unsqueeze(int(axis)),
    "Transpose": lambda node, x, order: x.permute(order.tolist()),
    "TopKV2": lambda node, x, count: tuple(torch.topk(x, int(count), dim=-1)),
    "GatherV2": lambda node, x, places, axis: x.index_select(int(axis), places),
    "SplitV": lambda node, x, parts, axis: torch.split(x, parts.tolist(), int(axis)),
    "SparseToDense": _dense,
    "StridedSlice": _slice,
    "ResizeBilinear": _resize,
    "MaxPool": _pool,
    "Pad": _pad,
    "PadV2": _pad,
    **dict.fromkeys(
        ("Conv2D", "_FusedConv2D", "DepthwiseConv2dNative", "FusedDepthwiseConv2dNative"), _convolution
    ),
}
