"""The classifier as an ONNX graph with int8 weights.

Source: Jacob et al., 2018, arXiv:1712.05877; ONNX Runtime's dynamic quantisation.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from pipelines.core.foundation import Fields
from pipelines.core.linear import softmax
from pipelines.core.onnx import open_session
from pipelines.text.foundations.tuned.cnn import Words, answer, read_settings, write_settings
from pipelines.textfile import read_text

GRAPH = "model.onnx"


class QuantisedClassifier:
    """A text classifier in ONNX Runtime.

    Attributes:
        graph: The graph's bytes.
        words: Its words.
        labels: The classes.
        parameters: Weights of the graph.
    """

    def __init__(self, graph: bytes, words: Words, labels: Sequence[str], parameters: int) -> None:
        self.graph, self.words, self.labels, self.parameters = graph, words, list(labels), parameters
        self._session = open_session(graph, threads=1)

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return class probabilities, float64 (texts, classes)."""
        (scores,) = self._session.run(["scores"], {"numbers": self.words.encode(texts)})
        return softmax(scores.astype(np.float64))

    def save(self, folder: Path) -> None:
        """Write `model.onnx` and `settings.json`."""
        (folder / GRAPH).write_bytes(self.graph)
        write_settings(folder, self.words, self.labels, parameters=self.parameters)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return the saved one. Raises ModelError."""
        settings = read_settings(folder)
        graph = (folder / GRAPH).read_bytes()
        return cls(graph, Words(settings["words"]), settings["labels"], settings["parameters"])

    def predict(self, file: Path, out: Path) -> Fields:
        """Fields `label`, `confidence`, `scores` of a text file."""
        del out
        return answer(self.probabilities([read_text(file)])[0], self.labels)
