"""A small GPT: the decoder of a Transformer that guesses the next piece of text.

Sources: Radford et al., 2019 (GPT-2: norms before each part, tied embeddings); rotary positions of Su et al.,
2021, arXiv:2104.09864.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

Cache = list[tuple[Tensor, Tensor]]
"""Keys and values so far of each layer, float (batch, heads, n, width / heads)."""


@dataclass(frozen=True)
class GPTConfig:
    """Sizes. `width` is a multiple of twice the `heads`; `context`: pieces that it sees at once."""

    vocabulary: int
    width: int = 128
    heads: int = 4
    layers: int = 4
    context: int = 128
    dropout: float = 0.1


def rotated(x: Tensor, first: int) -> Tensor:
    """Return queries or keys (..., n, size), turned by angles that grow with their place from `first` on."""
    half = x.shape[-1] // 2
    rates = 10_000.0 ** (-torch.arange(half, device=x.device) / half)
    angles = torch.arange(first, first + x.shape[-2], device=x.device)[:, None] * rates
    one, other = x[..., :half], x[..., half:]
    return torch.cat(
        [one * angles.cos() - other * angles.sin(), one * angles.sin() + other * angles.cos()], -1
    )


class Block(nn.Module):
    """Causal self-attention and a feed-forward part."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        width, self.heads = config.width, config.heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.mix = nn.Linear(width, width)
        self.feed = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.drop = nn.Dropout(config.dropout)

    def forward(
        self, x: Tensor, past: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Return (batch, n, width) and keys and values so far; with `past`, `x` goes on after it."""
        parts = self.query_key_value(self.norm1(x)).chunk(3, -1)
        query, key, value = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in parts)
        seen = 0 if past is None else past[0].shape[2]
        query, key = rotated(query, seen), rotated(key, seen)
        if past is not None:
            key, value = torch.cat([past[0], key], 2), torch.cat([past[1], value], 2)
        n = x.shape[1]
        mask = torch.ones(n, seen + n, dtype=torch.bool, device=x.device).tril(seen)
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        x = x + self.drop(self.mix(mixed.transpose(1, 2).flatten(2)))
        return x + self.drop(self.feed(self.norm2(x))), (key, value)


class GPT(nn.Module):
    """Pieces so far to scores of the next one."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.config = config
        self.pieces = nn.Embedding(config.vocabulary, config.width)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width)
        self.drop = nn.Dropout(config.dropout)
        for name, weight in self.named_parameters():
            if weight.ndim > 1:
                deep = name.endswith(("mix.weight", "feed.2.weight"))
                nn.init.normal_(weight, std=0.02 / (2 * config.layers) ** (0.5 * deep))

    def forward(self, pieces: Tensor, past: Cache | None = None) -> tuple[Tensor, Cache]:
        """Return scores (batch, n, vocabulary) of int64 (batch, n), and the cache for the next call.

        With `past`, `pieces` are only the new ones. The scores are the same as without it.
        """
        x, cache = self.drop(self.pieces(pieces)), []
        for number, block in enumerate(self.blocks):
            x, kept = block(x, past[number] if past else None)
            cache.append(kept)
        return functional.linear(self.norm(x), self.pieces.weight), cache
