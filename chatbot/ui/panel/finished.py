"""The finished panel under a reply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chatbot.turn.corrections import apply_correction
from chatbot.turn.events import FusedContext, Reply
from chatbot.ui.markup import escape, icon, percent
from chatbot.ui.panel.cards import Beside, card
from chatbot.ui.panel.mood import differs, mood_card
from chatbot.ui.panel.sources import sources_of
from chatbot.ui.panel.timeline import timeline_card
from chatbot.ui.words import Words
from pipelines.core.types import Evidence


def render(
    reply: Reply,
    words: Words,
    evidence: Sequence[Evidence] = (),
    *,
    turn: str | None = None,
    links: Mapping[str, str] | None = None,
    corrections: Mapping[str, str] | None = None,
) -> str:
    """Return the finished panel.

    Args:
        reply: The turn's record.
        words: What the page says.
        evidence: What had been understood by then, for a turn that ended before it was merged.
        turn: Id of the turn in the history, so that its words can be put right; None where it is not kept.
        links: Addresses that the page serves: a preview by "picture 1", ..., the recording by "voice".
        corrections: What the person put right in this turn since, by source.
    """
    context = reply.context
    items = context.evidence if context is not None else tuple(evidence)
    right = corrections or {}
    items = tuple(apply_correction(i, right[i.source]) if i.source in right else i for i in items)
    beside = Beside(
        turn=turn if context is not None else None,
        links=links or {},
        emotion=context.emotion if context is not None else None,
        timed=bool(reply.timings.starts),
    )
    cards = [card(source, items, beside, words) for source in sources_of(items)]
    if beside.emotion is not None:
        cards.append(mood_card(beside.emotion, words))
    if not cards:
        cards.append(f'<p class="trio-muted">{escape(words.panel.nothing)}</p>')
    cards.append(timeline_card(reply, words))
    return (
        f'<details class="trio-panel"><summary><span class="trio-panel-title">{escape(words.panel.title)}'
        f'</span><span class="trio-tags">{_tags(context, words)}</span></summary>'
        f'<div class="trio-cards">{"".join(cards)}</div></details>'
    )


def _tags(context: FusedContext | None, words: Words) -> str:
    tags: list[str] = []
    if context is not None and context.emotion is not None:
        emotion = context.emotion
        tags.append(_tag(f"{words.labels.emotion(emotion.label)} {percent(emotion.confidence)}"))
        if differs(emotion):
            mark = f"{icon('warning')}{escape(words.understood.card.differ)}"
            tags.append(f'<span class="trio-tag trio-tag-flag">{mark}</span>')
    return "".join(tags)


def _tag(text: str) -> str:
    return f'<span class="trio-tag">{escape(text)}</span>'
