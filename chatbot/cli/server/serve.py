"""Serving the page: what `python app.py` and `python -m chatbot serve` do."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatbot.config.settings import Settings


def quiet_libraries() -> None:
    """Keep libraries from telling their makers anything; before they are imported, and where nobody chose."""
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")


def serve(settings: Settings) -> None:
    """Get the models that are missing, unless offline, and serve the page until the program is interrupted.

    Raises:
        TrioError: if a model cannot be had, or the page cannot be served.
    """
    quiet_libraries()
    from chatbot.cli.models import needed_models, pull_missing
    from chatbot.cli.server.run import launch
    from chatbot.turn.engine import Chatbot

    with Chatbot(settings) as chatbot:
        if not settings.offline:
            pull_missing(chatbot.registry.store, needed_models(chatbot.registry))
        launch(chatbot, settings)
