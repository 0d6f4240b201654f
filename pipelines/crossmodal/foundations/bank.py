"""What a retrieval foundation can find: photos with a caption each, embedded once and kept beside it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.core.errors import ModelError

FILE = "bank.npz"
_Rows = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Bank:
    """Pairs that a query is compared with.

    Attributes:
        names: File name of each photo.
        captions: One caption of each photo.
        first: Vectors of the first modality, float32 (n, width).
        second: Vectors of the second, float32 (n, width).
    """

    names: Sequence[str]
    captions: Sequence[str]
    first: _Rows
    second: _Rows

    def save(self, folder: Path) -> None:
        """Write `bank.npz`, the vectors in half precision."""
        words = np.array(json.dumps({"names": list(self.names), "captions": list(self.captions)}))
        first, second = self.first.astype(np.float16), self.second.astype(np.float16)
        np.savez_compressed(folder / FILE, words=words, first=first, second=second)

    @classmethod
    def load(cls, folder: Path) -> Bank:
        """Return the saved bank. Raises ModelError for a file that is none."""
        try:
            with np.load(folder / FILE, allow_pickle=False) as file:
                words: dict[str, list[str]] = json.loads(str(file["words"]))
                first, second = (file[name].astype(np.float32) for name in ("first", "second"))
        except (OSError, ValueError, KeyError) as error:
            raise ModelError("The bank cannot be read", given=f"{FILE}: {error}") from error
        return cls(words["names"], words["captions"], first, second)

    def best(self, scores: NDArray[Any], count: int = 3) -> list[dict[str, Any]]:
        """Return the pairs with the highest scores: `text` "photo: caption", `confidence` the score."""
        order = np.argsort(-scores)[:count]
        return [
            {"text": f"{self.names[at]}: {self.captions[at]}", "confidence": round(float(scores[at]), 4)}
            for at in order
        ]
