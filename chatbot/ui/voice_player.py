"""The bar that plays a reply's sentences as they arrive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from chatbot.ui.markup import icon

HUSH = "() => { document.dispatchEvent(new CustomEvent('trio-hush')); }"
SILENT: dict[str, Any] = {"turn": 0, "chunks": []}
_SCRIPT = Path(__file__).with_name("player.js")
_TEMPLATE = (
    '<div class="trio-player" data-state="idle" hidden>'
    '<span class="trio-wave" aria-hidden="true"><i></i><i></i><i></i><i></i></span>'
    '<span data-words="speaking"></span>'
    f'<button type="button">{icon("stop")}<span data-words="stop_voice"></span></button></div>'
)


def player() -> gr.HTML:
    """Return the player. Its value is `{"turn": int, "chunks": [WAV in base64, ...]}`, always all so far."""
    return gr.HTML(
        SILENT,
        html_template=_TEMPLATE,
        js_on_load=_SCRIPT.read_text(encoding="utf-8"),
        apply_default_css=False,
        elem_id="trio-voice",
    )
