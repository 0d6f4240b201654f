"""The panel under each reply: for each input what was understood, how surely, by which model, how fast."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chatbot.events import FusedContext, FusedEmotion, Reply
from chatbot.ui import text as words
from chatbot.ui.markup import Icon, escape, icon, meter, percent
from pipelines.core.types import (
    Caption,
    Distribution,
    Evidence,
    OcrText,
    Sentiment,
    Stage,
    Transcript,
    Turn,
)

TOP_LABELS = 3
_ORDER = tuple(words.STAGE_TITLES)


def expected(turn: Turn) -> list[tuple[Stage, str]]:
    """Return the (stage, source) pairs that a turn will bring first, for the live line."""
    pairs: list[tuple[Stage, str]] = []
    if turn.text and turn.text.strip():
        pairs += [(Stage.SENTIMENT, "text"), (Stage.TEXT_EMOTION, "text")]
    if turn.audio is not None:
        pairs += [(Stage.TRANSCRIBE, "voice"), (Stage.SPEECH_EMOTION, "voice")]
    for number in range(1, len(turn.images) + 1):
        pairs += [(Stage.CAPTION, f"picture {number}"), (Stage.OCR, f"picture {number}")]
    return pairs


def live(evidence: Sequence[Evidence], waiting: Iterable[tuple[Stage, str]], *, thinking: bool) -> str:
    """Return the line of stages that are done and still running, shown until the reply is complete."""
    done = {(item.kind, item.source) for item in evidence}
    chips = [_done_chip(item) for item in evidence]
    if not thinking:
        chips += [_chip(words.doing(kind, source)) for kind, source in waiting if (kind, source) not in done]
    else:
        chips.append(_chip(words.THINKING))
    return f'<div class="trio-live" role="status" aria-live="polite">{"".join(chips)}</div>'


def render(reply: Reply, evidence: Sequence[Evidence] = ()) -> str:
    """Return the finished panel.

    Args:
        reply: The turn's record.
        evidence: What had been understood by then, for a turn that ended before it was merged.
    """
    context = reply.context
    items = context.evidence if context is not None else tuple(evidence)
    sections = [_section(source, items) for source in _sources(items)]
    if context is not None and context.emotion is not None:
        sections.append(_mood(context.emotion))
    if not sections:
        sections.append(f'<p class="trio-muted">{escape(words.PANEL_NOTHING)}</p>')
    sections.append(_timing(reply))
    summary = "".join(f'<span class="trio-tag">{escape(tag)}</span>' for tag in _tags(reply, context))
    return (
        f'<details class="trio-panel"><summary><span class="trio-panel-title">{escape(words.PANEL_TITLE)}'
        f'</span><span class="trio-tags">{summary}</span></summary>'
        f'<div class="trio-sections">{"".join(sections)}</div></details>'
    )


def _sources(items: Sequence[Evidence]) -> list[str]:
    ranks = {"text": 0, "voice": 1}
    return sorted({item.source for item in items}, key=lambda s: (ranks.get(s, 2), len(s), s))


def _chip(label: str) -> str:
    return f'<span class="trio-chip trio-pending"><span class="trio-dot"></span>{escape(label)}</span>'


def _done_chip(item: Evidence) -> str:
    state, mark = ("trio-failed", icon("warning")) if item.error else ("trio-done", icon("check"))
    return f'<span class="trio-chip {state}">{mark}{escape(words.done(item.kind, item.source))}</span>'


def _source_icon(source: str) -> Icon:
    icons: dict[str, Icon] = {"text": "text", "voice": "voice"}
    return icons.get(source, "picture")


def _section(source: str, items: Sequence[Evidence]) -> str:
    mine = [item for item in items if item.source == source]
    mine.sort(key=lambda item: _ORDER.index(item.kind) if item.kind in _ORDER else len(_ORDER))
    rows = "".join(_row(item) for item in mine)
    head = f"<h4>{icon(_source_icon(source))}{escape(words.source_title(source))}</h4>"
    return f'<section class="trio-section">{head}{rows}</section>'


def _row(item: Evidence) -> str:
    facts = f"{escape(item.model)} · {item.seconds:.2f} s" if item.model else f"{item.seconds:.2f} s"
    title = words.STAGE_TITLES.get(item.kind, str(item.kind))
    body = f'<p class="trio-error">{escape(item.error)}</p>' if item.error else _body(item)
    return (
        f'<div class="trio-row"><div class="trio-row-head"><span>{escape(title)}</span>'
        f'<span class="trio-facts">{facts}</span></div>{body}</div>'
    )


def _body(item: Evidence) -> str:
    value = item.value
    if isinstance(value, Transcript):
        return _transcript(value)
    if isinstance(value, Distribution):
        return _distribution(value)
    if isinstance(value, Sentiment):
        return meter(value.label, value.score, strong=True)
    if isinstance(value, Caption):
        return f"{_quote(value.text)}{meter('confidence', value.confidence)}"
    if isinstance(value, OcrText):
        if not value.text.strip():
            return f'<p class="trio-muted">{escape(words.NO_TEXT_IN_PICTURE)}</p>'
        surest = [box.confidence for box in value.boxes]
        bar = meter("confidence", sum(surest) / len(surest)) if surest else ""
        return f"{_quote(value.text)}{bar}"
    return f'<p class="trio-muted">{escape(value)}</p>'


def _quote(text: str) -> str:
    return f'<blockquote dir="auto">{escape(text)}</blockquote>'


def _transcript(value: Transcript) -> str:
    if not value.text.strip():
        return f'<p class="trio-muted">{escape(words.NO_SPEECH)}</p>'
    language = words.LANGUAGES.get(value.language, value.language)
    return f"{_quote(value.text)}{meter(language, value.language_probability)}"


def _distribution(value: Distribution) -> str:
    ranked = sorted(value.scores.items(), key=lambda pair: pair[1], reverse=True)[:TOP_LABELS]
    if not ranked:
        ranked = [(value.label, value.confidence)]
    return "".join(meter(label, score, strong=label == value.label) for label, score in ranked)


def _mood(emotion: FusedEmotion) -> str:
    head = f"<h4>{icon('mood')}{escape(words.FUSED_TITLE)}</h4>"
    main = meter(emotion.label, emotion.confidence, strong=True)
    sources = "".join(
        f"<li><span>{escape(s.source)}</span><span>{escape(s.label)} ({escape(percent(s.confidence))})"
        f'</span><span class="trio-facts">counts {escape(percent(s.weight))}</span></li>'
        for s in emotion.sources
    )
    flag = ""
    if emotion.disagreement:
        flag = f'<p class="trio-flag">{icon("warning")}<span>{escape(emotion.disagreement)}</span></p>'
    return (
        f'<section class="trio-section">{head}{main}<ul class="trio-sources">{sources}</ul>{flag}</section>'
    )


def _timing(reply: Reply) -> str:
    timings = reply.timings
    figures = (
        ("First text", timings.first_text),
        ("First sound", timings.first_audio),
        ("Text complete", timings.text_done),
        ("Whole turn", timings.total),
    )
    cells = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{seconds:.2f} s</dd></div>"
        for name, seconds in figures
        if seconds is not None
    )
    models = ", ".join(f"{stage}: {model}" for stage, model in reply.models.items())
    line = f'<p class="trio-facts">{escape(models)}</p>' if models else ""
    head = f"<h4>{icon('clock')}{escape(words.TIMING_TITLE)}</h4>"
    return f'<section class="trio-section">{head}<dl class="trio-times">{cells}</dl>{line}</section>'


def _tags(reply: Reply, context: FusedContext | None) -> list[str]:
    tags: list[str] = []
    if context is not None and context.emotion is not None:
        tags.append(f"{context.emotion.label} {percent(context.emotion.confidence)}")
    if reply.timings.first_text is not None:
        tags.append(f"first text {reply.timings.first_text:.1f} s")
    if reply.timings.first_audio is not None:
        tags.append(f"first sound {reply.timings.first_audio:.1f} s")
    return tags
