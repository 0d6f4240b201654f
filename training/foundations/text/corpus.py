"""Sentences for the word vectors: the train splits of every English text set that there is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipelines.text.foundations.words import words_of
from training.caption.flickr8k import flickr8k
from training.common.datasets import dialogues, six_emotions, sst2
from training.feelings.tasks import go_emotions

SMALL = 3000


def joined_corpus(data: Path, *, small: bool = False) -> list[list[str]]:
    """Return sentences as words: SST-2, six emotions, GoEmotions, DailyDialog, Flickr8k; no held-out split.

    Punctuation and digits are left out.
    """
    found = [[word for word in words_of(text) if word[-1].isalpha()] for text in _texts(data)]
    found = [words for words in found if len(words) > 1]
    return found[:: max(1, len(found) // SMALL)] if small else found


def _texts(data: Path) -> Iterator[str]:
    for row in (*sst2(data, "train"), *six_emotions(data, "train")):
        yield row.text
    yield from go_emotions(data, "train").texts
    for turns in dialogues(data, held_back=False):
        yield from (text for text, _ in turns)
    for photo in flickr8k(data, "train"):
        yield from photo.captions
