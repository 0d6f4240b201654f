"""Questions on pictures in free words: 40 that the caption answers, 20 that it does not.

Written by hand, before any reply to them was seen, on human captions of Flickr8k's dev photos. The table
names photo and caption by number, so that the corpus stays where it is.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.image.words import SPECIAL, Vocabulary, tokenize
from pipelines.text.turns import SeenPicture, turn_text
from training.caption.flickr8k import flickr8k

TABLE = Path(__file__).with_name("free_questions.tsv")
_DECLINED = re.compile(
    r"\b(cannot|can't|can not|don't know|do not know|not sure|not clear|unable|don't see|do not see|unclear|"
    r"does not (show|say)|doesn't (show|say)|no way to (know|tell))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class FreeQuestion:
    """A question on a picture. `answers`: a right reply has one of these words; none: nobody can know."""

    caption: str
    question: str
    answers: frozenset[str]

    def is_right(self, reply: str) -> bool:
        """Whether a reply has a right word and does not decline; repeating such a caption counts."""
        return bool(self.answers & set(tokenize(reply))) and not is_declined(reply)

    def is_grounded(self, reply: str) -> bool:
        """Whether a reply uses a content word of the caption."""
        return bool(content_words(self.caption) & content_words(reply))

    def message(self) -> str:
        """Return the question as the app asks it."""
        return turn_text(self.question, [SeenPicture(self.caption)])


def free_questions(data: Path, table: Path = TABLE) -> list[FreeQuestion]:
    """Return the questions in the table's order. Raises InputError where Flickr8k is not under `data`."""
    captions = {photo.path.name: photo.captions for photo in flickr8k(data, "dev")}
    return [
        FreeQuestion(
            as_captioned(captions[row["photo"]][int(row["caption"])]),
            row["question"],
            frozenset(filter(None, row["answers"].split(","))),
        )
        for row in read_table(table)
    ]


def read_table(table: Path = TABLE) -> list[dict[str, str]]:
    """Return the rows: photo, caption (its number, from 0), question, answers."""
    with table.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def as_captioned(caption: str) -> str:
    """Return a human caption in the captioner's style."""
    words = tokenize(caption)
    return Vocabulary((*SPECIAL, *words)).sentence(list(range(len(SPECIAL), len(SPECIAL) + len(words))))


def content_words(text: str) -> set[str]:
    """Return the words of a text that carry meaning."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return {word for word in tokenize(text) if word not in ENGLISH_STOP_WORDS and len(word) > 2}


def is_declined(reply: str) -> bool:
    """Whether a reply says that something cannot be known or seen."""
    return bool(_DECLINED.search(reply))


def is_looping(reply: str) -> bool:
    """Whether the same four words come at least three times, or a sentence at least three times."""
    words = tokenize(reply)
    grams = Counter(zip(*(words[n:] for n in range(4)), strict=False))
    sentences = Counter(part.strip().lower() for part in re.split(r"[.!?]", reply) if part.strip())
    return any(n >= 3 for n in grams.values()) or any(n >= 3 for n in sentences.values())


def measure_free(questions: Sequence[FreeQuestion], replies: Sequence[str]) -> dict[str, Any]:
    """Return the shares of right and declined replies."""
    both = list(zip(questions, replies, strict=True))
    known = [(asked, reply) for asked, reply in both if asked.answers]
    unknown = [reply for asked, reply in both if not asked.answers]
    return {
        "prompts": len(both),
        "answered_right": round(sum(asked.is_right(reply) for asked, reply in known) / len(known), 4),
        "pictures_grounded": round(sum(asked.is_grounded(reply) for asked, reply in known) / len(known), 4),
        "answerable_declined": round(sum(is_declined(reply) for _, reply in known) / len(known), 4),
        "unanswerable_declined": round(sum(map(is_declined, unknown)) / len(unknown), 4),
        "looping": sum(map(is_looping, replies)),
    }
