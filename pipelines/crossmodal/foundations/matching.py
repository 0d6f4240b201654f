"""Whether two inputs belong together: the features of both are fused before they are judged.

Sources: Li et al., 2021, "Align before fuse", arXiv:2107.07651 (image-text matching with negatives drawn by
their score); Harwath et al., 2016, "Unsupervised learning of spoken language with visual context"
(photos and spoken captions).
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor, nn

from pipelines.core.foundation import Fields
from pipelines.crossmodal.foundations.bank import Bank
from pipelines.crossmodal.foundations.encoders import WIDTHS, Encoders, Modality, default_encoders
from pipelines.crossmodal.foundations.joint import load_module

WEIGHTS = "matcher.safetensors"
LABELS = ("match", "no match")
SIDE, HIDDEN, DROPOUT = 256, 256, 0.3
SUFFIXES: dict[Modality, tuple[str, ...]] = {
    "image": (".jpg", ".jpeg", ".png", ".webp"),
    "text": (".txt", ".md"),
    "speech": (".wav", ".flac", ".ogg", ".mp3"),
}
_Rows = NDArray[np.float32]


class Matcher(nn.Module):
    """Scores pairs from both vectors side by side and their product.

    Args:
        first: Width of the first modality's features.
        second: Width of the second's.
    """

    def __init__(self, first: int, second: int) -> None:
        super().__init__()
        self.first, self.second = _side(first), _side(second)
        self.judge = nn.Sequential(nn.Linear(3 * SIDE, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, 1))

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Return one score (logit) a pair, (n,), of features (n, width) and (n, width)."""
        return self._fuse(self.first(first), self.second(second))

    def every_pair(self, first: Tensor, second: Tensor) -> Tensor:
        """Return the scores of every first with every second, (n, m)."""
        one, other = self.first(first), self.second(second)
        return self._fuse(one[:, None].expand(-1, len(other), -1), other[None].expand(len(one), -1, -1))

    def _fuse(self, one: Tensor, other: Tensor) -> Tensor:
        scores: Tensor = self.judge(torch.cat([one, other, one * other], dim=-1))
        return scores[..., 0]


def _side(width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.LayerNorm(width, elementwise_affine=False), nn.Dropout(DROPOUT), nn.Linear(width, SIDE), nn.Tanh()
    )


class PairMatcher:
    """Tells pairs that belong together from others.

    Attributes:
        kinds: The two modalities.
        matcher: The trained network, in evaluation mode.
        bank: Features of held-out pairs, which `predict` searches where it is given one file alone.
    """

    kinds: ClassVar[tuple[Modality, Modality]]

    def __init__(self, matcher: Matcher, bank: Bank, encoders: Encoders | None = None) -> None:
        self.matcher, self.bank = matcher.eval(), bank
        self._encoders = encoders or default_encoders()

    @classmethod
    def new_matcher(cls) -> Matcher:
        """Return an untrained network for these modalities."""
        return Matcher(*(WIDTHS[kind] for kind in cls.kinds))

    @property
    def parameters(self) -> int:
        """Weights of the network."""
        return sum(weight.numel() for weight in self.matcher.parameters())

    def scores(self, first: _Rows, second: _Rows) -> _Rows:
        """Return the scores (logits) of every first with every second, float32 (n, m)."""
        return every_score(self.matcher, first, second)

    def probabilities(self, first: _Rows, second: _Rows) -> NDArray[np.float64]:
        """Return for each pair of rows the probabilities of `LABELS`, float64 (n, 2)."""
        with torch.inference_mode():
            yes = self.matcher(torch.from_numpy(first), torch.from_numpy(second)).sigmoid().double().numpy()
        return np.stack([yes, 1.0 - yes], axis=1)

    def save(self, folder: Path) -> None:
        """Write network and bank."""
        save_file(self.matcher.state_dict(), folder / WEIGHTS)
        self.bank.save(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return the saved one. Raises ModelError if its files are no such network."""
        matcher = cls.new_matcher()
        load_module(matcher, folder / WEIGHTS)
        return cls(matcher, Bank.load(folder))

    def predict(self, file: Path, out: Path) -> Fields:
        """Judge a file and its companion: the file of the other modality with the same name beside it.

        Fields `label` and `confidence` with a companion; without one `query` and `nearest`, the held-out
        pairs whose other half fits best.

        Raises:
            InputError: if a file is of neither modality, or cannot be used.
        """
        del out
        kind, features = self._encoders.file(file, self.kinds)
        at = self.kinds.index(kind)
        other = self.kinds[1 - at]
        beside = companion(file, other)
        if beside is None:
            there = self.bank.first if at else self.bank.second
            pair = (there, features[None]) if at else (features[None], there)
            scores = 1 / (1 + np.exp(-self.scores(*pair).ravel()))
            return {"query": kind, "answers": other, "nearest": self.bank.best(scores)}
        found = self._encoders.file(beside, (other,))[1]
        ordered = (found, features) if at else (features, found)
        yes = float(self.probabilities(ordered[0][None], ordered[1][None])[0, 0])
        label = LABELS[0] if yes >= 0.5 else LABELS[1]
        return {"with": beside.name, "label": label, "confidence": round(max(yes, 1 - yes), 6)}


class ImageText(PairMatcher):
    """Pictures and sentences."""

    kinds = ("image", "text")


class ImageSpeech(PairMatcher):
    """Pictures and spoken sentences."""

    kinds = ("image", "speech")


def companion(file: Path, kind: Modality) -> Path | None:
    """Return the file of a kind with the same name beside `file`; None where there is none."""
    named = (file.with_suffix(suffix) for suffix in SUFFIXES[kind])
    return next((path for path in named if path.is_file()), None)


def every_score(matcher: Matcher, first: _Rows, second: _Rows) -> _Rows:
    """Return the scores (logits) of every first with every second, float32 (n, m), 16 rows at a time."""
    device = next(matcher.parameters()).device
    others = torch.from_numpy(second).to(device)
    with torch.inference_mode():
        rows = [
            matcher.every_pair(part.to(device), others).cpu().numpy()
            for part in torch.from_numpy(first).split(16)
        ]
    return np.concatenate(rows).astype(np.float32)
