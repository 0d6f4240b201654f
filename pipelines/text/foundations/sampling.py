"""Drawing the next token from a model's scores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from pipelines.core.errors import SettingsError
from pipelines.text.foundations.gpt import GPT, Cache


@dataclass(frozen=True)
class Sampling:
    """How to draw.

    Attributes:
        temperature: Divides the scores; 0 always takes the likeliest.
        top_k: Only so many of the likeliest tokens are drawn from; 0 for all (Fan et al., 2018).
        top_p: Only the likeliest tokens that together have this chance (Holtzman et al., 2020,
            arXiv:1904.09751).

    Raises:
        SettingsError: if a value is out of range.
    """

    temperature: float = 0.8
    top_k: int = 40
    top_p: float = 0.95

    def __post_init__(self) -> None:
        if self.temperature < 0 or self.top_k < 0 or not 0 < self.top_p <= 1:
            raise SettingsError(
                "The sampling cannot be done so",
                given=f"temperature {self.temperature}, top_k {self.top_k}, top_p {self.top_p}",
                allowed="temperature and top_k from 0 on, top_p above 0 and up to 1",
            )

    def chances(self, scores: Tensor) -> Tensor:
        """Return what is drawn from, float (vocabulary,), of scores (vocabulary,); sums to 1."""
        if self.temperature == 0:
            return torch.nn.functional.one_hot(scores.argmax(), len(scores)).float()
        ordered, order = (scores.float() / self.temperature).softmax(0).sort(descending=True)
        before = ordered.cumsum(0) - ordered
        kept = before < self.top_p
        if self.top_k:
            kept[self.top_k :] = False
        ordered = ordered * kept
        return torch.zeros_like(ordered).scatter(0, order, ordered / ordered.sum())

    def drawn(self, scores: Tensor, generator: torch.Generator) -> int:
        """Return a token's number of scores (vocabulary,)."""
        return int(torch.multinomial(self.chances(scores).cpu(), 1, generator=generator))


@torch.no_grad()  # type: ignore[untyped-decorator]
def continued(
    model: GPT, pieces: list[int], sampling: Sampling, generator: torch.Generator, *, cached: bool = True
) -> Iterator[int]:
    """Yield pieces after the given ones, without end.

    Args:
        model: Of which the last `context` pieces are seen.
        pieces: At least one.
        sampling: How to draw.
        generator: Draws.
        cached: Whether keys and values are kept between steps; without, every step computes all anew.
    """
    device, context = model.pieces.weight.device, model.config.context
    pieces = list(pieces)[-context:]
    past: Cache | None = None
    new = pieces
    while True:
        scores, cache = model(torch.tensor([new], device=device), past)
        pieces.append(sampling.drawn(scores[0, -1], generator))
        yield pieces[-1]
        if len(pieces) > context:
            pieces, past = pieces[-context // 2 :], None
        elif cached:
            past = cache
        new = pieces if past is None else pieces[-1:]
