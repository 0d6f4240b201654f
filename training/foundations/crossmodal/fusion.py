"""Recipe of the emotion fusion: RAVDESS voices with tweets of the same emotion."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.backends import default_registry
from pipelines.core.assets import MODELS
from pipelines.crossmodal.foundations.fusion import (
    LABELS,
    EarlyFusion,
    EmotionFusion,
    Heads,
    LateFusion,
    LearnedFusion,
    VoiceAlone,
    WordsAlone,
    stack,
)
from training.common.linear_heads import discriminant, fit_head, logistic
from training.common.metrics import classifier_metrics
from training.foundations.crossmodal.emotion_pairs import Side, pair_up, tweets, voices
from training.foundations.recipe import Metrics, Run

WAYS: dict[str, type[EmotionFusion]] = {
    "fusion-text": WordsAlone,
    "fusion-voice": VoiceAlone,
    "fusion-late": LateFusion,
    "fusion-early": EarlyFusion,
    "fusion": LearnedFusion,
}
HELD_BACK_SPEAKERS = 4
"""Training actors whose clips only teach how far to trust each side."""
TWEETS_A_CLIP = 3
"""That a training clip is paired with; a measured one has one."""
WORDS = (logistic(0.01), logistic(0.1))
SOUND = (discriminant(0.4), discriminant(0.6))
_Rows = NDArray[np.float32]


class FusionRecipe:
    """A way of fusing by name."""

    def __init__(self, name: str) -> None:
        self.kind = WAYS[name]

    def train(self, run: Run) -> EmotionFusion:
        """Fit both sides, then on data that they did not see, what fuses them."""
        words = tweets(run, default_registry(), held_out=False)
        sound = voices(run, held_out=False)
        (words, spare_words), (sound, spare_sound) = _split_words(words), _split_speakers(sound)
        of_words, _ = fit_head(words.features, words.labels, WORDS)
        of_sound, _ = fit_head(sound.features, sound.labels, SOUND, sound.groups)
        seen, heard, labels, speakers = pair_up(words, sound, run.seed, TWEETS_A_CLIP)
        early, _ = fit_head(np.concatenate([seen, heard], axis=1), labels, SOUND, speakers)
        first, second, spare, speakers = pair_up(spare_words, spare_sound, run.seed + 1, TWEETS_A_CLIP)
        answers = of_words.probabilities(first), of_sound.probabilities(second)
        stacked, _ = fit_head(stack(*answers), spare, (logistic(0.1), logistic(1.0)), speakers)
        trust = tuple(float((np.array(LABELS)[p.argmax(axis=1)] == spare).mean()) for p in answers)
        return self.kind(Heads(of_words, of_sound, early, stacked), (trust[0], trust[1]))

    def evaluate(self, model: EmotionFusion, run: Run) -> Metrics:
        """Report on actors and tweets that were in no training data; writes `shipped.md`."""
        words = tweets(run, default_registry(), held_out=True)
        first, second, labels, _ = pair_up(words, voices(run, held_out=True), run.seed)
        (run.folder / "shipped.md").write_text("\n".join(shipped()) + "\n", encoding="utf-8")

        def judge(rows: Sequence[int]) -> _Rows:
            return model.probabilities(first[list(rows)], second[list(rows)])

        return classifier_metrics(judge, range(len(labels)), labels, LABELS)


def _split_words(side: Side) -> tuple[Side, Side]:
    """Return three quarters of the tweets for the heads, and the rest."""
    spare = np.arange(len(side.labels)) % 4 == 0
    return _only(side, ~spare), _only(side, spare)


def _split_speakers(side: Side) -> tuple[Side, Side]:
    """Return the clips of most actors, and of the last few (of one, where there are few)."""
    actors = np.unique(side.groups)
    spare = np.isin(side.groups, actors[-min(HELD_BACK_SPEAKERS, len(actors) // 2) :])
    return _only(side, ~spare), _only(side, spare)


def _only(side: Side, rows: NDArray[np.bool_]) -> Side:
    return Side(side.features[rows], side.labels[rows], side.groups[rows])


def shipped(assets: Path = MODELS) -> list[str]:
    """Return a Markdown table of the app's own text, voice and caption models, read from their cards."""
    lines = ["| model | measured on | accuracy | macro recall | macro F1 |", "|---|---|---|---|---|"]
    for folder in ("feelings", "chinese-feelings", "speech-emotion"):
        for name, row in _results(assets, folder).items():
            if isinstance(row, dict) and "accuracy" in row and not name.startswith("earlier"):
                cells = " | ".join(
                    f"{100 * row[key]:.1f} %" for key in ("accuracy", "macro_recall", "macro_f1")
                )
                lines.append(f"| {folder} | {name}, {row['count']} | {cells} |")
    seen = _results(assets, "captioner")
    measured = f"BLEU-4 {seen['bleu_4']}, CIDEr {seen['cider']}"
    return [*lines, f"| captioner | Flickr8k dev, {seen['photos']} photos | {measured} | | |"]


def _results(assets: Path, folder: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((assets / folder / "results.json").read_text("utf-8"))
    return found
