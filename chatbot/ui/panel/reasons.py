"""Reasons for a finding as HTML: coloured words, a heat map, a strip under the waveform. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from chatbot.ui.markup import escape
from chatbot.ui.panel.sources import VOICE
from chatbot.ui.words import Words
from pipelines.core.types import Audio, Evidence, Stage
from pipelines.explain.occlusion import Moments, Part

EXPLAINABLE = frozenset({Stage.SENTIMENT, Stage.TEXT_EMOTION, Stage.CAPTION, Stage.SPEECH_EMOTION})
LEAST = 0.02
"""Weights nearer to 0 than this say nothing."""
BARS = 96


def why_button(item: Evidence, turn: str, words: Words) -> str:
    """Return the button under a finding of a kept turn, and the place for its answer; "" under others."""
    if item.kind not in EXPLAINABLE or item.value is None or item.original is not None:
        return ""
    said = words.understood.why
    name = said.asks(words.panel.stage(item.kind))
    return (
        f'<div class="trio-reasons"><button type="button" class="trio-why" data-turn="{escape(turn)}" '
        f'data-source="{escape(item.source)}" data-stage="{escape(item.kind)}" '
        f'data-stop="{escape(said.stop)}" data-looking="{escape(said.looking)}" '
        f'aria-expanded="false" aria-label="{escape(name)}">{escape(said.why)}</button>'
        '<span class="trio-why-step trio-facts" role="status"></span>'
        '<div class="trio-why-answer"></div></div>'
    )


def words_markup(parts: Sequence[Part], label: str, words: Words) -> str:
    """Return the text with its words coloured. `label`: name of what is explained."""
    said = words.understood.why
    most = max((abs(part.weight or 0.0) for part in parts), default=0.0)
    shown = "".join(_word(part, most) for part in parts)
    best = max(parts, key=lambda part: part.weight or 0.0)
    weight = best.weight or 0.0
    line = said.word(best.text, label, round(100 * weight)) if weight >= LEAST else said.no_word
    return f'{_line(line)}<p class="trio-why-text" dir="auto">{shown}</p>{_legend(words)}'


def _word(part: Part, most: float) -> str:
    if part.weight is None or abs(part.weight) < LEAST:
        return escape(part.text)
    side, share = "for" if part.weight > 0 else "against", abs(part.weight) / most
    return f'<mark class="trio-{side}" style="--weight:{share:.2f}">{escape(part.text)}</mark>'


def regions_markup(weights: NDArray[np.float32], words: Words) -> str:
    """Return the heat map; the page's script puts the picture under it. `weights`: (rows, columns)."""
    said, (rows, columns) = words.understood.why, weights.shape
    most = float(weights.max())
    if most < LEAST:
        return _line(said.no_place) + _method(words)
    row, column = divmod(int(weights.argmax()), columns)
    cells = "".join(
        f'<rect x="{x}" y="{y}" width="1" height="1" fill-opacity="{0.75 * (1 - share):.2f}"/>'
        for (y, x), share in np.ndenumerate(np.clip(weights, 0.0, None) / most)
    )
    line = said.region(min(2, 3 * row // rows), min(2, 3 * column // columns))
    return (
        f'{_line(line)}<div class="trio-why-map"><svg viewBox="0 0 {columns} {rows}" '
        f'preserveAspectRatio="none" aria-hidden="true">{cells}</svg></div>{_method(words)}'
    )


def moments_markup(audio: Audio, moments: Moments, label: str, words: Words) -> str:
    """Return the waveform over its strip of weights. `label`: name of what is explained."""
    said, weights = words.understood.why, moments.weights
    most = float(np.abs(weights).max(initial=0.0))
    at = int(weights.argmax())
    clear = float(weights[at]) >= LEAST
    start, end = at * moments.seconds, min((at + 1) * moments.seconds, audio.seconds)
    line = said.stretch(start, end, label) if clear else said.no_moment
    return f"{_line(line)}{_strip(audio, moments, max(most, LEAST))}{_legend(words)}"


def _strip(audio: Audio, moments: Moments, most: float) -> str:
    whole = max(audio.seconds, 1e-3)
    edges = np.linspace(0, len(audio.samples), BARS + 1).astype(int)
    peaks = np.array([np.abs(audio.samples[a:b]).max(initial=0.0) for a, b in pairwise(edges)])
    heights = peaks / max(float(peaks.max(initial=0.0)), 1e-6)
    path = "".join(
        f"M{100 * (n + 0.5) / BARS:.2f} {20 - 18 * h:.1f}V{20 + 18 * h:.1f}" for n, h in enumerate(heights)
    )
    width = 100 * moments.seconds / whole
    blocks = "".join(
        _block(n * width, width, float(weight), most) for n, weight in enumerate(moments.weights)
    )
    return (
        '<svg class="trio-why-strip" viewBox="0 0 100 46" preserveAspectRatio="none" aria-hidden="true">'
        f'{blocks}<path d="{path}"/></svg>'
    )


def _block(left: float, width: float, weight: float, most: float) -> str:
    """Return one moment: tall where it speaks for the label, low where it speaks against it."""
    if abs(weight) < LEAST:
        return ""
    side, top, height = ("for", 0, 40) if weight > 0 else ("against", 40, 6)
    return (
        f'<rect class="trio-{side}" x="{left:.2f}" y="{top}" width="{width:.2f}" height="{height}" '
        f'fill-opacity="{0.8 * min(1.0, abs(weight) / most):.2f}"/>'
    )


def _line(text: str) -> str:
    return f'<p class="trio-why-line">{escape(text)}</p>'


def _legend(words: Words) -> str:
    said = words.understood.why
    sides = (
        f'<span><mark class="trio-for" style="--weight:0.6">{escape(said.speaks_for)}</mark></span>'
        f'<span><mark class="trio-against" style="--weight:0.6">{escape(said.speaks_against)}</mark></span>'
    )
    return f'<p class="trio-why-legend" aria-hidden="true">{sides}</p>{_method(words)}'


def _method(words: Words) -> str:
    return f'<p class="trio-facts">{escape(words.understood.why.method)}</p>'


def text_of(source: str, typed: str, heard: str) -> str:
    """Return the words that a text stage judged: the typed ones, or those that were heard."""
    return heard if source == VOICE else typed
