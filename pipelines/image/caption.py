"""Captions by Trio's own captioner (training/caption): EfficientNet-Lite2 grid, transformer decoder, int8."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.core.cancel import CancelToken
from pipelines.core.errors import BackendError, ModelError
from pipelines.core.onnx import open_session
from pipelines.core.registry import Registry
from pipelines.core.said import said
from pipelines.core.types import Caption, Image
from pipelines.image.beam import Hypothesis, beam_search
from pipelines.image.features import CELLS, WIDTH, image_encoder
from pipelines.image.words import END, Vocabulary

BEAMS = 3
WEIGHTS = "captioner"


@dataclass(frozen=True)
class Calibration:
    """Logistic curve from a caption's mean log-probability to how sure it is, fitted on dev captions."""

    slope: float
    offset: float

    def confidence(self, mean: float) -> float:
        """Return a number between 0 and 1."""
        return 1.0 / (1.0 + math.exp(-(self.slope * mean + self.offset)))


class TrioCaptioner:
    """One sentence on what a photo shows, by beam search.

    Args:
        registry: Gives the image encoder and the weights.
        threads: Threads of the decoder.
        beams: Width of the search.
    """

    model = "Trio captioner (on EfficientNet-Lite2)"

    def __init__(self, registry: Registry, *, threads: int = 2, beams: int = BEAMS) -> None:
        self._registry, self._threads, self._beams = registry, threads, beams
        self._memory: Any = None
        self._step: Any = None
        self._vocabulary: Vocabulary | None = None
        self.calibration = Calibration(1.0, 0.0)
        self._longest = 0

    def load(self) -> None:
        """Verify and open both graphs, and load the image encoder. Raises ModelError."""
        self.open(self._registry.store.path(WEIGHTS))

    def open(self, folder: Path) -> None:
        """Open the files of `folder`, which somebody else has verified. Raises ModelError."""
        self._memory = open_session(folder / "memory.onnx", threads=self._threads)
        self._step = open_session(folder / "step.onnx", threads=self._threads)
        self._vocabulary = Vocabulary.read(folder / "words.json")
        self.calibration, self._longest = _read_settings(folder / "settings.json")
        image_encoder(self._registry)

    def warm_up(self) -> None:
        """Caption a black picture."""
        import numpy as np

        self.caption(Image(np.zeros((64, 64, 3), np.uint8)))

    def unload(self) -> None:
        """Free the decoder; the registry frees the encoder."""
        self._memory = self._step = self._vocabulary = None

    def caption(self, image: Image, *, cancel: CancelToken | None = None) -> Caption:
        """Return the sentence and how well it probably fits what people would write.

        Raises:
            Cancelled: when the token is cancelled.
        """
        best = self.search(image, cancel=cancel)[0]
        text = self.words.sentence([token for token in best.tokens if token != END])
        return Caption(text, self.calibration.confidence(best.mean))

    def search(self, image: Image, *, cancel: CancelToken | None = None) -> list[Hypothesis]:
        """Return all the sentences that the search finished, the best first."""
        if self._memory is None:
            raise BackendError(said("The captioner is not loaded"), fix=said("Load it through the registry"))
        grid = image_encoder(self._registry).whole(image).grid.reshape(1, CELLS, WIDTH)
        keys, values = self._memory.run(None, {"grid": grid})
        return beam_search(self._step, keys, values, beams=self._beams, longest=self._longest, cancel=cancel)

    @property
    def words(self) -> Vocabulary:
        """The vocabulary. Raises BackendError before `load`."""
        if self._vocabulary is None:
            raise BackendError(said("The captioner is not loaded"), fix=said("Load it through the registry"))
        return self._vocabulary


def _read_settings(path: Path) -> tuple[Calibration, int]:
    try:
        settings = json.loads(path.read_text("utf-8"))
        return Calibration(float(settings["slope"]), float(settings["offset"])), int(settings["longest"])
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(
            said("The captioner's settings cannot be read"), given=f"{path.name}: {error}"
        ) from error
