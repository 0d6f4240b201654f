"""Questions on pictures, in English (benchmarks/free_questions.tsv) and Chinese (pictures_zh.tsv).

A question that the caption answers is right with one of the row's words in a sentence that does not decline;
it is wrongly declined where the reply declines and is not right. One that it does not answer is right where the
reply says, anywhere, that this cannot be seen or known; a bare refusal ("I can't assist with that") does not say so, but
is a wrong decline where the caption answers. A reply that recites the brackets of its prompt is not right.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from benchmarks.mind import words
from benchmarks.mind.manners import is_refused
from pipelines.text.turns import SeenPicture

HERE = Path(__file__).parent
TABLES = {"en": HERE.parent / "free_questions.tsv", "zh": HERE / "pictures_zh.tsv"}
CAPTIONS = Path("flickr8k") / "captions_dev.tsv"
_DECLINES = re.compile(
    r"\b(can't|cannot|can not|couldn't|could not|unable to|not able to) (\w+ )?(\w+ )?(see|tell|say|know|determine|make out|"
    r"identify|confirm|be sure|be certain|answer|provide|find)\b|\b(i|we) (do not|don't) (\w+ )?(know|see|have)\b|"
    r"\b(not|isn't|n't) (\w+ )?(sure|certain|clear|possible|visible|known|specified|mentioned|shown|told|stated|given|indicated)\b|"
    r"\b(unclear|unknown|impossible|no way (to|of)|hard to (say|tell)|no (information|mention|indication|details?|hint|sign|clue))\b|"
    r"\b(doesn't|does not|do not|don't) (\w+ )?(show|say|tell|mention|specify|provide|indicate|reveal|give|state|include)\b|"
    r"(看|说|认|分辨|判断|辨认)(不出|不清|不到|不准)|不(太)?(知道|清楚|确定|明确|晓得)|无法|没法|没办法|不能(确定|判断|看|知道|从)|不得而知|"
    r"没有(提到|提及|显示|说|写|告诉|标明|注明|提供|相关|任何|信息|给出|说明|办法|描述)|未(提及|提到|显示|知|说明|提供)|难以|不好说|没(说|提|写|显示|告诉)|"
    r"看不|不能",
    re.IGNORECASE,
)
_ARTICLES = frozenset({"A", "An", "The", "Two", "Three", "Some", "Several"})
_RECITES = re.compile(r"\byou see (a picture|picture \d)\b|\bno text in it\b|\[they sent", re.IGNORECASE)


@dataclass(frozen=True)
class PictureQuestion:
    """A question on a captioned photo. `answers`: a right reply has one of them; none: nobody can know.

    `photo`: the file's name.
    """

    key: str
    language: str
    caption: str
    question: str
    answers: tuple[str, ...]
    photo: str = ""

    @property
    def seen(self) -> SeenPicture:
        """Return the picture as the prompt tells it."""
        return SeenPicture(self.caption)


def picture_questions(data: Path) -> list[PictureQuestion]:
    """Return both tables' questions. Raises FileNotFoundError where Flickr8k is not under `data`."""
    captions: dict[str, list[str]] = {}
    with (data / CAPTIONS).open(encoding="utf-8") as file:
        for line in file:
            photo, _, caption = line.rstrip("\n").partition("\t")
            captions.setdefault(photo, []).append(caption)
    return [
        PictureQuestion(
            f"{language}-picture-{at:02}",
            language,
            sentence(captions[row["photo"]][int(row["caption"])]),
            row["question"],
            tuple(filter(None, (row["answers"] or "").split(","))),
            row["photo"],
        )
        for language, table in TABLES.items()
        for at, row in enumerate(read_table(table), start=1)
    ]


def read_table(table: Path) -> list[dict[str, str]]:
    """Return the rows: photo, caption (its number, from 0), question, answers."""
    with table.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def sentence(caption: str) -> str:
    """Return a tokenised caption as the app's prompt tells it: no full stop, no capital letter of an article."""
    text = re.sub(r"\s+([,.!?;:'])", r"\1", " ".join(caption.split())).rstrip(" .")
    first, _, rest = (text[:1].upper() + text[1:]).partition(" ")
    return f"{first.lower() if first in _ARTICLES else first} {rest}".strip()


def is_declined(reply: str) -> bool:
    """Whether a reply says, in English or Chinese, that something cannot be seen or known."""
    return bool(_DECLINES.search(words.plain(reply)))


def is_right(asked: PictureQuestion, reply: str) -> bool:
    """Whether a reply to a question that the caption answers has a right word and does not decline with it."""
    return any(_answers(asked, part) and not is_declined(part) for part in words.sentences(reply))


def broken(asked: PictureQuestion, reply: str) -> list[str]:
    """Return the rules that a reply breaks: "language", "recites its notes"; "wrong", "declined" or "not declined"."""
    found = [] if words.is_in(asked.language, reply) else ["language"]
    if _RECITES.search(reply):
        found.append("recites its notes")
    if not asked.answers:
        return found + ([] if is_declined(reply) else ["not declined"])
    if is_right(asked, reply):
        return found
    return [*found, "declined" if is_declined(reply) or is_refused(reply) else "wrong"]


def _answers(asked: PictureQuestion, text: str) -> bool:
    plain = words.plain(text).lower()
    if asked.language == "zh":
        return any(answer in plain for answer in asked.answers)
    return bool(set(asked.answers) & set(re.findall(r"[a-z0-9]+", plain)))
