"""The captioner as two int8 ONNX graphs: `memory.onnx` runs once a picture, `step.onnx` once a word."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from pipelines.image.features import CELLS, WIDTH
from training.caption.model import Captioner, DecoderLayer

OPSET = 17


class Memory(nn.Module):
    """Feature grid to every layer's keys and values."""

    def __init__(self, model: Captioner) -> None:
        super().__init__()
        self.model = model

    def forward(self, grid: Tensor) -> tuple[Tensor, Tensor]:
        """Return keys and values, each (layers, heads, 81, width / heads), of (1, 81, 1280)."""
        pairs = self.model.memory(grid)
        return torch.cat([k for k, _ in pairs]), torch.cat([v for _, v in pairs])


class Step(nn.Module):
    """One word for every beam."""

    def __init__(self, model: Captioner) -> None:
        super().__init__()
        self.model = model

    def forward(
        self,
        token: Tensor,
        place: Tensor,
        keys: Tensor,
        values: Tensor,
        past_keys: Tensor,
        past_values: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return log-probabilities (beams, vocabulary) and the keys and values so far.

        Args:
            token: int64 (beams,), the last word of each.
            place: int64 (1,), its place in the sentence.
            keys: From `Memory`.
            values: From `Memory`.
            past_keys: (layers, beams, heads, words so far, width / heads).
            past_values: As `past_keys`.
        """
        x = self.model.words(token[:, None]) + self.model.places[place]
        kept_keys, kept_values = [], []
        for index, module in enumerate(self.model.layers):
            picture = keys[index : index + 1], values[index : index + 1]
            beams = [part.expand(token.shape[0], -1, -1, -1) for part in picture]
            past = past_keys[index], past_values[index]
            x, (new_keys, new_values) = cast(DecoderLayer, module)(x, (beams[0], beams[1]), past)
            kept_keys.append(new_keys)
            kept_values.append(new_values)
        scores = torch.log_softmax(self.model.logits(x)[:, 0], dim=-1)
        return scores, torch.stack(kept_keys), torch.stack(kept_values)


def export(model: Captioner, folder: Path) -> None:
    """Write both graphs with int8 weights."""
    config = model.config
    head = config.width // config.heads
    past = torch.zeros(config.layers, 2, config.heads, 3, head)
    memory = torch.zeros(config.layers, config.heads, CELLS, head)
    token, place = torch.tensor([1, 5]), torch.tensor([3])
    axes = {"token": {0: "beams"}, "scores": {0: "beams"}}
    axes |= {name: {1: "beams", 3: "words"} for name in ("past_keys", "past_values")}
    axes |= {name: {1: "beams", 3: "more"} for name in ("next_keys", "next_values")}
    _write(
        Memory(model).eval(),
        (torch.zeros(1, CELLS, WIDTH),),
        folder / "memory.onnx",
        ["grid"],
        ["keys", "values"],
    )
    _write(
        Step(model).eval(),
        (token, place, memory, memory, past, past),
        folder / "step.onnx",
        ["token", "place", "keys", "values", "past_keys", "past_values"],
        ["scores", "next_keys", "next_values"],
        axes,
    )


def _write(
    module: nn.Module,
    inputs: tuple[Tensor, ...],
    target: Path,
    names: list[str],
    outputs: list[str],
    axes: dict[str, Any] | None = None,
) -> None:
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    buffer = io.BytesIO()
    with torch.no_grad():
        torch.onnx.export(
            module,
            inputs,
            buffer,
            input_names=names,
            output_names=outputs,
            dynamic_axes=axes or {},
            opset_version=OPSET,
            dynamo=False,
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    quantize_dynamic(
        onnx.load_from_string(buffer.getvalue()),
        target,
        per_channel=True,
        weight_type=QuantType.QInt8,
        op_types_to_quantize=["MatMul", "Gemm", "Gather"],
    )
