"""The page's own script: it knows the words that only the browser shows, and the document's language."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import gradio as gr

from chatbot.ui.words import DEFAULT_LANGUAGE, Words, words_for

_SCRIPT = Path(__file__).with_name("client.js")


def client_words(words: Words) -> dict[str, Any]:
    """Return what the scripts need: the value of `client`."""
    return {
        "locale": words.locale,
        "speaking": words.page.speaking,
        "stop_voice": words.page.stop_voice,
        "sidebar": words.history.sidebar.sidebar,
        "copied": words.history.actions.copied,
        "cancel": words.history.cancel,
        "asks": {name: asdict(ask) for name, ask in words.history.asks.items()},
        "gradio": dict(words.gradio),
    }


def client() -> gr.HTML:
    """Return the part that carries the script; its value is `client_words`."""
    return gr.HTML(
        client_words(words_for(DEFAULT_LANGUAGE)),
        html_template="<span hidden></span>",
        js_on_load=_SCRIPT.read_text(encoding="utf-8"),
        apply_default_css=False,
        elem_id="trio-client",
    )
