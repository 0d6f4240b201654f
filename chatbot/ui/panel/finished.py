"""The finished panel under a reply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chatbot.turn.caption_translation import person_languages
from chatbot.turn.corrections import apply_correction
from chatbot.turn.events import Reply
from chatbot.ui.markup import escape
from chatbot.ui.panel.cards import Beside, card
from chatbot.ui.panel.mood import mood_card
from chatbot.ui.panel.sources import sources_of
from chatbot.ui.panel.timeline import timeline_card
from chatbot.ui.words import Words, code_of
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
    """Return the finished panel; it stays hidden until it is asked for.

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
        languages=person_languages(code_of(words), context.language if context is not None else None),
    )
    cards = [card(source, items, beside, words) for source in sources_of(items)]
    if beside.emotion is not None:
        cards.append(mood_card(beside.emotion, words))
    if not cards:
        cards.append(f'<p class="trio-muted">{escape(words.panel.nothing)}</p>')
    cards.append(timeline_card(reply, words))
    identity = f' id="{escape(panel_id(turn))}"' if turn is not None else ""
    return (
        f'<section class="trio-panel"{identity} aria-label="{escape(words.panel.title)}" hidden>'
        f'<div class="trio-cards">{"".join(cards)}</div></section>'
    )


def panel_id(turn: str) -> str:
    """Return the id of a turn's panel in the page; the button that shows it names it."""
    return f"panel-{turn}"
