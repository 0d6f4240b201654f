"""An int8 graph that reads a text once for several heads, and the heads' settings."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pipelines.core.errors import BackendError, ModelError
from pipelines.core.linear import softmax
from pipelines.core.onnx import Session, open_session
from pipelines.core.registry import Registry
from pipelines.core.said import said


@dataclass(frozen=True)
class HeadSettings:
    """One head. `temperature` divides its scores; `thresholds`: of each label, for a head with several."""

    labels: tuple[str, ...]
    temperature: float
    thresholds: tuple[float, ...] = ()


class TextGraph:
    """The graph with its tokenizer; subclasses say which text is read and what the scores mean."""

    model: str
    weights: str
    """Of graph and heads."""
    tokenizer: tuple[str, str]
    """Name of the weights that hold the tokenizer, and its file."""
    longest: int
    """Tokens of a text that are read."""
    cut: Literal["left", "right"] = "right"
    """The side on which a longer text is cut."""

    def __init__(self, registry: Registry, *, threads: int = 2) -> None:
        self._store, self._threads = registry.store, threads
        self._session: Session | None = None
        self._tokenizer: Any = None
        self.heads: dict[str, HeadSettings] = {}

    def load(self) -> None:
        """Verify and open graph and tokenizer. Raises ModelError."""
        weights, file = self.tokenizer
        self.open(self._store.path(self.weights), self._store.path(weights) / file)

    def open(self, folder: Path, tokenizer: Path) -> None:
        """Open the files of `folder`, which somebody else has verified. Raises ModelError."""
        from tokenizers import Tokenizer

        self._session = open_session(folder / "model.onnx", threads=self._threads)
        self.heads = read_heads(folder / "heads.json")
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(self.longest, direction=self.cut)
        self._tokenizer.enable_padding()

    def unload(self) -> None:
        """Free the weights."""
        self._session = self._tokenizer = None

    def scores(self, texts: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Return each head's scores, float32 (texts, labels), of texts as they are to be read."""
        if self._session is None:
            raise BackendError(said("The classifier is not loaded"), fix=said("Load it through the registry"))
        encoded = self._tokenizer.encode_batch(list(texts))
        ids = np.array([e.ids for e in encoded], np.int64)
        mask = np.array([e.attention_mask for e in encoded], np.int64)
        names = list(self.heads)
        return dict(zip(names, self._session.run(names, {"ids": ids, "mask": mask}), strict=True))

    def chances(self, name: str, scores: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        """Return a head's calibrated probabilities, float32 (..., labels)."""
        return softmax(scores[name] / np.float32(self.heads[name].temperature))


def read_heads(path: Path) -> dict[str, HeadSettings]:
    """Return the heads' settings by name. Raises ModelError."""
    try:
        rows = json.loads(path.read_text("utf-8"))
        return {
            name: HeadSettings(
                tuple(row["labels"]), float(row["temperature"]), tuple(map(float, row["thresholds"]))
            )
            for name, row in rows.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            said("The classifier's settings cannot be read"), given=f"{path.name}: {error}"
        ) from error
