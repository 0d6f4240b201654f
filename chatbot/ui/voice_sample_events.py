"""Connects the buttons that let a person listen to a voice."""

from __future__ import annotations

from typing import Any

import gradio as gr

from chatbot.ui.event_options import QUIET
from chatbot.ui.layout import Parts
from chatbot.ui.preference_handlers import PreferenceHandlers
from chatbot.ui.tab_session import Session

AT_ONCE = 1
"""Sentences that are spoken at the same time, for everybody together."""


def wire_samples(parts: Parts, remembering: PreferenceHandlers) -> None:
    """Speak the sentence that was asked for; it goes back through the settings' dialog."""

    def listen(stored: Any, session: Session, asked: gr.EventData) -> dict[str, Any]:
        return remembering.sample(session.words, asked._data, stored)

    parts.drawer.listen(
        listen,
        [parts.preferences, parts.state],
        [parts.drawer],
        trigger_mode="multiple",
        concurrency_limit=AT_ONCE,
        **QUIET,
    )
