"""The fine-tuned MiniLM as one int8 ONNX graph, with its heads' settings."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import f1_score
from torch import Tensor, nn

from pipelines.text.graph import HeadSettings
from training.common.linear_heads import best_temperature
from training.common.quantise import round_weights
from training.feelings.model import FeelingsModel
from training.feelings.tasks import Task

OPSET = 17
THRESHOLDS = np.arange(0.1, 0.65, 0.025)


@dataclass(frozen=True)
class Heads:
    """The settings of each head, in the order of the graph's outputs."""

    settings: tuple[tuple[str, HeadSettings], ...]

    def write(self, path: Path) -> None:
        """Write them as JSON."""
        rows = {name: asdict(head) for name, head in self.settings}
        path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def calibrate(task: Task, scores: NDArray[np.float32]) -> tuple[str, HeadSettings]:
    """Return the temperature that makes held-back texts likeliest, or the thresholds with the best F1."""
    if task.several:
        chances = 1.0 / (1.0 + np.exp(-scores))
        return task.name, HeadSettings(task.labels, 1.0, tuple(_thresholds(task.targets, chances)))

    temperature = best_temperature(scores, task.targets.argmax(1))
    return task.name, HeadSettings(task.labels, round(temperature, 4))


def _thresholds(targets: NDArray[np.float32], chances: NDArray[Any]) -> list[float]:
    """Return each label's threshold, smoothed: the mean F1 over neighbouring thresholds decides."""
    found = []
    for truth, chance in zip(targets.T, chances.T, strict=True):
        scores = np.array([f1_score(truth, chance >= t, zero_division=0) for t in THRESHOLDS])
        smooth = np.convolve(np.pad(scores, 1, mode="edge"), np.ones(3) / 3, mode="valid")
        found.append(round(float(THRESHOLDS[int(smooth.argmax())]), 3))
    return found


class _Graph(nn.Module):
    def __init__(self, model: FeelingsModel, names: list[str]) -> None:
        super().__init__()
        self.model, self.names = model, names

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, ...]:
        pooled = self.model.pooled(ids, mask)
        return tuple(self.model.heads[name](pooled) for name in self.names)


def export(model: FeelingsModel, heads: Heads, folder: Path) -> None:
    """Write `model.onnx`, int8 weights by channel, and `heads.json`."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    names = [name for name, _ in heads.settings]
    model.bert.config._attn_implementation = "eager"
    ids, mask = torch.randint(4, model.bert.config.vocab_size, (2, 9)), torch.ones(2, 9, dtype=torch.long)
    mask[1, 6:] = 0
    axes = {name: {0: "batch", 1: "n"} for name in ("ids", "mask")} | {name: {0: "batch"} for name in names}
    buffer = io.BytesIO()
    with torch.no_grad():
        torch.onnx.export(
            _Graph(model, names).eval(),
            (ids, mask),
            buffer,
            input_names=["ids", "mask"],
            output_names=names,
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )
    folder.mkdir(parents=True, exist_ok=True)
    graph = onnx.load_from_string(buffer.getvalue())
    delicate = [node.name for node in graph.graph.node if _is_delicate(node)]
    quantize_dynamic(
        graph,
        folder / "model.onnx",
        per_channel=True,
        weight_type=QuantType.QInt8,
        op_types_to_quantize=["MatMul", "Gemm", "Gather"],
        nodes_to_exclude=delicate,
    )
    quantised = onnx.load(folder / "model.onnx")
    round_weights(quantised, delicate)
    onnx.save(quantised, folder / "model.onnx")
    heads.write(folder / "heads.json")


def _is_delicate(node: Any) -> bool:
    """Whether a node is the second half of a feed-forward layer, whose inputs have outliers.

    Rounding those inputs too costs 0.6 points on SST-2 (Bondarenko et al., 2021, arXiv:2109.12948).
    """
    return node.op_type == "MatMul" and "/output/dense" in node.name and "attention" not in node.name
