"""The panel under each reply: for each input what was understood, how surely, by which model, how fast."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chatbot.events import FusedContext, FusedEmotion, Reply
from chatbot.fusion import disagreeing
from chatbot.ui.markup import Icon, escape, icon, meter, percent
from chatbot.ui.words import Words
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
_ORDER = (
    Stage.TRANSCRIBE,
    Stage.SPEECH_EMOTION,
    Stage.SENTIMENT,
    Stage.TEXT_EMOTION,
    Stage.CAPTION,
    Stage.OCR,
)


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


def live(
    evidence: Sequence[Evidence], waiting: Iterable[tuple[Stage, str]], words: Words, *, thinking: bool
) -> str:
    """Return the line of stages that are done and still running, shown until the reply is complete."""
    done = {(item.kind, item.source) for item in evidence}
    chips = [_done_chip(item, words) for item in evidence]
    if not thinking:
        chips += [_chip(words.doing(kind, source)) for kind, source in waiting if (kind, source) not in done]
    else:
        chips.append(_chip(words.panel.thinking))
    return f'<div class="trio-live" role="status" aria-live="polite">{"".join(chips)}</div>'


def render(reply: Reply, words: Words, evidence: Sequence[Evidence] = ()) -> str:
    """Return the finished panel.

    Args:
        reply: The turn's record.
        words: What the page says.
        evidence: What had been understood by then, for a turn that ended before it was merged.
    """
    context = reply.context
    items = context.evidence if context is not None else tuple(evidence)
    sections = [_section(source, items, words) for source in _sources(items)]
    if context is not None and context.emotion is not None:
        sections.append(_mood(context.emotion, words))
    if not sections:
        sections.append(f'<p class="trio-muted">{escape(words.panel.nothing)}</p>')
    sections.append(_timing(reply, words))
    summary = "".join(f'<span class="trio-tag">{escape(tag)}</span>' for tag in _tags(reply, context, words))
    return (
        f'<details class="trio-panel"><summary><span class="trio-panel-title">{escape(words.panel.title)}'
        f'</span><span class="trio-tags">{summary}</span></summary>'
        f'<div class="trio-sections">{"".join(sections)}</div></details>'
    )


def _sources(items: Sequence[Evidence]) -> list[str]:
    ranks = {"text": 0, "voice": 1}
    return sorted({item.source for item in items}, key=lambda s: (ranks.get(s, 2), len(s), s))


def _chip(label: str) -> str:
    return f'<span class="trio-chip trio-pending"><span class="trio-dot"></span>{escape(label)}</span>'


def _done_chip(item: Evidence, words: Words) -> str:
    state, mark = ("trio-failed", icon("warning")) if item.error else ("trio-done", icon("check"))
    return f'<span class="trio-chip {state}">{mark}{escape(words.done(item.kind, item.source))}</span>'


def _source_icon(source: str) -> Icon:
    icons: dict[str, Icon] = {"text": "text", "voice": "voice"}
    return icons.get(source, "picture")


def _section(source: str, items: Sequence[Evidence], words: Words) -> str:
    mine = [item for item in items if item.source == source]
    mine.sort(key=lambda item: _ORDER.index(item.kind) if item.kind in _ORDER else len(_ORDER))
    rows = "".join(_row(item, words) for item in mine)
    head = f"<h4>{icon(_source_icon(source))}{escape(words.source_title(source))}</h4>"
    return f'<section class="trio-section">{head}{rows}</section>'


def _row(item: Evidence, words: Words) -> str:
    facts = f"{_model(item.model)} · {item.seconds:.2f} s" if item.model else f"{item.seconds:.2f} s"
    title = words.panel.stage(item.kind)
    body = f'<p class="trio-error" lang="en">{escape(item.error)}</p>' if item.error else _body(item, words)
    return (
        f'<div class="trio-row"><div class="trio-row-head"><span>{escape(title)}</span>'
        f'<span class="trio-facts">{facts}</span></div>{body}</div>'
    )


def _model(name: str) -> str:
    """Return a model's name, which is the same in every language."""
    return f'<span lang="en" translate="no">{escape(name)}</span>'


