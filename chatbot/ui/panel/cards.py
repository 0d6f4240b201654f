"""One card an input: what was understood in plain words first, then how surely, by which model, how fast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chatbot.turn.caption_translation import translated
from chatbot.turn.corrections import CORRECTABLE, words_of
from chatbot.turn.events import FusedEmotion
from chatbot.turn.understanding import is_notable
from chatbot.ui.markup import english, escape, icon
from chatbot.ui.panel.boxes import boxed, with_objects
from chatbot.ui.panel.correction_forms import corrected_mark, edit_form, original_words
from chatbot.ui.panel.reasons import why_button
from chatbot.ui.panel.sources import PICTURE, TEXT, VOICE, source_icon
from chatbot.ui.panel.values import value_markup
from chatbot.ui.words import Words
from pipelines.core.said import Text
from pipelines.core.types import Detections, Evidence, Stage

_ORDER = (
    Stage.TRANSCRIBE,
    Stage.CAPTION,
    Stage.SPEECH_EMOTION,
    Stage.SENTIMENT,
    Stage.TEXT_EMOTION,
    Stage.DANGER,
    Stage.DETECT,
    Stage.OCR,
)


@dataclass(frozen=True)
class Beside:
    """What the cards show besides the evidence.

    Attributes:
        turn: Id of the kept turn; None where nothing can be put right.
        links: Addresses of the pictures' previews and of the recording, by source.
        emotion: What the turn was felt to be.
        timed: Whether evidence tells when it was found, so that what has no start was taken over.
        languages: The person's, in which captions are shown where they are translated.
    """

    turn: str | None = None
    links: Mapping[str, str] = field(default_factory=dict)
    emotion: FusedEmotion | None = None
    timed: bool = False
    languages: Sequence[str] = ()


def card(source: str, items: Sequence[Evidence], beside: Beside, words: Words) -> str:
    """Return the card of one input. `items`: all the evidence; the card takes its own."""
    mine = [item for item in items if item.source == source and is_notable(item)]
    mine.sort(key=lambda item: _ORDER.index(item.kind) if item.kind in _ORDER else len(_ORDER))
    title = escape(words.source_title(source))
    mark = corrected_mark(words) if any(item.original is not None for item in mine) else ""
    head = f'<div class="trio-card-head"><h4>{icon(source_icon(source))}{title}</h4>{mark}</div>'
    first = "".join(_row(item, beside, words) for item in mine if item.kind in CORRECTABLE)
    rest = "".join(_row(item, beside, words) for item in mine if item.kind not in CORRECTABLE)
    return (
        f'<section class="trio-card" aria-label="{title}">{head}{_media(source, mine, beside, words)}'
        f"{first}{_lead(source, beside.emotion, words)}{rest}</section>"
    )


def _media(source: str, mine: Sequence[Evidence], beside: Beside, words: Words) -> str:
    link = beside.links.get(source)
    if link is None:
        return ""
    if source.startswith(PICTURE):
        caption = next((_said(item, beside) for item in mine if item.kind == Stage.CAPTION), "")
        alt = words.understood.card.alt(caption) if caption else words.source_title(source)
        found = next((item.value for item in mine if isinstance(item.value, Detections)), None)
        alt = escape(with_objects(alt, found, words))
        image = f'<img class="trio-thumb" src="{escape(link)}" alt="{alt}" loading="lazy">'
        return boxed(image, found, words)
    label = escape(words.understood.card.recording)
    return (
        f'<audio class="trio-recording" controls preload="none" src="{escape(link)}" '
        f'aria-label="{label}"></audio>'
    )


def _said(item: Evidence, beside: Beside) -> str:
    """Return the transcript or caption as the person reads it: in their language where it is translated."""
    return translated(item, beside.languages) or words_of(item)


def _lead(source: str, emotion: FusedEmotion | None, words: Words) -> str:
    """Return in one or two sentences how the input sounded, as the fused mood took it."""
    said, labels = words.understood.card, words.labels
    felt = {item.source: labels.emotion(item.label) for item in emotion.sources} if emotion else {}
    lines = []
    if (label := felt.get({TEXT: "text", VOICE: "voice words"}.get(source, ""))) is not None:
        lines.append(said.wording(label))
    if source == VOICE and (label := felt.get("voice sound")) is not None:
        lines.append(said.tone(label))
    return f'<p class="trio-lead">{"<br>".join(escape(line) for line in lines)}</p>' if lines else ""


def _row(item: Evidence, beside: Beside, words: Words) -> str:
    """Return one stage's finding; what can be asked about it, and put right in it, is below its bars."""
    title = escape(words.panel.stage(item.kind))
    head = (
        f'<div class="trio-row-head"><span>{title}</span>'
        f'<span class="trio-facts">{_facts(item, beside, words)}</span></div>'
    )
    body = _error(item.error, words) if item.error else ""
    if item.value is not None:
        told = translated(item, beside.languages)
        body += value_markup(item.value, words, certain=item.original is not None, told=told)
    if item.original is not None:
        body += original_words(item.original, words)
    if beside.turn is not None:
        body += why_button(item, beside.turn, words) + edit_form(
            item, _said(item, beside), beside.turn, words
        )
    return f'<div class="trio-row" data-stage="{escape(item.kind)}">{head}{body}</div>'


def _facts(item: Evidence, beside: Beside, words: Words) -> str:
    if item.original is not None:
        return escape(words.understood.correction.by_you)
    card = words.understood.card
    taken_over = beside.timed and item.start is None
    when = card.taken_over if taken_over else card.took(item.seconds)
    return f"{english(item.model)} · {escape(when)}" if item.model else escape(when)


def _error(message: Text, words: Words) -> str:
    title = escape(words.understood.card.not_understood)
    said = words.say(message)
    language = ' lang="en"' if isinstance(message, str) else ""
    return (
        f'<div class="trio-error">{icon("warning")}<div><strong>{title}</strong>'
        f"<p{language}>{escape(said)}</p></div></div>"
    )
