"""Two modalities in one space: two small towers over frozen encoders.

Sources: Radford et al., 2021, arXiv:2103.00020 (two towers, symmetric InfoNCE, learned temperature); van
den Oord et al., 2018, arXiv:1807.03748 (InfoNCE); Ganin et al., 2016, arXiv:1505.07818 (gradient reversal);
Wang et al., 2017, "Adversarial cross-modal retrieval" (a critic that must not tell the modality).
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from pipelines.core.errors import ModelError
from pipelines.core.foundation import Fields
from pipelines.crossmodal.foundations.bank import Bank
from pipelines.crossmodal.foundations.encoders import WIDTHS, Encoders, Modality, default_encoders

WEIGHTS = "towers.safetensors"
SHARED, HIDDEN, DROPOUT = 256, 512, 0.3
_Rows = NDArray[np.float32]


class Towers(nn.Module):
    """Maps each of two modalities to unit vectors of one space.

    Args:
        first: Width of the first modality's features.
        second: Width of the second's.
    """

    def __init__(self, first: int, second: int) -> None:
        super().__init__()
        self.first, self.second = _tower(first), _tower(second)
        self.log_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    def forward(self, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
        """Return unit vectors, both (n, 256), of features (n, width)."""
        return functional.normalize(self.first(first), dim=-1), functional.normalize(
            self.second(second), dim=-1
        )

    def contrast(self, first: Tensor, second: Tensor) -> Tensor:
        """Return the symmetric InfoNCE loss of unit vectors (n, 256) whose rows belong together."""
        scores = first @ second.T * self.log_scale.clamp(max=math.log(100)).exp()
        wanted = torch.arange(len(scores), device=scores.device)
        both = functional.cross_entropy(scores, wanted) + functional.cross_entropy(scores.T, wanted)
        return 0.5 * both


def _tower(width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.LayerNorm(width, elementwise_affine=False),
        nn.Linear(width, HIDDEN),
        nn.GELU(),
        nn.Dropout(DROPOUT),
        nn.Linear(HIDDEN, SHARED),
    )


class JointEmbedding:
    """A shared space of two modalities, with a bank to search in.

    Attributes:
        kinds: The two modalities.
        towers: The trained network, in evaluation mode.
        bank: Held-out pairs that `predict` searches, embedded.
    """

    kinds: ClassVar[tuple[Modality, Modality]]

    def __init__(self, towers: Towers, bank: Bank, encoders: Encoders | None = None) -> None:
        self.towers, self.bank = towers.eval(), bank
        self._encoders = encoders or default_encoders()

    @classmethod
    def new_towers(cls) -> Towers:
        """Return untrained towers for these modalities."""
        return Towers(*(WIDTHS[kind] for kind in cls.kinds))

    @property
    def parameters(self) -> int:
        """Weights of both towers, and the temperature."""
        return sum(weight.numel() for weight in self.towers.parameters())

    def embed(self, kind: Modality, features: _Rows) -> _Rows:
        """Return unit vectors, float32 (n, 256), of features (n, width) of one of the modalities."""
        return embed(self.towers, self.kinds.index(kind), features)

    def save(self, folder: Path) -> None:
        """Write towers and bank."""
        save_file(self.towers.state_dict(), folder / WEIGHTS)
        self.bank.save(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return the saved one. Raises ModelError if its files are not such towers."""
        towers = cls.new_towers()
        load_module(towers, folder / WEIGHTS)
        return cls(towers, Bank.load(folder))

    def predict(self, file: Path, out: Path) -> Fields:
        """Fields `query`, `answers` (a modality each) and `nearest`: the pairs nearest to the file.

        Raises:
            InputError: if the file is of neither modality, or cannot be used.
        """
        del out
        kind, features = self._encoders.file(file, self.kinds)
        other = self.kinds[1 - self.kinds.index(kind)]
        there = self.bank.second if kind == self.kinds[0] else self.bank.first
        scores = there @ self.embed(kind, features[None])[0]
        return {"query": kind, "answers": other, "nearest": self.bank.best(scores)}


class TextImage(JointEmbedding):
    """Pictures and sentences."""

    kinds = ("image", "text")


class TextSpeech(JointEmbedding):
    """Spoken and written sentences."""

    kinds = ("speech", "text")


def embed(towers: Towers, which: int, features: _Rows) -> _Rows:
    """Return unit vectors, float32 (n, 256), of the modality number `which` (0 or 1)."""
    tower = towers.second if which else towers.first
    device = towers.log_scale.device
    with torch.inference_mode():
        rows = functional.normalize(tower(torch.from_numpy(features).to(device)), dim=-1)
    found: _Rows = rows.cpu().numpy()
    return found


def load_module(module: nn.Module, path: Path) -> None:
    """Load all the weights of `module` from a safetensors file. Raises ModelError for another file."""
    try:
        state: dict[str, Any] = load_file(path)
        module.load_state_dict(state)
    except (OSError, RuntimeError, ValueError, SafetensorError) as error:
        raise ModelError("The weights cannot be read", given=f"{path.name}: {error}") from error
