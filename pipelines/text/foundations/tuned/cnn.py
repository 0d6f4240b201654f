"""A text classifier of a few hundred thousand weights: words, three widths of convolution, the maximum.

Source: Kim, 2014, arXiv:1408.5882.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pipelines.core.errors import ModelError
from pipelines.core.foundation import Fields
from pipelines.text.foundations.tuned.packing import Storage, pack, unpack
from pipelines.textfile import read_text

LENGTH, WIDTH, CHANNELS, SPANS = 40, 64, 48, (3, 4, 5)
WEIGHTS, SETTINGS = "weights.npz", "settings.json"
_WORD = re.compile(r"\w+|[^\w\s]")
PADDING, UNKNOWN = 0, 1


class Words:
    """Words to numbers; 0 is padding, 1 any other word. `known`: the words from number 2 on."""

    def __init__(self, known: Sequence[str]) -> None:
        self.known = list(known)
        self._numbers = {word: at for at, word in enumerate(self.known, start=2)}

    @classmethod
    def of(cls, texts: Sequence[str], least: int = 2) -> Self:
        """Return the words that occur at least so often."""
        counts = Counter(word for text in texts for word in cut(text))
        return cls(sorted(word for word, count in counts.items() if count >= least))

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return len(self.known) + 2

    def encode(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Return numbers, int64 (texts, 40), cut or padded."""
        rows = np.full((len(texts), LENGTH), PADDING, np.int64)
        for row, text in zip(rows, texts, strict=True):
            found = [self._numbers.get(word, UNKNOWN) for word in cut(text)[:LENGTH]]
            row[: len(found)] = found
        return rows


def cut(text: str) -> list[str]:
    """Return words and marks in small letters."""
    return _WORD.findall(text.lower())


class TextCNN(nn.Module):
    """Class scores of a text.

    Args:
        words: How many word numbers there are.
        classes: How many classes.
        dropout: Before the last layer.
        width: Of a word's vector.
        channels: Of each convolution.
    """

    def __init__(
        self, words: int, classes: int, dropout: float = 0.3, *, width: int = WIDTH, channels: int = CHANNELS
    ) -> None:
        super().__init__()
        self.words = nn.Embedding(words, width, padding_idx=PADDING)
        nn.init.normal_(self.words.weight, std=0.1)
        nn.init.zeros_(self.words.weight[PADDING])
        self.spans = nn.ModuleList([nn.Conv1d(width, channels, span, padding=span // 2) for span in SPANS])
        self.dropout = nn.Dropout(dropout)
        self.last = nn.Linear(channels * len(SPANS), classes)

    def forward(self, numbers: Tensor) -> Tensor:
        """Return scores (texts, classes) of word numbers (texts, 40)."""
        vectors = self.words(numbers).transpose(1, 2)
        found = torch.cat([torch.relu(span(vectors)).amax(dim=2) for span in self.spans], dim=1)
        scores: Tensor = self.last(self.dropout(found))
        return scores


class TunedClassifier:
    """A trained `TextCNN` with its words.

    Attributes:
        net: The network, in evaluation mode.
        words: Its words.
        labels: The classes.
        storage: How the weights are kept on disk.
    """

    def __init__(self, net: TextCNN, words: Words, labels: Sequence[str], storage: Storage = "dense") -> None:
        self.net, self.words, self.labels, self.storage = net.eval(), words, list(labels), storage

    @property
    def parameters(self) -> int:
        """Weights that are not zero."""
        return sum(int(weight.count_nonzero()) for weight in self.net.parameters())

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return class probabilities, float64 (texts, classes)."""
        with torch.inference_mode():
            scores = self.net(torch.from_numpy(self.words.encode(texts)))
        found: NDArray[np.float64] = scores.double().softmax(dim=1).numpy()
        return found

    def save(self, folder: Path) -> None:
        """Write `weights.npz` and `settings.json`."""
        write_weights(self.net, folder / WEIGHTS, self.storage)
        channels, width = self.net.last.in_features // len(SPANS), self.net.words.embedding_dim
        write_settings(folder, self.words, self.labels, storage=self.storage, channels=channels, width=width)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return the saved one. Raises ModelError."""
        settings = read_settings(folder)
        words = Words(settings["words"])
        net = TextCNN(
            words.size, len(settings["labels"]), width=settings["width"], channels=settings["channels"]
        )
        weights = {name: torch.from_numpy(values) for name, values in unpack(folder / WEIGHTS).items()}
        try:
            net.load_state_dict(weights)
        except RuntimeError as error:
            raise ModelError("The weights do not fit the network", given=str(error)[:200]) from error
        return cls(net, words, settings["labels"], settings["storage"])

    def predict(self, file: Path, out: Path) -> Fields:
        """Fields `label`, `confidence`, `scores` of a text file."""
        del out
        return answer(self.probabilities([read_text(file)])[0], self.labels)


def write_weights(net: nn.Module, path: Path, storage: Storage) -> int:
    """Write the weights of a network; return the file's bytes."""
    weights = {name: values.detach().cpu().numpy() for name, values in net.state_dict().items()}
    return pack(weights, path, storage)


def write_settings(folder: Path, words: Words, labels: Sequence[str], **more: str | int) -> None:
    """Write what a classifier needs beside its weights."""
    settings = {"words": words.known, "labels": list(labels), **more}
    (folder / SETTINGS).write_text(json.dumps(settings, ensure_ascii=False) + "\n", encoding="utf-8")


def read_settings(folder: Path) -> Fields:
    """Return what `write_settings` wrote. Raises ModelError."""
    try:
        settings: Fields = json.loads((folder / SETTINGS).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError("The settings of the classifier cannot be read", given=str(error)) from error
    return settings


def answer(row: NDArray[np.float64], labels: Sequence[str]) -> Fields:
    """Return fields `label`, `confidence`, `scores` of one row of probabilities."""
    scores = {label: round(float(p), 6) for label, p in zip(labels, row, strict=True)}
    best = max(scores, key=scores.__getitem__)
    return {"label": best, "confidence": scores[best], "scores": scores}
