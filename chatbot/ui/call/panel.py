"""How the page embeds the call: one component with the button, and a router for its files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse

from chatbot.locale import LANGUAGES
from chatbot.ui.call.call_words import call_words
from chatbot.ui.markup import icon

FOLDER = Path(__file__).parent
FILES = {"call.js": "text/javascript", "call.css": "text/css"} | dict.fromkeys(
    ("microphone.js", "worklet.js", "player.js", "line.js", "view.js"), "text/javascript"
)
PATH = "/call/files"
_SCRIPT = """
import(new URL("call/files/call.js", document.baseURI).href).then(({ install }) => {
  const told = () => install(props.value, { onEnd: () => trigger("submit") });
  watch("value", told);
  told();
});
"""


def call_value(
    language: str,
    *,
    conversation: str = "",
    speed: float = 1.0,
    voices: Mapping[str, str] | None = None,
    hot_words: str = "",
) -> dict[str, Any]:
    """Return the panel's value; an event handler may put out a new one at any time.

    Args:
        language: A language of the page; another one is shown in English.
        conversation: What the call's host is asked for; "" for none in particular.
        speed: Pace of the voice.
        voices: Chosen voice by language.
        hot_words: Names and words that may be said.
    """
    return {
        "language": language if language in LANGUAGES else "en",
        "words": dict(call_words(language)),
        "conversation": conversation,
        "speed": speed,
        "voices": dict(voices or {}),
        "hot_words": hot_words,
    }


def call_panel(language: str, **options: Any) -> gr.HTML:
    """Return the button `#trio-call`, which opens the call's overlay.

    The component's `submit` event fires when a call has ended, so that the page can show what was said. The
    overlay listens to clicks on whatever has the id `trio-call`, should the page want a button of its own.

    Args:
        language: As in `call_value`.
        options: For `gr.HTML`.
    """
    return gr.HTML(
        call_value(language),
        html_template=(
            f'<button type="button" id="trio-call" aria-haspopup="dialog">{icon("call")}'
            "<span>${value.words.button}</span></button>"
        ),
        js_on_load=_SCRIPT,
        apply_default_css=False,
        **options,
    )


def files_router() -> APIRouter:
    """Return the route of the overlay's scripts and style."""
    router = APIRouter()

    @router.get(PATH + "/{name}", include_in_schema=False)
    def file(name: str) -> FileResponse:
        if name not in FILES:
            raise HTTPException(404)
        return FileResponse(FOLDER / name, media_type=FILES[name], headers={"Cache-Control": "no-cache"})

    return router
