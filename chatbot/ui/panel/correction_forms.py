"""Forms that put a transcript or a caption right; `panel.js` sends them."""

from __future__ import annotations

from chatbot.turn.corrections import CORRECTABLE
from chatbot.ui.markup import escape, icon
from chatbot.ui.panel.sources import VOICE
from chatbot.ui.words import Words
from pipelines.core.types import Evidence

MAX_LETTERS = 20_000


def edit_form(item: Evidence, shown: str, turn: str, words: Words) -> str:
    """Return the control under a transcript or caption of a kept turn; "" under anything else.

    `shown`: the words as the person reads them, from which they start.
    """
    if item.kind not in CORRECTABLE:
        return ""
    said, source = words.understood.correction, item.source
    name = said.edits(None if source == VOICE else words.labels.source(source))
    field = said.transcript if source == VOICE else said.caption
    return (
        f'<details class="trio-edit"><summary aria-label="{escape(name)}" title="{escape(name)}">'
        f'{icon("edit")}<span aria-hidden="true">{escape(said.edit)}</span></summary>'
        f'<form class="trio-correction" data-turn="{escape(turn)}" data-source="{escape(source)}" '
        f'data-empty="{escape(said.empty)}" data-same="{escape(said.same)}" novalidate>'
        f'<label><span>{escape(field)}</span><textarea name="text" rows="3" dir="auto" '
        f'aria-label="{escape(field)}" '
        f'maxlength="{MAX_LETTERS}">{escape(shown)}</textarea></label>'
        f'<p class="trio-correction-problem" role="alert"></p><p class="trio-facts">{escape(said.effect)}</p>'
        f'<div class="trio-correction-foot"><button type="button" data-cancel>{escape(said.cancel)}</button>'
        f'<button type="submit" class="trio-primary">{escape(said.again)}</button></div></form></details>'
    )


def corrected_mark(words: Words) -> str:
    """Return the mark of words that the person put right."""
    return f'<span class="trio-badge">{icon("check")}{escape(words.understood.correction.by_you)}</span>'


def original_words(original: str, words: Words) -> str:
    """Return what had been understood before, struck through, behind a disclosure."""
    said = words.understood.correction
    shown = f'<del dir="auto">{escape(original)}</del>' if original.strip() else escape(said.nothing)
    return f'<details class="trio-original"><summary>{escape(said.original)}</summary>{shown}</details>'
