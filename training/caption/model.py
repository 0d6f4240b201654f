"""The captioner: an encoder layer over the feature grid and a causal decoder with cross-attention.

Pre-norm transformer (Vaswani et al., 2017; Xiong et al., 2020); input and output embeddings are tied.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from pipelines.image.features import CELLS, WIDTH
from pipelines.image.words import PAD


@dataclass(frozen=True)
class CaptionConfig:
    """Sizes of the captioner. `width` is a multiple of `heads`; `longest`: tokens of a caption."""

    vocabulary: int
    width: int = 448
    heads: int = 7
    layers: int = 3
    hidden: int = 1344
    longest: int = 24
    dropout: float = 0.25


class Attention(nn.Module):
    """Multi-head attention whose keys and values can be kept between steps."""

    def __init__(self, config: CaptionConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.query, self.key, self.value, self.out = (nn.Linear(config.width, config.width) for _ in range(4))

    def project(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return keys and values (batch, heads, n, width / heads) of (batch, n, width)."""
        return self._split(self.key(x)), self._split(self.value(x))

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def forward(self, x: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return (batch, n, width); `mask`: True where a query may look at a key."""
        mixed = functional.scaled_dot_product_attention(
            self._split(self.query(x)), keys, values, attn_mask=mask
        )
        return cast(Tensor, self.out(mixed.transpose(1, 2).flatten(2)))


def _feed_forward(config: CaptionConfig) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(config.width, config.hidden),
        nn.GELU(),
        nn.Linear(config.hidden, config.width),
    )


class EncoderLayer(nn.Module):
    """Self-attention over the cells of the grid."""

    def __init__(self, config: CaptionConfig) -> None:
        super().__init__()
        self.attention, self.feed = Attention(config), _feed_forward(config)
        self.norm1, self.norm2 = nn.LayerNorm(config.width), nn.LayerNorm(config.width)
        self.drop = nn.Dropout(config.dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Return (batch, n, width)."""
        normed = self.norm1(x)
        x = x + self.drop(self.attention(normed, *self.attention.project(normed)))
        return cast(Tensor, x + self.drop(self.feed(self.norm2(x))))


class DecoderLayer(nn.Module):
    """Causal self-attention, cross-attention to the picture, feed-forward."""

    def __init__(self, config: CaptionConfig) -> None:
        super().__init__()
        self.attention, self.cross, self.feed = Attention(config), Attention(config), _feed_forward(config)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(config.width) for _ in range(3))
        self.drop = nn.Dropout(config.dropout)

    def forward(
        self,
        x: Tensor,
        picture: tuple[Tensor, Tensor],
        past: tuple[Tensor, Tensor] | None = None,
        mask: Tensor | None = None,
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Return (batch, n, width) and the keys and values so far; with `past`, `x` is one token.

        Neighbouring rows share a picture where there are fewer pictures than rows.
        """
        normed = self.norm1(x)
        keys, values = self.attention.project(normed)
        if past is not None:
            keys, values = torch.cat([past[0], keys], 2), torch.cat([past[1], values], 2)
        x = x + self.drop(self.attention(normed, keys, values, mask))
        asking = self.norm2(x).reshape(picture[0].shape[0], -1, x.shape[-1])
        x = x + self.drop(self.cross(asking, *picture).view_as(x))
        return x + self.drop(self.feed(self.norm3(x))), (keys, values)


class Captioner(nn.Module):
    """Feature grid and words so far to the next word."""

    def __init__(self, config: CaptionConfig) -> None:
        super().__init__()
        self.config = config
        self.project = nn.Sequential(nn.LayerNorm(WIDTH), nn.Linear(WIDTH, config.width))
        self.cells = nn.Parameter(torch.randn(CELLS, config.width) * 0.02)
        self.encoder = EncoderLayer(config)
        self.memory_norm = nn.LayerNorm(config.width)
        self.words = nn.Embedding(config.vocabulary, config.width, padding_idx=PAD)
        self.places = nn.Parameter(torch.randn(config.longest, config.width) * 0.02)
        self.layers = nn.ModuleList(DecoderLayer(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width)
        self.drop = nn.Dropout(config.dropout)
        self.bias = nn.Parameter(torch.zeros(config.vocabulary))
        nn.init.normal_(self.words.weight, std=config.width**-0.5)

    def memory(self, grid: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Return each layer's keys and values (batch, heads, 81, width / heads) of (batch, 81, 1280)."""
        cells = self.encoder(self.drop(self.project(grid) + self.cells))
        cells = self.memory_norm(cells)
        return [cast(DecoderLayer, layer).cross.project(cells) for layer in self.layers]

    def logits(self, x: Tensor) -> Tensor:
        """Return scores over the vocabulary."""
        return functional.linear(self.norm(x), self.words.weight, self.bias)

    def forward(self, grid: Tensor, tokens: Tensor, places: Tensor, captions: Tensor) -> Tensor:
        """Return scores (batch, n, vocabulary) of grids (batch, 81, 1280); the rest as in `decode`."""
        return self.decode(self.memory(grid), tokens, places, captions)

    def decode(
        self, pictures: list[tuple[Tensor, Tensor]], tokens: Tensor, places: Tensor, captions: Tensor
    ) -> Tensor:
        """Return scores (batch, n, vocabulary).

        Args:
            pictures: From `memory`.
            tokens: int64 (batch, n), all the captions of a picture in a row, each with START first.
            places: int64 (batch, n), each word's place in its caption.
            captions: int64 (batch, n), each word's caption; a word sees earlier ones of its own.
        """
        n = tokens.shape[1]
        same = captions[:, :, None] == captions[:, None, :]
        mask = (same & torch.ones(n, n, dtype=torch.bool, device=tokens.device).tril())[:, None]
        x = self.drop(self.words(tokens) + self.places[places])
        for layer, picture in zip(self.layers, pictures, strict=True):
            x, _ = layer(x, picture, mask=mask)
        return self.logits(x)
