"""The shipped int8 graphs back in torch, dequantised: anybody can train on from what ships."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from pipelines.core.errors import ModelError
from pipelines.image.words import Vocabulary
from training.caption.model import CaptionConfig, Captioner

_PREFIX = "model."
_INTEGER_PRODUCT = "MatMulInteger"


def restore(folder: Path) -> Captioner:
    """Return the captioner whose `memory.onnx`, `step.onnx` and `words.json` lie in `folder`.

    Raises:
        ModelError: when the graphs are not those that `training.caption.export` writes.
    """
    words = Vocabulary.read(folder / "words.json").words
    found: dict[str, torch.Tensor] = {}
    for name in ("memory.onnx", "step.onnx"):
        found |= {key: torch.from_numpy(value) for key, value in _weights(folder / name)}
    model = Captioner(CaptionConfig(len(words)))
    try:
        model.load_state_dict(found)
    except RuntimeError as error:
        raise ModelError(
            "The captioner cannot be restored from its graphs",
            given=f"{folder}: {error}",
            fix="Export it again with python -m training caption export",
        ) from error
    return model.eval()


def _weights(path: Path) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Yield float weights by their name in `Captioner`."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(path).graph
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for name in stored:
        if name.startswith(_PREFIX) and stored[name].dtype == np.float32 and not name.endswith("_scale"):
            yield name.removeprefix(_PREFIX), stored[name].copy()
    tables = [name.removesuffix("_quantized") for name in stored if name.endswith("_quantized")]
    for name in tables:  # embeddings: the tied one is overwritten below by the product's finer scales
        if name.startswith(_PREFIX):
            yield name.removeprefix(_PREFIX), _dequantised(stored, name)
    for product, bias in _products(graph, stored):
        weight = "words.weight" if bias == "bias" else bias.removesuffix("bias") + "weight"
        yield weight, np.ascontiguousarray(_dequantised(stored, product).T)


def _products(graph: Any, stored: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each integer product's weight and the name of the bias that is added to what comes of it."""
    users = {given: node for node in graph.node for given in node.input}
    for node in graph.node:
        if node.op_type == _INTEGER_PRODUCT:
            after = node
            while after.op_type != "Add":
                after = users[after.output[0]]
            bias = next(name for name in after.input if name in stored)
            yield node.input[1].removesuffix("_quantized"), bias.removeprefix(_PREFIX)


def _dequantised(stored: dict[str, Any], name: str) -> NDArray[np.float32]:
    whole, zero = stored[f"{name}_quantized"].astype(np.float32), stored[f"{name}_zero_point"]
    values: NDArray[np.float32] = (whole - zero.astype(np.float32)) * stored[f"{name}_scale"]
    return values