def _body(item: Evidence, words: Words) -> str:
    value = item.value
    if isinstance(value, Transcript):
        return _transcript(value, words)
    if isinstance(value, Distribution):
        return _distribution(value, words)
    if isinstance(value, Sentiment):
        return meter(words.labels.emotion(value.label), value.score, strong=True)
    if isinstance(value, Caption):
        return f"{_quote(value.text)}{meter(words.panel.confidence, value.confidence)}"
    if isinstance(value, OcrText):
        if not value.text.strip():
            return f'<p class="trio-muted">{escape(words.panel.no_text)}</p>'
        surest = [box.confidence for box in value.boxes]
        bar = meter(words.panel.confidence, sum(surest) / len(surest)) if surest else ""
        return f"{_quote(value.text)}{bar}"
    return f'<p class="trio-muted">{escape(value)}</p>'


def _quote(text: str) -> str:
    return f'<blockquote dir="auto">{escape(text)}</blockquote>'


def _transcript(value: Transcript, words: Words) -> str:
    if not value.text.strip():
        return f'<p class="trio-muted">{escape(words.panel.no_speech)}</p>'
    language = words.labels.language(value.language)
    return f"{_quote(value.text)}{meter(language, value.language_probability)}"


def _distribution(value: Distribution, words: Words) -> str:
    ranked = sorted(value.scores.items(), key=lambda pair: pair[1], reverse=True)[:TOP_LABELS]
    if not ranked:
        ranked = [(value.label, value.confidence)]
    return "".join(
        meter(words.labels.emotion(label), score, strong=label == value.label) for label, score in ranked
    )


def _mood(emotion: FusedEmotion, words: Words) -> str:
    labels = words.labels
    head = f"<h4>{icon('mood')}{escape(words.panel.mood)}</h4>"
    main = meter(labels.emotion(emotion.label), emotion.confidence, strong=True)
    sources = "".join(
        f"<li><span>{escape(labels.source(s.source))}</span>"
        f"<span>{escape(labels.emotion(s.label))} ({escape(percent(s.confidence))})</span>"
        f'<span class="trio-facts">{escape(words.panel.counts(percent(s.weight)))}</span></li>'
        for s in emotion.sources
    )
    return (
        f'<section class="trio-section">{head}{main}<ul class="trio-sources">{sources}</ul>'
        f"{_disagreement(emotion, words)}</section>"
    )


def _disagreement(emotion: FusedEmotion, words: Words) -> str:
    pair = disagreeing(emotion.sources) if emotion.disagreement else None
    if pair is None:
        return ""
    said, heard = (words.labels.emotion(source.label) for source in pair)
    return (
        f'<p class="trio-flag">{icon("warning")}<span>{escape(words.panel.disagree(said, heard))}</span></p>'
    )


def _timing(reply: Reply, words: Words) -> str:
    timings, names = reply.timings, words.panel
    figures = (
        (names.first_text, timings.first_text),
        (names.first_sound, timings.first_audio),
        (names.text_complete, timings.text_done),
        (names.whole_turn, timings.total),
    )
    cells = "".join(
        f"<div><dt>{escape(_capitalized(name))}</dt><dd>{seconds:.2f} s</dd></div>"
        for name, seconds in figures
        if seconds is not None
    )
    models = escape(words.status.separator).join(
        names.named(escape(words.labels.stage(stage)), _model(model)) for stage, model in reply.models.items()
    )
    line = f'<p class="trio-facts">{models}</p>' if models else ""
    head = f"<h4>{icon('clock')}{escape(names.timing)}</h4>"
    return f'<section class="trio-section">{head}<dl class="trio-times">{cells}</dl>{line}</section>'


def _capitalized(name: str) -> str:
    return name[:1].upper() + name[1:]


def _tags(reply: Reply, context: FusedContext | None, words: Words) -> list[str]:
    tags: list[str] = []
    if context is not None and context.emotion is not None:
        tags.append(f"{words.labels.emotion(context.emotion.label)} {percent(context.emotion.confidence)}")
    if reply.timings.first_text is not None:
        tags.append(f"{words.panel.first_text} {reply.timings.first_text:.1f} s")
    if reply.timings.first_audio is not None:
        tags.append(f"{words.panel.first_sound} {reply.timings.first_audio:.1f} s")
    return tags
