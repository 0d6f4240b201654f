"""WaveNet as a vocoder: from log-mel frames to sound, a sample at a time.

Dilated causal convolutions with gates see the last 2 ^ layers samples of each stack; the mel frames condition
every gate; the answer is a distribution over 256 mu-law levels. Source: van den Oord et al., 2016,
"WaveNet: a generative model for raw audio", arXiv:1609.03499; conditioning on mel frames: Shen et al., 2018,
arXiv:1712.05884; cached states: Le Paine et al., 2016, arXiv:1611.09482.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

LEVELS = 256
SILENCE = LEVELS // 2


@dataclass(frozen=True)
class WaveNetConfig:
    """Sizes. `stacks` of `layers` with dilations 1, 2, 4...; `hop`: samples of a mel frame."""

    channels: int = 32
    skip: int = 64
    layers: int = 8
    stacks: int = 2
    bands: int = 40
    hop: int = 40

    @property
    def dilations(self) -> list[int]:
        """The distance that each layer looks back, in samples."""
        return [2**i for _ in range(self.stacks) for i in range(self.layers)]

    @property
    def receptive_field(self) -> int:
        """How many past samples one answer depends on."""
        return 1 + sum(self.dilations)


def mu_law(samples: Tensor) -> Tensor:
    """Return the levels 0 to 255 of samples in [-1, 1]: sign(x) ln(1 + 255 |x|) / ln 256 (ITU-T G.711)."""
    scaled = samples.sign() * torch.log1p((LEVELS - 1) * samples.abs().clamp(max=1.0)) / _LOG
    return ((scaled + 1) / 2 * (LEVELS - 1) + 0.5).long().clamp(0, LEVELS - 1)


def from_mu_law(levels: Tensor) -> Tensor:
    """Return the samples of levels, float32 in [-1, 1]."""
    scaled = 2 * levels.float() / (LEVELS - 1) - 1
    return scaled.sign() * torch.expm1(scaled.abs() * _LOG) / (LEVELS - 1)


_LOG = float(torch.log(torch.tensor(float(LEVELS))))


class WaveNet(nn.Module):
    """The network. Its weights for one layer are plain tensors, so that both ways of running share them."""

    def __init__(self, config: WaveNetConfig) -> None:
        super().__init__()
        self.config = config
        width, depth = config.channels, len(config.dilations)
        self.embed = nn.Embedding(LEVELS, width)
        self.condition = nn.Sequential(
            nn.Conv1d(config.bands, 2 * width, 3, padding=1),
            nn.ReLU(),
            nn.Conv1d(2 * width, 2 * width * depth, 1),
        )
        self.dilated = nn.ModuleList(nn.Conv1d(width, 2 * width, 2, dilation=d) for d in config.dilations)
        self.residual = nn.ModuleList(nn.Conv1d(width, width, 1) for _ in config.dilations)
        self.skip = nn.ModuleList(nn.Conv1d(width, config.skip, 1) for _ in config.dilations)
        self.out = nn.Sequential(
            nn.ReLU(), nn.Conv1d(config.skip, config.skip, 1), nn.ReLU(), nn.Conv1d(config.skip, LEVELS, 1)
        )

    def forward(self, levels: Tensor, mel: Tensor) -> Tensor:
        """Return scores of each next level.

        Args:
            levels: int64 (batch, time), the samples before each answer; the first is `SILENCE`.
            mel: float32 (batch, frames, bands), time = frames * hop.

        Returns:
            float32 (batch, 256, time).
        """
        x = self.embed(levels).transpose(1, 2)
        total: Tensor | None = None
        for layer, condition in enumerate(self.conditions(mel)):
            dilation = self.config.dilations[layer]
            gates = self.dilated[layer](functional.pad(x, (dilation, 0)))
            by_frame = gates.unflatten(2, (-1, self.config.hop)) + condition[..., None]
            z = gated(by_frame.flatten(2))
            x = x + self.residual[layer](z)
            skip = self.skip[layer](z)
            total = skip if total is None else total + skip
        scores: Tensor = self.out(total)
        return scores

    def conditions(self, mel: Tensor) -> tuple[Tensor, ...]:
        """Return what the mel frames add to each layer's gates, (batch, 2 channels, frames) each."""
        found: Tensor = self.condition(mel.transpose(1, 2))
        return found.chunk(len(self.config.dilations), dim=1)


def gated(gates: Tensor) -> Tensor:
    """Return tanh(filter) * sigmoid(gate) of channels in two halves."""
    signal, gate = gates.chunk(2, dim=1)
    return torch.tanh(signal) * torch.sigmoid(gate)
