"""Int8 weights in ONNX graphs."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np


def round_weights(model: Any, names: Collection[str]) -> None:
    """Keep the weights of the products `names` as int8 with a scale a column; they compute in float32.

    Their inputs are not rounded, unlike with ONNX Runtime's dynamic quantisation. A product whose second
    input is no stored weight is left as it is.
    """
    from onnx import helper, numpy_helper

    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    done: set[str] = set()
    for at, node in reversed(list(enumerate(model.graph.node))):
        if node.name not in names or node.input[1] not in tensors or node.input[1] in done:
            continue
        weight = tensors[node.input[1]]
        values = numpy_helper.to_array(weight)
        scale = np.maximum(np.abs(values).max(axis=0) / 127, 1e-12).astype(np.float32)
        rounded = np.clip(np.rint(values / scale), -127, 127).astype(np.int8)
        whole, scales = f"{weight.name}.int8", f"{weight.name}.scale"
        model.graph.initializer.remove(weight)
        model.graph.initializer.extend(
            [numpy_helper.from_array(rounded, whole), numpy_helper.from_array(scale, scales)]
        )
        restored = helper.make_node("DequantizeLinear", [whole, scales], [weight.name], axis=1)
        model.graph.node.insert(at, restored)
        done.add(weight.name)
