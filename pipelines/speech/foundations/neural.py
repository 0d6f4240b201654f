"""Neural digit recognisers as foundations: batches, saving, predicting; CTC with greedy and beam search."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from pipelines.core.errors import ModelError
from pipelines.core.foundation import Fields
from pipelines.speech.foundations.ctc import beam_search, greedy
from pipelines.speech.foundations.digits import (
    DIGITS,
    answer,
    cepstra,
    read_digits,
    spectrogram,
    word_frames,
)
from pipelines.speech.foundations.features import Frames, Samples
from pipelines.speech.foundations.networks import (
    ConvolutionalDigits,
    CtcDigits,
    RecurrentDigits,
)

WEIGHTS, FACTS = "model.safetensors", "network.json"
BATCH = 64
LEAST_FRAMES = 8
BEAM = 8
FrontEnd = Callable[[Frames], Frames]
"""From log-mel frames to what a network reads."""
Kinds = Mapping[str, tuple[Callable[..., nn.Module], FrontEnd]]
"""How a network is made, and what it reads, by its kind."""


def padded(frames: Sequence[Frames]) -> tuple[Tensor, Tensor]:
    """Return frames as float32 (batch, time, width), time at least 8, and how many, int64 (batch,)."""
    lengths = torch.tensor([len(each) for each in frames])
    batch = torch.zeros(len(frames), max(LEAST_FRAMES, int(lengths.max())), frames[0].shape[1])
    for row, each in zip(batch, frames, strict=True):
        row[: len(each)] = torch.from_numpy(each)
    return batch, lengths


class _Network:
    """A network, the classes it knows, and the kind by which it is made again.

    Attributes:
        kind: Its key in `kinds`.
        labels: The classes, in the order of its scores.
        front: What its network reads of log-mel frames.
        network: In evaluation mode when it predicts.
    """

    kinds: ClassVar[Kinds]

    def __init__(self, kind: str, labels: Sequence[str] = DIGITS, **sizes: Any) -> None:
        if kind not in self.kinds:
            raise ModelError("There is no network of that kind", given=kind, allowed=", ".join(self.kinds))
        self.kind, self.labels, self.sizes = kind, tuple(labels), sizes
        make, self.front = self.kinds[kind]
        self.network = make(classes=len(self.labels), **sizes).eval()

    @property
    def parameters(self) -> int:
        """How many numbers the network learned."""
        return sum(p.numel() for p in self.network.parameters())

    def save(self, folder: Path) -> None:
        """Write `model.safetensors` and `network.json`."""
        save_file({k: v.contiguous() for k, v in self.network.state_dict().items()}, folder / WEIGHTS)
        facts = {"kind": self.kind, "labels": self.labels, "sizes": self.sizes}
        (folder / FACTS).write_text(json.dumps(facts) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return the saved network."""
        facts = json.loads((folder / FACTS).read_text("utf-8"))
        found = cls(facts["kind"], facts["labels"], **facts["sizes"])
        found.network.load_state_dict(load_file(folder / WEIGHTS))
        return found


class DigitNetwork(_Network):
    """One digit a recording: "cnn", "rnn" or "lstm"."""

    kinds: ClassVar[Kinds] = {
        "cnn": (ConvolutionalDigits, spectrogram),
        "rnn": (partial(RecurrentDigits, cell="rnn"), cepstra),
        "lstm": (partial(RecurrentDigits, cell="lstm"), cepstra),
    }

    def probabilities(self, clips: Sequence[Samples]) -> NDArray[np.float64]:
        """Return float64 (clips, labels) of 8 kHz sounds; rows sum to 1."""
        frames = [self.front(word_frames(clip)) for clip in clips]
        with torch.no_grad():
            scores = [self.network(*padded(frames[at : at + BATCH])) for at in range(0, len(frames), BATCH)]
        found: NDArray[np.float64] = torch.cat(scores).double().softmax(1).numpy()
        return found

    def predict(self, file: Path, out: Path) -> Fields:
        """Fields `label`, `confidence`, `scores` of a recording of one digit."""
        del out
        return answer(self, file)


class DigitStrings(_Network):
    """A row of digits a recording, by connectionist temporal classification."""

    kinds: ClassVar[Kinds] = {"ctc": (CtcDigits, cepstra)}

    def log_probabilities(self, clips: Sequence[Samples]) -> list[NDArray[np.float32]]:
        """Return log-probabilities (steps, 1 + labels) of each 8 kHz sound, blank first."""
        frames = [self.front(word_frames(clip)) for clip in clips]
        found: list[NDArray[np.float32]] = []
        for at in range(0, len(frames), BATCH):
            with torch.no_grad():
                scores, steps = self.network(*padded(frames[at : at + BATCH]))
            found += [row[:n].numpy() for row, n in zip(scores, steps.tolist(), strict=True)]
        return found

    def read(self, clips: Sequence[Samples], beam: int = BEAM) -> list[str]:
        """Return what each 8 kHz sound says. `beam`: prefixes that are kept; 0 takes each step's best."""
        rows = self.log_probabilities(clips)
        found = [beam_search(row, beam)[0][0] if beam else greedy(row) for row in rows]
        return ["".join(self.labels[i] for i in indices) for indices in found]

    def predict(self, file: Path, out: Path) -> Fields:
        """Fields `text`, `greedy`, and `confidence`: the share of the best reading among the beam's."""
        del out
        row = self.log_probabilities([read_digits(file)])[0]
        readings = beam_search(row, BEAM)
        shares = np.exp([score for _, score in readings])
        best, plain = ("".join(self.labels[i] for i in found) for found in (readings[0][0], greedy(row)))
        return {"text": best, "greedy": plain, "confidence": round(float(shares[0] / shares.sum()), 6)}
