"""The page: its parts, and which handler each of them calls."""

from __future__ import annotations

from typing import Protocol

import gradio as gr

from chatbot.options import TurnOptions
from chatbot.ui.handlers import Chatting, Handlers
from chatbot.ui.layout import TITLE, lay_out
from chatbot.ui.remembering import Remembering
from chatbot.ui.wiring import wire_page, wire_settings, wire_turns

CACHE_SECONDS = (3600, 86400)


class PageSettings(Protocol):
    """The settings that the page reads."""

    def turn_options(self) -> TurnOptions:
        """Return how turns are answered where a person chooses nothing."""


def build(chatbot: Chatting, settings: PageSettings) -> gr.Blocks:
    """Return the page. Nothing is loaded and no port is opened."""
    page = gr.Blocks(title=TITLE, analytics_enabled=False, fill_height=True, delete_cache=CACHE_SECONDS)
    with page:
        parts = lay_out()
        handlers = Handlers(chatbot, parts.chat.GRADIO_CACHE)
        remembering = Remembering(chatbot.registry, settings.turn_options())
        wire_turns(parts, handlers, remembering)
        wire_page(page, parts, handlers)
        wire_settings(page, parts, handlers, remembering)
    page.queue(default_concurrency_limit=None)
    return page
