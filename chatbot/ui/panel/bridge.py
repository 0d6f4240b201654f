"""The part of the page that carries the panel's script: what a person puts right or asks the reasons of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from chatbot.ui.panel.explanations import ReasonRequest

_SCRIPT = Path(__file__).with_name("panel.js")
STYLE = Path(__file__).with_name("panel.css")
"""The panel's look; the page loads it with the rest."""


@dataclass(frozen=True)
class CorrectionRequest:
    """What the form says. Nothing in it is to be trusted."""

    turn: str
    source: str
    text: str


def panel_bridge() -> gr.HTML:
    """Return the part; its events: `correct` brings a `correction_request`, `explain` a `reason_request`.

    `unexplain` ends what the tab looks for. Its value is what `ExplanationStream.views` yields.
    """
    return gr.HTML(
        "",
        html_template="<span hidden></span>",
        js_on_load=_SCRIPT.read_text(encoding="utf-8"),
        apply_default_css=False,
        elem_id="trio-panel-bridge",
    )


def correction_request(event: gr.EventData) -> CorrectionRequest:
    """Return what the form says; fields that are missing or no text are empty."""
    return CorrectionRequest(*(_text(event, name) for name in ("turn", "source", "text")))


def reason_request(event: gr.EventData) -> ReasonRequest:
    """Return what the button says; fields that are missing or of another type are empty or 0."""
    number = _data(event).get("number")
    turn, source, stage = (_text(event, name) for name in ("turn", "source", "stage"))
    return ReasonRequest(turn, source, stage, number if isinstance(number, int) else 0)


def _text(event: gr.EventData, name: str) -> str:
    return value if isinstance(value := _data(event).get(name), str) else ""


def _data(event: gr.EventData) -> dict[str, Any]:
    return event._data if isinstance(event._data, dict) else {}
