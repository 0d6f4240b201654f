"""The small GPT as it is kept and used: it goes on with a dialogue."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import islice, takewhile
from pathlib import Path
from typing import Any, Self

import torch
from safetensors.torch import load_file, save_file

from pipelines.core.foundation import Fields
from pipelines.text.foundations.fields import lines_of
from pipelines.text.foundations.gpt import GPT, GPTConfig
from pipelines.text.foundations.sampling import Sampling, continued

WEIGHTS, SETTINGS, PIECES = "weights.safetensors", "settings.json", "pieces.model"
LONGEST_REPLY = 48


class DialogueGPT:
    """A GPT and its SentencePiece vocabulary (Kudo and Richardson, 2018, arXiv:1808.06226).

    A dialogue is begin, turn, end, turn, end ...

    Attributes:
        model: Guesses the next piece.
        pieces: The vocabulary, as `sentencepiece.SentencePieceProcessor` serialises it (protobuf).
    """

    def __init__(self, model: GPT, pieces: bytes) -> None:
        import sentencepiece

        self.model, self.pieces = model, pieces
        self._processor: Any = sentencepiece.SentencePieceProcessor(model_proto=pieces)

    @property
    def parameters(self) -> int:
        """Numbers in the model."""
        return sum(p.numel() for p in self.model.parameters())

    def encode(self, turns: Sequence[str]) -> list[int]:
        """Return begin, then each turn's pieces and end."""
        out: list[int] = [self._processor.bos_id()]
        for turn in turns:
            out += [*self._processor.encode(turn), self._processor.eos_id()]
        return out

    def reply(self, turns: Sequence[str], sampling: Sampling, seed: int = 0, *, cached: bool = True) -> str:
        """Return the next turn after `turns`, at most `LONGEST_REPLY` pieces."""
        self.model.eval()
        generator = torch.Generator().manual_seed(seed)
        drawn = continued(self.model, self.encode(turns), sampling, generator, cached=cached)
        return self._text(islice(drawn, LONGEST_REPLY))

    def _text(self, drawn: Iterable[int]) -> str:
        end = self._processor.eos_id()
        text: str = self._processor.decode(list(takewhile(lambda piece: piece != end, drawn)))
        return text

    def save(self, folder: Path) -> None:
        """Write `weights.safetensors`, `settings.json` and `pieces.model`."""
        save_file(self.model.state_dict(), folder / WEIGHTS)
        (folder / SETTINGS).write_text(json.dumps(asdict(self.model.config), indent=1) + "\n", "utf-8")
        (folder / PIECES).write_bytes(self.pieces)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return what `save` wrote."""
        model = GPT(GPTConfig(**json.loads((folder / SETTINGS).read_text("utf-8"))))
        model.load_state_dict(load_file(folder / WEIGHTS))
        return cls(model.eval(), (folder / PIECES).read_bytes())

    def predict(self, file: Path, out: Path) -> Fields:
        """Field `text`: the turn after the turns of a text file, one a line."""
        del out
        turns = lines_of(file)
        return {"text": self.reply(turns, Sampling())}
