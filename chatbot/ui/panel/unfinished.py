"""The line of stages that are done and still running, shown until the reply is complete."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chatbot.turn.understanding import PICTURE_STAGES, is_notable
from chatbot.ui.markup import escape, icon
from chatbot.ui.words import Words
from pipelines.core.types import Evidence, Stage, Turn


def expected(turn: Turn) -> list[tuple[Stage, str]]:
    """Return the (stage, source) pairs that a turn will bring first, for the live line."""
    pairs: list[tuple[Stage, str]] = []
    if turn.text and turn.text.strip():
        pairs += [(Stage.SENTIMENT, "text"), (Stage.TEXT_EMOTION, "text")]
    if turn.audio is not None:
        pairs += [(Stage.TRANSCRIBE, "voice"), (Stage.SPEECH_EMOTION, "voice")]
    for number in range(1, len(turn.images) + 1):
        pairs += [(stage, f"picture {number}") for stage in PICTURE_STAGES]
    return pairs


def live(
    evidence: Sequence[Evidence],
    waiting: Iterable[tuple[Stage, str]],
    words: Words,
    *,
    thinking: bool,
    writing: bool = False,
    clock: str = "",
) -> str:
    """Return the line.

    Args:
        evidence: What is understood.
        waiting: What is still to be understood.
        words: What the page says.
        thinking: Everything is understood, and the reply is awaited.
        writing: The reply is being written.
        clock: Name of the turn, by which the page's script counts the seconds of what goes on.
    """
    done = {(item.kind, item.source) for item in evidence}
    chips = [_done_chip(item, words) for item in evidence if is_notable(item)]
    if writing:
        chips.append(_chip(words.panel.writing))
    elif thinking:
        chips.append(_clocked(words.panel.thinking, clock, words))
    else:
        left = [words.doing(kind, source) for kind, source in waiting if (kind, source) not in done]
        chips += [_clocked(label, clock, words) for label in left]
    return f'<div class="trio-live" role="status" aria-live="polite">{"".join(chips)}</div>'


def _chip(label: str) -> str:
    return f'<span class="trio-chip trio-pending"><span class="trio-dot"></span>{escape(label)}</span>'


def _clocked(label: str, clock: str, words: Words) -> str:
    """Return a chip after which the page's script shows for how long it has been there."""
    if not clock:
        return _chip(label)
    counter = (
        f'<span class="trio-seconds" aria-hidden="true" data-clock="{escape(f"{clock} {label}")}" '
        f'data-seconds="{escape(words.panel.for_seconds)}"></span>'
    )
    chip = f'<span class="trio-dot"></span><span>{escape(label)}{counter}</span>'
    return f'<span class="trio-chip trio-pending">{chip}</span>'


def _done_chip(item: Evidence, words: Words) -> str:
    state, mark = ("trio-failed", icon("warning")) if item.error else ("trio-done", icon("check"))
    return f'<span class="trio-chip {state}">{mark}{escape(words.done(item.kind, item.source))}</span>'
