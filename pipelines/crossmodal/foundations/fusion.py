"""Emotion from words and the sound of a voice: each alone, and three ways to put them together.

Sources: Baltrusaitis et al., 2019, arXiv:1705.09406 (early and late fusion); Wolpert, 1992, "Stacked
generalization" (a classifier on the classifiers' answers). The weights of the late one are Trio's own: a
source's reliability times its certainty.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from pipelines.core.errors import EmptyInputError
from pipelines.core.foundation import Fields
from pipelines.core.linear import LinearHead
from pipelines.core.types import Stage
from pipelines.speech.decode import decode_audio
from pipelines.speech.emotion import ENCODER, voice_features

LABELS = ("anger", "fear", "joy", "sadness", "surprise")
"""What the six emotions of words and the eight of voices have in common."""
Way = Literal["text", "voice", "late", "early", "stacked"]
_Rows = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Heads:
    """The linear classifiers: of words, of the voice, of both features, of both answers."""

    words: LinearHead
    sound: LinearHead
    early: LinearHead
    stacked: LinearHead

    def save(self, folder: Path) -> None:
        """Write one npz file a head."""
        for name, head in vars(self).items():
            head.write(folder / f"{name}.npz")

    @classmethod
    def load(cls, folder: Path) -> Heads:
        """Read the files that `save` wrote. Raises ModelError."""
        return cls(
            *(LinearHead.read(folder / f"{name}.npz") for name in ("words", "sound", "early", "stacked"))
        )


class EmotionFusion:
    """Five emotions of what somebody says and how.

    Attributes:
        way: How it answers: one modality alone, or a way to fuse both.
        heads: The trained classifiers.
        reliability: Accuracy of words and of sound on held-back training data; weights of the late fusion.
    """

    way: ClassVar[Way]

    def __init__(self, heads: Heads, reliability: tuple[float, float]) -> None:
        self.heads, self.reliability = heads, reliability

    @property
    def parameters(self) -> int:
        """Weights of the heads that take part."""
        heads = self.heads
        used = {
            "text": [heads.words],
            "voice": [heads.sound],
            "late": [heads.words, heads.sound],
            "early": [heads.early],
            "stacked": [heads.words, heads.sound, heads.stacked],
        }
        return sum(head.weights.size + head.bias.size for head in used[self.way])

    def probabilities(self, words: _Rows, sound: _Rows) -> _Rows:
        """Return probabilities of `LABELS`, float32 (n, 5).

        Args:
            words: MiniLM's embeddings, (n, 384).
            sound: `pipelines.speech.emotion.voice_features`, (n, width).
        """
        heads = self.heads
        if self.way == "text":
            return heads.words.probabilities(words)
        if self.way == "voice":
            return heads.sound.probabilities(sound)
        if self.way == "early":
            return heads.early.probabilities(np.concatenate([words, sound], axis=1))
        answers = heads.words.probabilities(words), heads.sound.probabilities(sound)
        if self.way == "late":
            return late(*answers, self.reliability)
        return heads.stacked.probabilities(stack(*answers))

    def save(self, folder: Path) -> None:
        """Write the heads and the reliability."""
        self.heads.save(folder)
        np.savez(folder / "reliability.npz", reliability=np.array(self.reliability, np.float32))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return the saved one. Raises ModelError."""
        with np.load(folder / "reliability.npz", allow_pickle=False) as file:
            words, sound = (float(value) for value in file["reliability"])
        return cls(Heads.load(folder), (words, sound))

    def predict(self, file: Path, out: Path) -> Fields:
        """Fields `words` (what was heard), `label`, `confidence`, `scores` of a recording.

        Raises:
            InputError: if the file is no sound, or nobody speaks in it.
        """
        from pipelines.backends import default_registry

        del out
        registry, audio = default_registry(), decode_audio(file)
        heard = registry.get(Stage.TRANSCRIBE, ENCODER).transcribe(audio)
        if not heard.text:
            raise EmptyInputError("No words were heard in the recording", given=f"{audio.seconds:.1f} s")
        words = registry.get(Stage.EMBED).embed([heard.text])
        row = self.probabilities(words, voice_features(heard.encoding)[None])[0]
        scores = {label: round(float(p), 6) for label, p in zip(LABELS, row, strict=True)}
        best = max(scores, key=scores.__getitem__)
        return {"words": heard.text, "label": best, "confidence": scores[best], "scores": scores}


class WordsAlone(EmotionFusion):
    """The words' head alone."""

    way = "text"


class VoiceAlone(EmotionFusion):
    """The voice's head alone."""

    way = "voice"


class LateFusion(EmotionFusion):
    """The weighted mean of both answers."""

    way = "late"


class EarlyFusion(EmotionFusion):
    """One classifier of the features side by side."""

    way = "early"


class LearnedFusion(EmotionFusion):
    """A classifier that learned from both answers how far to trust each."""

    way = "stacked"


def late(words: _Rows, sound: _Rows, reliability: tuple[float, float]) -> _Rows:
    """Return the mean of two answers, float32 (n, 5), each weighted by reliability times certainty.

    Certainty is one minus the normalised entropy, so that a source that does not know counts little.
    """
    weights = np.stack([trust * certainty(p) for trust, p in zip(reliability, (words, sound), strict=True)])
    weights = np.maximum(weights, 1e-3) / np.maximum(weights, 1e-3).sum(axis=0)
    return np.asarray(weights[0][:, None] * words + weights[1][:, None] * sound, dtype=np.float32)


def certainty(probabilities: _Rows) -> NDArray[np.float32]:
    """Return one minus the normalised entropy of each row, float32 (n,)."""
    logarithms = np.log(np.clip(probabilities, 1e-9, 1.0))
    return 1.0 + (probabilities * logarithms).sum(axis=1) / np.float32(np.log(probabilities.shape[1]))


def stack(words: _Rows, sound: _Rows) -> _Rows:
    """Return what the learned fusion reads: the logarithms of both answers, float32 (n, 10)."""
    return np.log(np.clip(np.concatenate([words, sound], axis=1), 1e-4, 1.0)).astype(np.float32)
