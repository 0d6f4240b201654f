"""The part of the page that carries the panel's script and tells what a person put right."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import gradio as gr

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
    """Return the part; its event `correct` brings a `correction_request`."""
    return gr.HTML(
        "",
        html_template="<span hidden></span>",
        js_on_load=_SCRIPT.read_text(encoding="utf-8"),
        apply_default_css=False,
        elem_id="trio-panel-bridge",
    )


def correction_request(event: gr.EventData) -> CorrectionRequest:
    """Return what the form says; fields that are missing or no text are empty."""
    data = event._data if isinstance(event._data, dict) else {}
    turn, source, text = (
        value if isinstance(value := data.get(name), str) else "" for name in ("turn", "source", "text")
    )
    return CorrectionRequest(turn, source, text)
