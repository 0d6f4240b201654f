"""Voices and tweets of the same emotion, put together: there is no corpus of both here.

The pairing is artificial. Within one emotion the words and the voice know nothing of each other, which is
kinder to fusion than real talk, where both come from one person and may be wrong together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.core.registry import Registry
from pipelines.core.types import Stage
from pipelines.crossmodal.foundations.fusion import LABELS
from training.common.datasets import LabelledText, SpeechClip, ravdess, six_emotions
from training.foundations.recipe import Run
from training.speech_emotion.features import clip_features

OF_VOICE: Mapping[str, str] = {
    "happy": "joy",
    "sad": "sadness",
    "angry": "anger",
    "fearful": "fear",
    "surprised": "surprise",
}
TRAINED_ON = tuple(f"{number:02}" for number in range(1, 9))
HELD_OUT = ("17", "18", "19", "20")
"""RAVDESS actors that train, and those that only measure."""
TEXTS = {"train": 400, "val": 80}
"""Most tweets of an emotion."""
SMALL_ACTORS, SMALL_TEXTS = ("01", "02", "17"), 40
_Rows = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Side:
    """One modality: `features` (n, width), `labels` (n,), `groups` (n,): who spoke, or "" for tweets."""

    features: _Rows
    labels: NDArray[np.str_]
    groups: NDArray[np.str_]


def voices(run: Run, *, held_out: bool) -> Side:
    """Return RAVDESS clips of the five emotions that both corpora have, of other actors than the rest.

    Raises:
        InputError: if RAVDESS is not there.
    """
    clips = [clip for clip in ravdess(run.data) if _wanted(clip, run, held_out)]
    rows = clip_features(clips, run.folder.parent / "voice-features")
    heard = ~np.isnan(rows).any(axis=1)
    labels = np.array([OF_VOICE[clip.label] for clip in clips])
    speakers = np.array([clip.speaker for clip in clips])
    return Side(rows[heard], labels[heard], speakers[heard])


def held_out_clip(data: Path) -> SpeechClip:
    """Return the first recording of an actor who only measures, in one of the five emotions.

    Raises:
        InputError: if RAVDESS is not there.
    """
    return next(clip for clip in ravdess(data) if clip.speaker[-2:] in HELD_OUT and clip.label in OF_VOICE)


def _wanted(clip: SpeechClip, run: Run, held_out: bool) -> bool:
    actor = clip.speaker[-2:]
    here = actor in (HELD_OUT if held_out else TRAINED_ON) and (not run.small or actor in SMALL_ACTORS)
    return here and clip.label in OF_VOICE


def tweets(run: Run, registry: Registry, *, held_out: bool) -> Side:
    """Return embeddings of tweets of the five emotions, as many of each where there are enough.

    Raises:
        InputError: if the tweets are not there.
    """
    split = "val" if held_out else "train"
    most = SMALL_TEXTS if run.small else TEXTS[split]
    rows: list[LabelledText] = []
    every = six_emotions(run.data, split)
    for label in LABELS:
        rows += [row for row in every if row.label == label][:most]
    features = registry.get(Stage.EMBED).embed([row.text for row in rows])
    labels = np.array([row.label for row in rows])
    return Side(features, labels, np.array([""] * len(rows)))


def pair_up(
    words: Side, sound: Side, seed: int, each: int = 1
) -> tuple[_Rows, _Rows, NDArray[np.str_], NDArray[np.str_]]:
    """Return rows of words, of sound, their label and the speaker: each clip with `each` tweets like it."""
    random = np.random.default_rng(seed)
    first, second = [], []
    for at, label in enumerate(sound.labels):
        fitting = np.flatnonzero(words.labels == label)
        first += list(random.choice(fitting, size=each, replace=len(fitting) < each))
        second += [at] * each
    return words.features[first], sound.features[second], sound.labels[second], sound.groups[second]
