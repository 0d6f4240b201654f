"""A neural text classifier with its words and labels, as it is kept and used."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from pipelines.core.foundation import Fields
from pipelines.text.foundations.fields import class_fields
from pipelines.text.foundations.networks import NetworkConfig, TextNetwork
from pipelines.text.foundations.words import UNKNOWN, WordNumbers, padded, words_of
from pipelines.textfile import read_text

WEIGHTS, WORDS, SETTINGS = "weights.safetensors", "words.json", "settings.json"
AT_ONCE, LONGEST = 256, 200


class NeuralTextClassifier:
    """A network, the words that it knows and its labels.

    Attributes:
        network: Maps word numbers to scores.
        words: Its vocabulary.
        labels: The classes, in the order of the columns of `probabilities`.
    """

    def __init__(self, network: TextNetwork, words: WordNumbers, labels: Sequence[str]) -> None:
        self.network, self.words, self.labels = network, words, list(labels)

    @property
    def parameters(self) -> int:
        """Numbers in the network, word vectors included."""
        return sum(p.numel() for p in self.network.parameters())

    def encode(self, text: str) -> list[int]:
        """Return the numbers of the first `LONGEST` words; one unknown word where there is none."""
        return self.words.encode(words_of(text)[:LONGEST]) or [UNKNOWN]

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return class probabilities, float32 (texts, classes); rows sum to 1."""
        rows = [self.encode(text) for text in texts]
        order = sorted(range(len(rows)), key=lambda row: len(rows[row]))
        out = np.zeros((len(rows), len(self.labels)), np.float32)
        device = next(self.network.parameters()).device
        self.network.eval()
        with torch.no_grad():
            for at in range(0, len(order), AT_ONCE):
                part = order[at : at + AT_ONCE]
                tokens = torch.from_numpy(padded([rows[row] for row in part])).to(device)
                out[part] = self.network(tokens).softmax(1).cpu().numpy()
        return out

    def save(self, folder: Path) -> None:
        """Write `weights.safetensors`, `words.json` and `settings.json`."""
        save_file(self.network.state_dict(), folder / WEIGHTS)
        self.words.write(folder / WORDS)
        settings = {"labels": self.labels, "network": asdict(self.network.config)}
        (folder / SETTINGS).write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return what `save` wrote."""
        settings = json.loads((folder / SETTINGS).read_text("utf-8"))
        network = TextNetwork(NetworkConfig(**settings["network"]))
        network.load_state_dict(load_file(folder / WEIGHTS))
        return cls(network.eval(), WordNumbers.read(folder / WORDS), settings["labels"])

    def predict(self, file: Path, out: Path) -> Fields:
        """Fields `label`, `confidence`, `scores` of a text file."""
        del out
        return class_fields(self.labels, self.probabilities([read_text(file)])[0])
