"""A reply that was cut at its longest length, and what goes on with it."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import replace

from chatbot.turn.events import Reply, Timings
from pipelines.text.stops import in_code

HELD = 80
"""Characters of a continuation that are looked at before any is shown."""
LEAST_REPEATED = 8
_FENCE = "```\n"
_LAST_WORD = re.compile(r"[A-Za-z]{3,}$")
_FIRST_WORD = re.compile(r"[A-Za-z]+")


def was_cut(reply: Reply | None) -> bool:
    """Whether a reply ended because it had become as long as it may be, or because it repeated itself."""
    return reply is not None and reply.finish is not None and reply.finish.reason == "length"


def is_repeating(reply: Reply | None) -> bool:
    """Whether a reply was ended because it repeated itself."""
    return reply is not None and reply.finish is not None and reply.finish.repeating


def code_before(begun: str) -> str:
    """Return what opens a block of code where `begun` ends inside one, else "": code is not spoken."""
    return _FENCE if begun and in_code(begun, len(begun)) else ""


def joined(before: Reply, after: Reply) -> Reply:
    """Return the record of a reply and what went on with it, as one reply; `after.text` is the whole text.

    What was understood is that of `before`. Seconds are added up, as if nothing had lain between them.
    """
    finish = after.finish or before.finish
    if finish is not None and before.finish is not None and after.finish is not None:
        finish = replace(finish, reply_tokens=before.finish.reply_tokens + after.finish.reply_tokens)
    text = after.text if len(after.text) >= len(before.text) else before.text
    return Reply(
        text,
        before.context or after.context,
        _joined_timings(before.timings, after.timings),
        {**before.models, **after.models},
        after.voice_note or before.voice_note,
        stopped=after.stopped,
        finish=finish,
    )


def _joined_timings(before: Timings, after: Timings) -> Timings:
    stages = dict(before.stages)
    for name, seconds in after.stages.items():
        stages[name] = stages.get(name, 0.0) + seconds
    later = {name: before.total + start for name, start in after.starts.items()}
    return Timings(
        stages,
        before.first_text,
        before.first_audio if before.first_audio is not None else _later(after.first_audio, before.total),
        _later(after.text_done, before.total),
        before.total + after.total,
        {**later, **before.starts},
    )


def _later(seconds: float | None, by: float) -> float | None:
    return None if seconds is None else by + seconds


def after_seam(begun: str, pieces: Iterator[str]) -> Generator[str, None, None]:
    """Yield what a model wrote that cannot go on to the letter, so that it fits to `begun`.

    Such a model was only asked to go on: it may say the last words again, and begins without a space.
    """
    held = ""
    for piece in pieces:
        held += piece
        if len(held) >= HELD:
            break
    if fitted := _fitted(begun, held):
        yield fitted
    yield from pieces


def _fitted(begun: str, text: str) -> str:
    """Return a continuation without what it repeats of `begun`, and with the space that it lacks."""
    fresh = text.lstrip()
    for length in range(min(len(begun), len(fresh)), LEAST_REPEATED - 1, -1):
        if begun.endswith(fresh[:length]):
            return fresh[length:]
    cut, word = _LAST_WORD.search(begun), _FIRST_WORD.match(text)
    if cut is None or word is None:
        return f" {text}" if _needs_space(begun, text) else text
    if word[0] != cut[0] and word[0].startswith(cut[0]):
        return text[len(cut[0]) :]
    return f" {text}"


def _needs_space(begun: str, text: str) -> bool:
    """Whether two ends must be parted: a word or a stop, then a word, of a script with spaces."""
    first, last = text[:1], begun[-1:]
    return (
        first.isascii()
        and first.isalnum()
        and last.isascii()
        and not last.isspace()
        and last not in "([{\"'`/-"
    )
