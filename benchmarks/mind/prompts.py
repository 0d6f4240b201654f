"""The prompts of every part, built as the app builds them, each with what judges its reply."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.mind import manners, pictures, rules, words
from chatbot.generators.protocol import Message
from pipelines.backends import default_registry
from pipelines.core.errors import InputError
from pipelines.core.registry import Registry
from pipelines.core.types import Stage
from pipelines.text.turns import SeenPicture, system_text, turn_text

HERE = Path(__file__).parent
PARTS = ("questions", "gsm8k", "pictures", "feelings", "who", "danger", "grief")
MANNERS = ("feelings", "who", "danger")
TODAY = datetime.date(2025, 9, 17)
MAX_TOKENS, GSM8K_TOKENS = 300, 400
GSM8K_ROWS = 200
THINK = "Think step by step, then end with 'Answer: N'."
Judge = Callable[[str], list[str]]
_Row = TypeVar("_Row")


@dataclass(frozen=True)
class Prompt:
    """One prompt. `judge` returns the rules that a reply breaks; none: it is right."""

    key: str
    part: str
    kind: str
    language: str
    messages: tuple[Message, ...]
    judge: Judge
    max_tokens: int = MAX_TOKENS


def rows_of(part: str) -> list[dict[str, Any]]:
    """Return the rows of a part that is written as JSON lines."""
    text = (HERE / f"{part}.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines() if line]


def prompts_of(part: str, model: str, data: Path, limit: int | None = None) -> list[Prompt]:
    """Return the prompts of a part.

    Args:
        part: One of `PARTS`.
        model: Name of the model, as the system text tells it.
        data: Where gsm8k and flickr8k are.
        limit: So many, spread evenly over the part.
    """
    if part == "gsm8k":
        return [_gsm8k(at, row, model) for at, row in spread(gsm8k_rows(data), limit)]
    if part == "pictures":
        return [_picture(asked, model) for _, asked in spread(pictures.picture_questions(data), limit)]
    return [_from_row(part, row, model) for _, row in spread(rows_of(part), limit)]


def spread(rows: Sequence[_Row], limit: int | None) -> list[tuple[int, _Row]]:
    """Return so many of the rows, evenly from first to last, each with its place."""
    count = len(rows) if limit is None else min(limit, len(rows))
    return [(at, rows[at]) for at in (number * len(rows) // count for number in range(count))]


def gsm8k_rows(data: Path) -> list[dict[str, str]]:
    """Return the first questions of the test split."""
    lines = (data / "gsm8k" / "test.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines[:GSM8K_ROWS]]


def messages_of(row: Mapping[str, Any], model: str) -> tuple[Message, ...]:
    """Return a row's conversation: what is fixed, the turns before, the turn."""
    today = datetime.date.fromisoformat(row["today"]) if "today" in row else TODAY
    messages: list[Message] = [{"role": "system", "content": system_text(model, today)}]
    for said, reply in row.get("past", ()):
        messages.append({"role": "user", "content": told(said)})
        messages.append({"role": "assistant", "content": reply})
    asked = told(
        row["ask"], spoken=row.get("spoken", False), feeling=row.get("feeling"), voice=row.get("voice")
    )
    return (*messages, {"role": "user", "content": asked})


def told(text: str, seen: Sequence[SeenPicture] = (), **noticed: Any) -> str:
    """Return a message as the app tells it, with the danger that its words speak of."""
    return turn_text(text, seen, danger=danger_in(text), **noticed)


def danger_in(text: str) -> str | None:
    """Return the label that the app finds for words, "none" among them; None where it cannot judge."""
    try:
        return str(_registry().get(Stage.DANGER).classify(text).label)
    except InputError:
        return None


@cache
def _registry() -> Registry:
    return default_registry()


def gsm8k_broken(reply: str, wanted: float) -> list[str]:
    """Return "number" where the number after the last "Answer:", else the last of all, is not the wanted one."""
    tail = re.split(r"answer:", words.plain(reply), flags=re.IGNORECASE)
    found = words.numbers(tail[-1])[:1] if len(tail) > 1 else []
    found = found or words.numbers(reply)[-1:]
    return [] if found and abs(found[0] - wanted) < rules.TOLERANCE else ["number"]


def _from_row(part: str, row: Mapping[str, Any], model: str) -> Prompt:
    return Prompt(
        row["id"], part, row["kind"], row["language"], messages_of(row, model), _judge(part, row, model)
    )


def _judge(part: str, row: Mapping[str, Any], model: str) -> Judge:
    if part == "questions":
        return partial(_question, row)
    if part == "who":
        return partial(_who, row, model)
    judge = {"feelings": manners.feeling, "danger": manners.danger, "grief": manners.grief}[part]
    return partial(judge, row)


def _question(row: Mapping[str, Any], reply: str) -> list[str]:
    return rules.broken(row["check"], reply, row["language"], row["ask"])


def _who(row: Mapping[str, Any], model: str, reply: str) -> list[str]:
    return manners.who(row, reply, model)


def _gsm8k(at: int, row: Mapping[str, str], model: str) -> Prompt:
    wanted = float(row["answer"].split("####")[1].replace(",", ""))
    messages = messages_of({"ask": f"{row['question']}\n{THINK}"}, model)
    judge = partial(gsm8k_broken, wanted=wanted)
    return Prompt(f"gsm8k-{at:03}", "gsm8k", "gsm8k", "en", messages, judge, GSM8K_TOKENS)


def _picture(asked: pictures.PictureQuestion, model: str) -> Prompt:
    before = messages_of({"ask": ""}, model)[:-1]
    turn: Message = {"role": "user", "content": told(asked.question, [asked.seen])}
    kind = "answerable" if asked.answers else "unanswerable"
    return Prompt(
        asked.key, "pictures", kind, asked.language, (*before, turn), partial(pictures.broken, asked)
    )
