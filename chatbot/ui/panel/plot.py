"""The mood line over a conversation: a list of points that CSS and one SVG line draw."""

from __future__ import annotations

from collections.abc import Sequence

from chatbot.history import MoodPoint
from chatbot.ui.markup import escape, icon, percent
from chatbot.ui.words import Words

_NEUTRAL = 0.2
"""Valences nearer to 0 than this are neither pleasant nor unpleasant."""
_PLOT = "trio-mood-plot"


def mood_plot(points: Sequence[MoodPoint], words: Words) -> str:
    """Return the plot behind its button; "" for fewer than two points.

    Each point is a link to its turn's question (the element `turn-ID`). Screen readers hear a list.

    Args:
        points: The active branch's moods, first to last; valences from -1 to 1.
        words: What the page says.
    """
    if len(points) < 2:
        return ""
    said, labels = words.understood.plot, words.labels
    first, last = points[0], points[-1]
    course = said.course(
        last.valence - first.valence, labels.emotion(first.label), labels.emotion(last.label)
    )
    title = escape(said.title)
    items = "".join(_item(point, _left(at, len(points)), words) for at, point in enumerate(points))
    return (
        f'<button type="button" class="trio-icon-button" popovertarget="{_PLOT}" aria-label="{title}" '
        f'title="{title}">{icon("mood")}</button>'
        f'<div class="trio-moodline" id="{_PLOT}" popover role="group" aria-label="{title}">'
        f'<p><strong>{title}</strong><span>{escape(course)}</span></p><div class="trio-moodline-body">'
        f'<div class="trio-moodline-axis" aria-hidden="true"><span>{escape(said.pleasant)}</span>'
        f"<span>{escape(said.unpleasant)}</span></div>"
        f'<div class="trio-moodline-scroll" role="region" tabindex="0" aria-label="{title}">'
        f'<div class="trio-moodline-field" style="min-width:{len(points) * 4.5:.1f}rem">{_line(points)}'
        f"<ol>{items}</ol></div></div></div></div>"
    )


def _left(at: int, count: int) -> float:
    """Return a point's place in percent, half a step in from either edge."""
    return (at + 0.5) / count * 100


def _top(point: MoodPoint) -> float:
    return (1.0 - min(max(point.valence, -1.0), 1.0)) / 2 * 100


def _line(points: Sequence[MoodPoint]) -> str:
    path = " ".join(f"{_left(at, len(points)):.2f},{_top(p):.2f}" for at, p in enumerate(points))
    return (
        '<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">'
        f'<line class="trio-moodline-zero" x1="0" y1="50" x2="100" y2="50"/><polyline points="{path}"/></svg>'
    )


def _item(point: MoodPoint, left: float, words: Words) -> str:
    label = words.labels.emotion(point.label)
    valence = f"{point.valence:+.2f}".replace("-", "\N{MINUS SIGN}")
    says = escape(words.understood.plot.turn(point.number, label, percent(point.confidence), valence))
    side = "up" if point.valence > _NEUTRAL else "down" if point.valence < -_NEUTRAL else "level"
    return (
        f'<li class="trio-mood-{side}" style="left:{left:.2f}%;top:{_top(point):.2f}%">'
        f'<a href="#turn-{escape(point.turn)}" title="{says}" aria-label="{says}"><i></i>'
        f'<span aria-hidden="true">{escape(label)}</span></a></li>'
    )
