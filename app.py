"""Starts Trio's page: `python app.py`. Also the entry of a Hugging Face Space."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Serve the page until the program is interrupted; return the exit code."""
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from chatbot.engine import Chatbot
    from chatbot.models import needed_models, pull_missing
    from chatbot.server.run import launch
    from chatbot.settings import load_settings
    from pipelines.core.errors import TrioError
    from pipelines.core.memory import return_freed_memory

    return_freed_memory()
    try:
        settings = load_settings()
        with Chatbot(settings) as chatbot:
            if not settings.offline:
                pull_missing(chatbot.registry.store, needed_models(chatbot.registry))
            launch(chatbot, settings)
    except TrioError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
