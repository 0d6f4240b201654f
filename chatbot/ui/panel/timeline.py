"""When each stage ran: a table whose middle column draws it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chatbot.turn.events import Reply, Timings
from chatbot.ui.markup import english, escape, icon
from chatbot.ui.words import Words
from pipelines.core.types import Stage

_REPLYING = (Stage.GENERATE, Stage.SPEAK)


@dataclass(frozen=True)
class _Span:
    """One stage. `start`, `end`, `seconds` in seconds; `end` is where its bar ends."""

    kind: str
    name: str
    start: float | None
    end: float
    seconds: float


def timeline_card(reply: Reply, words: Words) -> str:
    """Return the card of times: the moments that a person notices, each stage, and the models."""
    said, title = words.understood.timeline, escape(words.panel.timing)
    spans = _spans(reply.timings, words)
    together = at_once(spans)
    line = f'<p class="trio-facts">{escape(said.together(together))}</p>' if together > 1 else ""
    return (
        f'<section class="trio-card trio-timing" aria-label="{title}"><div class="trio-card-head">'
        f"<h4>{icon('clock')}{title}</h4></div>{_moments(reply.timings, words)}"
        f"{_table(spans, reply.timings, words)}{line}{_models(reply, words)}</section>"
    )


def _spans(timings: Timings, words: Words) -> list[_Span]:
    spans = []
    for key, seconds in timings.stages.items():
        kind, _, source = key.partition(" ")
        start = timings.starts.get(key)
        end = (start or 0.0) + seconds
        if kind == Stage.SPEAK and start is not None:
            end = max(end, timings.total)
        spans.append(_Span(kind, _name(kind, source, words), start, end, seconds))
    return sorted(spans, key=lambda span: (span.start is None, span.start or 0.0))


def _name(kind: str, source: str, words: Words) -> str:
    stage = next((item for item in Stage if item == kind), None)
    if stage is None or stage in _REPLYING or stage not in words.panel.titles:
        name = words.labels.stage(kind)
        return name[:1].upper() + name[1:]
    if source == "text" or not source:
        return words.panel.stage(stage)
    if source.startswith("picture "):
        return words.done(stage, source)
    return words.panel.named(words.source_title(source), words.panel.stage(stage))


def at_once(spans: Sequence[_Span]) -> int:
    """Return how many stages of understanding ran at the same time at most."""
    timed = [s for s in spans if s.start is not None and s.kind not in _REPLYING]
    return max((sum(o.start <= s.start < o.end for o in timed) for s in timed), default=0)  # type: ignore[operator]


def _figures(timings: Timings, words: Words) -> list[tuple[str, str, float]]:
    names = words.panel
    figures = (
        ("text", names.first_text, timings.first_text),
        ("sound", names.first_sound, timings.first_audio),
        ("done", names.text_complete, timings.text_done),
        ("total", names.whole_turn, timings.total),
    )
    return [(kind, name, seconds) for kind, name, seconds in figures if seconds is not None]


def _moments(timings: Timings, words: Words) -> str:
    took = words.understood.card.took
    cells = "".join(
        f'<div><dt><i class="trio-moment trio-moment-{kind}" aria-hidden="true"></i>'
        f"{escape(name[:1].upper() + name[1:])}</dt><dd>{escape(took(seconds))}</dd></div>"
        for kind, name, seconds in _figures(timings, words)
    )
    return f'<dl class="trio-times">{cells}</dl>'


def _table(spans: Sequence[_Span], timings: Timings, words: Words) -> str:
    if not spans:
        return ""
    said, drawn = words.understood.timeline, any(span.start is not None for span in spans)
    whole = max([timings.total, *(span.end for span in spans)]) or 1.0
    marks = "".join(
        f'<i class="trio-moment trio-moment-{kind}" style="left:{_share(at, whole)}"></i>'
        for kind, _, at in _figures(timings, words)
        if kind != "total"
    )
    heads = [said.stage, said.start, said.course, said.duration] if drawn else [said.stage, said.duration]
    head = "".join(f'<th scope="col"><span class="trio-unseen">{escape(name)}</span></th>' for name in heads)
    rows = "".join(_table_row(span, whole, marks, words, drawn=drawn) for span in spans)
    kind = "trio-timeline trio-drawn" if drawn else "trio-timeline"
    return (
        f'<table class="{kind}" aria-label="{escape(said.title)}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _table_row(span: _Span, whole: float, marks: str, words: Words, *, drawn: bool) -> str:
    took = words.understood.card.took
    cells = f'<th scope="row">{escape(span.name)}</th>'
    if drawn:
        begun = escape(took(span.start)) if span.start is not None else ""
        bar = ""
        if span.start is not None:
            left, width = _share(span.start, whole), _share(span.end - span.start, whole)
            kind = f" trio-span-{span.kind}" if span.kind in _REPLYING else ""
            bar = f'<span class="trio-span{kind}" style="left:{left};width:{width}"></span>'
        cells += (
            f'<td class="trio-start"><span class="trio-unseen">{begun}</span></td>'
            f'<td class="trio-course"><div aria-hidden="true">{bar}{marks}</div></td>'
        )
    return f'<tr>{cells}<td class="trio-duration">{escape(took(span.seconds))}</td></tr>'


def _share(seconds: float, whole: float) -> str:
    return f"{min(max(seconds / whole, 0.0), 1.0) * 100:.2f}%"


def _models(reply: Reply, words: Words) -> str:
    models = escape(words.status.separator).join(
        words.panel.named(escape(words.labels.stage(stage)), english(model))
        for stage, model in reply.models.items()
    )
    return f'<p class="trio-facts">{models}</p>' if models else ""
