"""Questions on pictures in freer words than the training's: 40 that the caption answers, 20 that it does not.

Written by hand, before any reply to them was seen, on human captions of Flickr8k's dev photos. The table
names photo and caption by number, so that the corpus stays where it is.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.image.words import tokenize
from pipelines.text.turns import turn_text
from training.caption.data import flickr8k
from training.dialogue.data import Chat, as_captioned, chat
from training.dialogue.measure import is_declined, is_grounded, is_looping

TABLE = Path(__file__).with_name("free_questions.tsv")


@dataclass(frozen=True)
class FreeQuestion:
    """A question on a picture. `answers`: a right reply has one of these words; none: nobody can know."""

    caption: str
    question: str
    answers: frozenset[str]

    def is_right(self, reply: str) -> bool:
        """Whether a reply has a right word and does not decline; repeating such a caption counts."""
        return bool(self.answers & set(tokenize(reply))) and not is_declined(reply)


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


def chats_of(questions: Sequence[FreeQuestion]) -> list[Chat]:
    """Return the questions as the app asks them."""
    return [
        chat(
            [turn_text(asked.question, [asked.caption], [""])],
            "",
            "picture" if asked.answers else "unanswerable",
            asked.caption,
        )
        for asked in questions
    ]


def measure_free(questions: Sequence[FreeQuestion], replies: Sequence[str]) -> dict[str, Any]:
    """Return the shares of right and declined replies."""
    both = list(zip(questions, chats_of(questions), replies, strict=True))
    known = [(asked, on, reply) for asked, on, reply in both if asked.answers]
    unknown = [reply for asked, _, reply in both if not asked.answers]
    return {
        "prompts": len(both),
        "answered_right": round(sum(asked.is_right(reply) for asked, _, reply in known) / len(known), 4),
        "pictures_grounded": round(sum(is_grounded(on, reply) for _, on, reply in known) / len(known), 4),
        "answerable_declined": round(sum(is_declined(reply) for *_, reply in known) / len(known), 4),
        "unanswerable_declined": round(sum(map(is_declined, unknown)) / len(unknown), 4),
        "looping": sum(map(is_looping, replies)),
    }
