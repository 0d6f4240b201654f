"""What the Chinese model of feelings learns from: labels of two heads, where the data tell them."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.common.corpora import corpus_folder
from training.common.datasets import daily_dialog

SIDES: Mapping[str, str] = {
    "joy": "positive",
    "anger": "negative",
    "sadness": "negative",
    "fear": "negative",
    "neutral": "neutral",
}
"""The sentiment of an emotion; surprise has none."""
EWECT: Mapping[str, str] = {
    "happy": "joy",
    "angry": "anger",
    "sad": "sadness",
    "fear": "fear",
    "surprise": "surprise",
    "neutral": "neutral",
}
"""The emotions of EWECT's labels."""
_DAILY = ("neutral", "anger", None, "fear", "joy", "sadness", "surprise")
"""DailyDialog's numbers; its few texts of disgust are left out."""
POLES = ("negative", "positive")
HELD_BACK = {"ewect": 1000, "chnsenticorp": 300}
DIALOGUES = 800
"""Of 1,000 are learned from; the rest is for testing."""
SEED = 0


@dataclass(frozen=True)
class Labelled:
    """A text with the label of each head, None where nothing tells it.

    Attributes:
        text: As people wrote it.
        emotion: One of `pipelines.text.chinese.EMOTIONS`.
        sentiment: One of `SENTIMENTS` there.
        poles: Whether the data know no neutral: the sentiment is a choice between two.
    """

    text: str
    emotion: str | None = None
    sentiment: str | None = None
    poles: bool = False


@dataclass(frozen=True)
class Split:
    """Texts to learn from, those that choose epoch and temperature, and those of each test."""

    train: Sequence[Labelled]
    held_back: Sequence[Labelled]
    tests: Mapping[str, Sequence[Labelled]]


def load(data: Path) -> Split:
    """Return EWECT, ChnSentiCorp and DailyDialog, split so that no test chooses anything."""
    posts, chosen_by_posts = _apart(_ewect(data, "train"), HELD_BACK["ewect"])
    reviews, test_reviews = _reviews(data)
    learned_reviews, chosen_by_reviews = _apart(reviews, HELD_BACK["chnsenticorp"])
    talk, test_talk = _daily_dialog(data)
    return Split(
        [*posts, *learned_reviews, *talk],
        [*chosen_by_posts, *chosen_by_reviews],
        {
            "EWECT dev": _ewect(data, "dev"),
            "ChnSentiCorp, held-back fifth": test_reviews,
            "DailyDialog, 200 dialogues": test_talk,
        },
    )


def _apart(rows: Sequence[Labelled], count: int) -> tuple[list[Labelled], list[Labelled]]:
    order = list(rows)
    random.Random(SEED).shuffle(order)
    return order[count:], order[:count]


def _ewect(data: Path, split: str) -> list[Labelled]:
    """Return SMP2020-EWECT's posts (six labels, both of its subjects in "train")."""
    lines = (corpus_folder(data, "ewect") / f"{split}.jsonl").read_text("utf-8").splitlines()
    rows = (json.loads(line) for line in lines)
    return [_felt(row["text"], EWECT[row["label"]]) for row in rows if row["text"].strip()]


def _felt(text: str, emotion: str) -> Labelled:
    return Labelled(text, emotion, SIDES.get(emotion))


def _reviews(data: Path) -> tuple[list[Labelled], list[Labelled]]:
    """Return ChnSentiCorp's hotel reviews (Tan Songbo): four fifths and one."""
    path = corpus_folder(data, "chnsenticorp") / "train.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [Labelled(row["review"], None, POLES[int(row["label"])], True) for row in csv.DictReader(file)]
    return _apart(rows, len(rows) // 5)


def _daily_dialog(data: Path) -> tuple[list[Labelled], list[Labelled]]:
    """Return what is said in 800 and in 200 everyday dialogues."""
    talks = daily_dialog(data, "zh")
    return _said(talks[:DIALOGUES]), _said(talks[DIALOGUES:])


def _said(talks: Iterable[Sequence[tuple[str, int]]]) -> list[Labelled]:
    felt = ((text, _DAILY[number]) for talk in talks for text, number in talk)
    return [_felt(text, emotion) for text, emotion in felt if emotion is not None]
