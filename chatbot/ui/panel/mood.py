"""The mood of one message: one label, and what each source had to say in it."""

from __future__ import annotations

from collections.abc import Sequence

from chatbot.turn.events import EmotionSource, FusedEmotion
from chatbot.turn.fusion import disagreeing
from chatbot.ui.markup import escape, icon, meter, percent
from chatbot.ui.words import Words


def mood_card(emotion: FusedEmotion, words: Words) -> str:
    """Return the card of the fused mood."""
    title = escape(words.panel.mood)
    main = meter(words.labels.emotion(emotion.label), emotion.confidence, strong=True)
    return (
        f'<section class="trio-card trio-mood" aria-label="{title}"><div class="trio-card-head">'
        f"<h4>{icon('mood')}{title}</h4></div>{main}{_shares(emotion.sources, words)}"
        f"{_disagreement(emotion, words)}</section>"
    )


def differs(emotion: FusedEmotion) -> bool:
    """Whether words and voice were heard on opposite sides."""
    return emotion.disagreement is not None and disagreeing(emotion.sources) is not None


def _shares(sources: Sequence[EmotionSource], words: Words) -> str:
    """Return the bar of shares with its legend; each source has a pattern of its own, not a colour alone."""
    if not sources:
        return ""
    labels, parts, legend = words.labels, "", ""
    for number, item in enumerate(sources):
        share = min(max(item.weight, 0.0), 1.0) * 100
        parts += f'<span class="trio-share-{number}" style="width:{share:.1f}%"></span>'
        legend += (
            f'<li><i class="trio-swatch trio-share-{number}" aria-hidden="true"></i>'
            f"<span>{escape(labels.source(item.source))}</span>"
            f"<span>{escape(labels.emotion(item.label))} ({escape(percent(item.confidence))})</span>"
            f'<span class="trio-facts">{escape(words.panel.counts(percent(item.weight)))}</span></li>'
        )
    title = escape(words.understood.card.shares)
    return (
        f'<div class="trio-stack" aria-hidden="true">{parts}</div>'
        f'<ul class="trio-sources" aria-label="{title}">{legend}</ul>'
    )


def _disagreement(emotion: FusedEmotion, words: Words) -> str:
    pair = disagreeing(emotion.sources) if emotion.disagreement else None
    if pair is None:
        return ""
    said, heard = (words.labels.emotion(source.label) for source in pair)
    return (
        f'<p class="trio-flag">{icon("warning")}<span>{escape(words.panel.disagree(said, heard))}</span></p>'
    )
