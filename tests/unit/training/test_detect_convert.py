"""A TensorFlow.js graph to ONNX: every operation against its definition, the layout turned where it must be."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest

from pipelines.core.errors import ModelError
from training.detect.convert import to_onnx
from training.detect.interpret import evaluate
from training.detect.tfjs import Graph, read_graph

Rows = list[dict[str, Any]]
RANDOM = np.random.default_rng(5)


def s(text: str) -> dict[str, str]:
    return {"s": base64.b64encode(text.encode()).decode()}


def ints(*numbers: int) -> dict[str, Any]:
    return {"list": {"i": [str(n) for n in numbers]}}


def window(padding: str, stride: int = 1, **more: Any) -> dict[str, Any]:
    return {"padding": s(padding), "strides": ints(1, stride, stride, 1), **more}


def conv(stride: int = 1, padding: str = "SAME", *fused: str, dilation: int = 1) -> dict[str, Any]:
    ops = {"list": {"s": [s(op)["s"] for op in fused]}} if fused else {"list": {}}
    return window(padding, stride, dilations=ints(1, dilation, dilation, 1), fused_ops=ops)


def node(op: str, name: str, *inputs: str, **attributes: Any) -> dict[str, Any]:
    return {"op": op, "name": name, "input": list(inputs), "attr": attributes}


def half(*shape: int) -> Any:
    return RANDOM.normal(0, 0.5, shape).astype(np.float16)


def whole(*numbers: int) -> Any:
    return np.array(numbers, np.int32)


def graph(shape: tuple[int, ...], rows: Rows, /, **constants: Any) -> Graph:
    """Return a graph read from JSON and bytes as they are in a package."""
    dims = [{"size": str(n)} for n in shape]
    nodes = [{"op": "Placeholder", "name": "x", "attr": {"shape": {"shape": {"dim": dims}}}}, *rows]
    weights, data = [], b""
    for name, array in constants.items():
        nodes.append({"op": "Const", "name": name})
        row: dict[str, Any] = {"name": name, "shape": list(np.shape(array)), "dtype": "int32"}
        if np.asarray(array).dtype == np.float16:
            row |= {"dtype": "float32", "quantization": {"dtype": "float16"}}
        weights.append(row)
        data += np.asarray(array).tobytes()
    model = {"modelTopology": {"node": nodes}, "weightsManifest": [{"paths": ["a"], "weights": weights}]}
    return read_graph(json.dumps(model).encode(), data)


def results(made: Graph, *outputs: str) -> list[Any]:
    """Return what the ONNX graph gives, once it has been found to be what the definition gives."""
    shape = next(iter(made.inputs.values()))
    pixels = RANDOM.normal(0, 1, shape).astype(np.float32)
    model = to_onnx(made, {name: f"{name}_" for name in outputs}, "test")
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    found = session.run([f"{name}_" for name in outputs], {"pixels": pixels})
    for one, other in zip(found, evaluate(made, pixels, list(outputs)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
    return [pixels, *found]


@pytest.mark.parametrize(
    ("padding", "stride", "dilation", "side"),
    [(padding, *numbers) for padding in ("SAME", "VALID") for numbers in ((1, 1, 9), (2, 1, 9), (2, 1, 8))]
    + [("VALID", 1, 2, 9)],
)
def test_convolutions_plain_and_depthwise(padding: str, stride: int, dilation: int, side: int) -> None:
    attributes = conv(stride, padding, dilation=dilation)
    rows = [node("Conv2D", "a", "x", "k", **attributes)]
    rows += [node("DepthwiseConv2dNative", "b", "x", "d", **attributes)]
    results(graph((1, side, side + 2, 3), rows, k=half(3, 3, 3, 5), d=half(3, 5, 3, 2)), "a", "b")


def test_a_fused_convolution_by_hand() -> None:
    rows = [node("_FusedConv2D", "a", "x", "k", "b", **conv(1, "VALID", "BiasAdd", "Relu"))]
    kernel, bias = half(1, 1, 2, 3), half(3)
    pixels, found = results(graph((1, 2, 2, 2), rows, k=kernel, b=bias), "a")
    by_hand = np.maximum(pixels @ kernel[0, 0].astype(np.float32) + bias.astype(np.float32), 0)
    np.testing.assert_allclose(found, by_hand, rtol=1e-4, atol=1e-5)


def test_a_block_stays_turned_from_end_to_end() -> None:
    rows = [
        node("FusedDepthwiseConv2dNative", "a", "x", "d", "b", **conv(2, "SAME", "BiasAdd", "Relu6")),
        node("AddV2", "shifted", "a", "three"),
        node("Relu6", "clipped", "shifted"),
        node("Mul", "swish", "a", "clipped"),
        node("Mean", "mean", "swish", "axes", keep_dims={"b": True}),
        node("Mul", "scaled", "swish", "mean"),
        node("MaxPool", "pooled", "scaled", **window("SAME", ksize=ints(1, 3, 3, 1))),
        node("ConcatV2", "both", "scaled", "pooled", "last"),
        node("Pad", "padded", "both", "ends"),
        node("LeakyRelu", "leaky", "padded", alpha={"f": 0.1}),
    ]
    made = graph(
        *((1, 8, 8, 4), rows),
        **{"d": half(3, 3, 4, 1), "b": half(4), "three": half(4), "axes": whole(1, 2), "last": np.int32(3)},
        ends=np.array([[0, 0], [1, 2], [3, 0], [0, 0]], np.int32),
    )
    results(made, "leaky")
    model = to_onnx(made, {"leaky": "y"}, "test")
    assert [n.op_type for n in model.graph.node].count("Transpose") == 2, "at both ends alone"


@pytest.mark.parametrize("centred", [True, False])
@pytest.mark.parametrize("size", [(8, 10), (3, 7)])
def test_resizing_both_ways(centred: bool, size: tuple[int, int]) -> None:
    attributes = {"align_corners": {"b": False}, "half_pixel_centers": {"b": centred}}
    rows = [node("ResizeBilinear", "a", "x", "size", **attributes)]
    results(graph((1, 4, 5, 3), rows, size=whole(*size)), "a")


def test_networks_that_bring_their_own_transposes_lose_them() -> None:
    rows = [
        node("Transpose", "in", "x", "to_last"),
        node("Conv2D", "a", "in", "k", **conv()),
        node("Add", "biased", "a", "b"),
        node("Transpose", "out", "biased", "to_first"),
        node("SplitV", "parts", "biased", "sizes", "three", num_split={"i": "2"}),
        node("Sigmoid", "first", "parts"),
        node("Identity", "second", "parts:1"),
        node("Reshape", "flat", "second", "shape"),
    ]
    made = graph(
        *((1, 3, 6, 6), rows),
        **{"to_last": whole(0, 2, 3, 1), "to_first": whole(0, 3, 1, 2), "k": half(3, 3, 3, 5), "b": half(5)},
        **{"sizes": whole(2, 3), "three": np.int32(3), "shape": whole(1, 36, 3)},
    )
    results(made, "out", "first", "flat")
    operations = [n.op_type for n in to_onnx(made, {"out": "y"}, "test").graph.node]
    assert "Transpose" not in operations


def test_the_highest_peaks_with_their_places_and_values() -> None:
    mask = {name: {"i": "0"} for name in ("ellipsis_mask", "new_axis_mask", "shrink_axis_mask")}
    mask |= {"begin_mask": {"i": "1"}, "end_mask": {"i": "1"}}
    rows = [
        node("MaxPool", "pooled", "x", **window("SAME", ksize=ints(1, 3, 3, 1))),
        node("Equal", "same", "x", "pooled"),
        node("Cast", "peak", "same", SrcT={"type": "DT_BOOL"}, DstT={"type": "DT_FLOAT"}),
        node("Mul", "peaks", "x", "peak"),
        node("Reshape", "flat", "peaks", "line"),
        node("TopKV2", "top", "flat", "four"),
        node("FloorDiv", "row", "top:1", "channels"),
        node("FloorMod", "kind", "top:1", "channels"),
        node("Cast", "number", "kind", SrcT={"type": "DT_INT32"}, DstT={"type": "DT_FLOAT"}),
        node("ExpandDims", "column", "number", "end"),
        node("Reshape", "cells", "x", "table"),
        node("Reshape", "places", "row", "one"),
        node("GatherV2", "values", "cells", "places", "zero"),
        node("StridedSlice", "part", "values", "from", "to", "by", **mask),
    ]
    made = graph(
        *((1, 5, 5, 2), rows),
        **{"line": whole(1, -1), "four": np.int32(4), "channels": np.int32(2), "end": np.int32(-1)},
        **{"table": whole(25, 2), "one": whole(-1), "zero": np.int32(0)},
        **{"from": whole(2, 0), "to": whole(1, 1), "by": whole(1, 1)},
    )
    pixels, top, column, part = results(made, "top", "column", "part")
    assert top[0, 0] == pytest.approx(pixels.max()) and column.shape == (1, 4, 1) and part.shape == (4, 1)


def test_shapes_that_a_converter_left_to_be_worked_out_are_worked_out() -> None:
    rows = [
        node("SparseToDense", "dense", "where", "size", "value", "nothing"),
        node("AddV2", "shape", "dense", "base"),
        node("Reshape", "a", "x", "shape"),
    ]
    made = graph(
        *((1, 2, 3, 4), rows),
        **{"where": np.array([[1]], np.int32), "size": whole(2), "value": whole(5), "nothing": np.int32(0)},
        base=whole(4, 1),
    )
    assert results(made, "a")[1].shape == (4, 6)


def test_weights_of_half_precision_stay_so_in_the_file() -> None:
    rows = [node("Conv2D", "a", "x", "k", **conv())]
    model = to_onnx(graph((1, 4, 4, 3), rows, k=half(3, 3, 3, 5)), {"a": "y"}, "test")
    assert [t.data_type for t in model.graph.initializer] == [onnx.TensorProto.FLOAT16]


@pytest.mark.parametrize(
    ("row", "named"),
    [
        (node("Einsum", "a", "x"), "Einsum"),
        (node("_FusedConv2D", "a", "x", "k", **conv(1, "SAME", "Elu")), "Elu"),
        (node("Conv2D", "a", "x", "k", **conv(1, "EXPLICIT")), "EXPLICIT"),
        (node("Conv2D", "a", "x", "k", **conv(1, "SAME", dilation=2)), "dilated"),
    ],
)
def test_what_has_no_translation_is_named(row: dict[str, Any], named: str) -> None:
    with pytest.raises(ModelError, match=named):
        to_onnx(graph((1, 4, 4, 3), [row], k=half(3, 3, 3, 5)), {"a": "y"}, "test")


@pytest.mark.parametrize(("data", "said"), [(b"", "shorter"), (b"123456789", "longer")])
def test_weights_of_another_size_are_refused(data: bytes, said: str) -> None:
    weights = [{"name": "k", "shape": [2], "dtype": "int32"}]
    model = {"modelTopology": {"node": []}, "weightsManifest": [{"weights": weights}]}
    with pytest.raises(ModelError, match=said):
        read_graph(json.dumps(model).encode(), data)


def test_a_graph_in_any_order_is_sorted_and_an_unknown_output_is_refused() -> None:
    rows = [node("Relu", "b", "a"), node("Relu", "c", "x"), node("Sigmoid", "a", "x", "^c")]
    made = graph((1, 2, 2, 1), rows)
    assert [n.name for n in made.ancestors(["b"])] == ["a", "b"]
    with pytest.raises(ModelError, match="nothing"):
        made.ancestors(["nothing"])
