"""The Transformer (Vaswani et al., 2017, arXiv:1706.03762).

Its norms stand before each part (Xiong et al., 2020, arXiv:2002.04745).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from pipelines.text.foundations.sequence import SequenceConfig, SequenceModel, SequenceNetwork
from pipelines.text.foundations.words import PAD

HEADS, LAYERS, LONGEST = 4, 2, 64


def sinusoids(longest: int, width: int) -> Tensor:
    """Return the paper's position codes, float32 (longest, width)."""
    rates = torch.exp(torch.arange(0, width, 2) * (-math.log(10_000.0) / width))
    angles = torch.arange(longest)[:, None] * rates
    return torch.stack([angles.sin(), angles.cos()], 2).flatten(1)


class Layer(nn.Module):
    """Self-attention, attention to the encoder in the decoder, and a feed-forward part."""

    def __init__(self, width: int, dropout: float, *, decodes: bool) -> None:
        super().__init__()
        self.itself = nn.MultiheadAttention(width, HEADS, dropout, batch_first=True)
        self.across = nn.MultiheadAttention(width, HEADS, dropout, batch_first=True) if decodes else None
        self.feed = nn.Sequential(nn.Linear(width, 4 * width), nn.ReLU(), nn.Linear(4 * width, width))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3 if decodes else 2))
        self.drop = nn.Dropout(dropout)

    def forward(
        self,
        x: Tensor,
        padding: Tensor | None = None,
        memory: Tensor | None = None,
        memory_padding: Tensor | None = None,
        causal: Tensor | None = None,
    ) -> tuple[Tensor, Tensor | None]:
        """Return (batch, n, width) and, in the decoder, attention to `memory`, the mean of the heads.

        Args:
            x: (batch, n, width).
            padding: True at padding of `x`, (batch, n); not needed under a causal mask.
            memory: The encoder's output.
            memory_padding: True at its padding.
            causal: True where a place must not look, (n, n).
        """
        normed = self.norms[0](x)
        mixed, _ = self.itself(
            normed, normed, normed, key_padding_mask=padding, attn_mask=causal, need_weights=False
        )
        x = x + self.drop(mixed)
        weights = None
        if self.across is not None:
            mixed, weights = self.across(self.norms[1](x), memory, memory, key_padding_mask=memory_padding)
            x = x + self.drop(mixed)
        return x + self.drop(self.feed(self.norms[-1](x))), weights


class TransformerNetwork(SequenceNetwork):
    """Two encoder and two decoder layers; the attention shown is of the last one."""

    positions: Tensor

    def __init__(self, config: SequenceConfig) -> None:
        super().__init__(config)
        width = config.width
        self.source = nn.Embedding(config.source, width, padding_idx=PAD)
        self.target = nn.Embedding(config.target, width, padding_idx=PAD)
        self.register_buffer("positions", sinusoids(LONGEST, width), persistent=False)
        self.encoder = nn.ModuleList(Layer(width, config.dropout, decodes=False) for _ in range(LAYERS))
        self.decoder = nn.ModuleList(Layer(width, config.dropout, decodes=True) for _ in range(LAYERS))
        self.memory_norm, self.norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.drop = nn.Dropout(config.dropout)
        self.out = nn.Linear(width, config.target)
        for words in (self.source, self.target):
            nn.init.normal_(words.weight, std=width**-0.5)

    def forward(self, source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Return scores and attention; see `SequenceNetwork.forward`. Words after the 64th are not read."""
        source, n = source[:, :LONGEST], target.shape[1]
        padding = source == PAD
        x = self._placed(self.source(source))
        for layer in self.encoder:
            x, _ = layer(x, padding)
        memory = self.memory_norm(x)
        causal = torch.ones(n, n, dtype=torch.bool, device=target.device).triu(1)
        y, weights = self._placed(self.target(target)), None
        for layer in self.decoder:
            y, weights = layer(y, None, memory, padding, causal)
        assert weights is not None
        return self.out(self.norm(y)), weights

    def _placed(self, vectors: Tensor) -> Tensor:
        scaled = vectors * math.sqrt(self.config.width)
        placed: Tensor = self.drop(scaled + self.positions[: vectors.shape[1]])
        return placed


class Transformer(SequenceModel):
    """The Transformer encoder-decoder, ready to be used."""

    kind = TransformerNetwork
