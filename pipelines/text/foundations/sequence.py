"""Sequence to sequence: what both encoder-decoders share, and how they are kept."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from pipelines.core.foundation import Fields
from pipelines.text.foundations.fields import lines_of
from pipelines.text.foundations.words import PAD, SPECIAL, UNKNOWN, WordNumbers, padded, words_of

START, END = 2, 3
TARGET_SPECIAL = (*SPECIAL, "<start>", "<end>")
WEIGHTS, SETTINGS = "weights.safetensors", "settings.json"
SOURCE_WORDS, TARGET_WORDS = "source.json", "target.json"
AT_ONCE = 256


@dataclass(frozen=True)
class SequenceConfig:
    """Sizes. `source`, `target`: vocabularies; `longest`: tokens of an answer, END included."""

    source: int
    target: int
    width: int = 128
    longest: int = 14
    dropout: float = 0.1


class SequenceNetwork(nn.Module, ABC):
    """An encoder and a decoder that attends to it."""

    def __init__(self, config: SequenceConfig) -> None:
        super().__init__()
        self.config = config

    @abstractmethod
    def forward(self, source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Return scores of the next token (batch, m, vocabulary) and attention (batch, m, n).

        Args:
            source: int64 (batch, n), padded with `PAD`.
            target: int64 (batch, m), START and the tokens so far; a place sees itself and earlier ones.
        """

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def greedy(self, source: Tensor) -> tuple[Tensor, Tensor]:
        """Return the likeliest tokens (batch, m), PAD after END, and their attention (batch, m, n)."""
        tokens = torch.full((len(source), 1), START, device=source.device)
        done = torch.zeros(len(source), dtype=torch.bool, device=source.device)
        attention = torch.zeros(len(source), 0, source.shape[1], device=source.device)
        while not done.all() and tokens.shape[1] <= self.config.longest:
            scores, attention = self(source, tokens)
            chosen = scores[:, -1].argmax(-1).masked_fill(done, PAD)
            done |= chosen == END
            tokens = torch.cat([tokens, chosen[:, None]], 1)
        return tokens[:, 1:], attention


class SequenceModel(ABC):
    """A network with its two vocabularies.

    Attributes:
        network: The encoder and decoder.
        source: Words of what is read, cut by `words_of`.
        target: Tokens of what is written.
        whole_words: Whether target tokens are words, joined by spaces; else they are characters.
    """

    kind: ClassVar[type[Any]]

    def __init__(
        self, network: SequenceNetwork, source: WordNumbers, target: WordNumbers, *, whole_words: bool
    ) -> None:
        self.network, self.source, self.target, self.whole_words = network, source, target, whole_words

    @property
    def parameters(self) -> int:
        """Numbers in the network."""
        return sum(p.numel() for p in self.network.parameters())

    def encode(self, texts: Sequence[str]) -> Tensor:
        """Return int64 (texts, n) on the network's device."""
        rows = [self.source.encode(words_of(text)) or [UNKNOWN] for text in texts]
        return torch.from_numpy(padded(rows)).to(next(self.network.parameters()).device)

    def target_tokens(self, text: str) -> list[int]:
        """Return START, a text's tokens, END, at most as long as the network writes."""
        parts = words_of(text) if self.whole_words else list(text)
        return [START, *self.target.encode(parts)[: self.network.config.longest - 1], END]

    def transform(self, texts: Sequence[str]) -> list[str]:
        """Return what the network writes for each text."""
        self.network.eval()
        out: list[str] = []
        for at in range(0, len(texts), AT_ONCE):
            tokens, _ = self.network.greedy(self.encode(texts[at : at + AT_ONCE]))
            out += [self._text(row) for row in tokens.tolist()]
        return out

    def attention(self, text: str) -> tuple[list[str], list[str], NDArray[np.float32]]:
        """Return the words read, the tokens written, and how much each of these looked at each of those."""
        self.network.eval()
        tokens, weights = self.network.greedy(self.encode([text]))
        written = [self.target.words[token] for token in tokens[0].tolist()]
        return words_of(text), written, weights[0].float().cpu().numpy()

    def _text(self, tokens: list[int]) -> str:
        kept = [token for token in tokens if token not in (PAD, START, END)]
        return (" " if self.whole_words else "").join(self.target.words[token] for token in kept)

    def save(self, folder: Path) -> None:
        """Write `weights.safetensors`, `settings.json` and both vocabularies."""
        save_file(self.network.state_dict(), folder / WEIGHTS)
        self.source.write(folder / SOURCE_WORDS)
        self.target.write(folder / TARGET_WORDS)
        settings = {"whole_words": self.whole_words, "network": asdict(self.network.config)}
        (folder / SETTINGS).write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return what `save` wrote."""
        settings = json.loads((folder / SETTINGS).read_text("utf-8"))
        network = cls.kind(SequenceConfig(**settings["network"]))
        network.load_state_dict(load_file(folder / WEIGHTS))
        words = (WordNumbers.read(folder / name) for name in (SOURCE_WORDS, TARGET_WORDS))
        return cls(network.eval(), *words, whole_words=settings["whole_words"])

    def predict(self, file: Path, out: Path) -> Fields:
        """Fields `answers`, one for each line of a text file, and `attention`, a plot of the first."""
        lines = lines_of(file)
        answers = [
            {"query": line, "answer": answer}
            for line, answer in zip(lines, self.transform(lines), strict=True)
        ]
        plot = out / f"{file.stem}-attention.png"
        plot_attention(*self.attention(lines[0]), plot)
        return {"answers": answers, "attention": str(plot)}


def plot_attention(read: list[str], written: list[str], weights: NDArray[np.float32], target: Path) -> None:
    """Draw attention weights, a row a written token, as a PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(1.5 + 0.45 * len(read), 1.3 + 0.3 * len(written)), layout="constrained")
    axes = figure.subplots()
    axes.imshow(weights, cmap="Greens", vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(read)), read, rotation=60, ha="right")
    axes.set_yticks(range(len(written)), written)
    axes.set(xlabel="read", ylabel="written")
    figure.savefig(target, dpi=90)
