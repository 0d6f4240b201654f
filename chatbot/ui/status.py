"""The line that says how far the models are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from chatbot.ui.markup import escape
from chatbot.ui.words import Words


class WarmUp(Protocol):
    """How far the models are."""

    @property
    def ready(self) -> bool:
        """Whether every model is loaded."""

    @property
    def done(self) -> tuple[str, ...]:
        """Loaded models."""

    @property
    def pending(self) -> tuple[str, ...]:
        """Models still to load."""

    @property
    def errors(self) -> Mapping[str, str]:
        """Models that could not be loaded, and why."""


def status_line(status: WarmUp, words: Words) -> tuple[str, bool]:
    """Return the line as HTML, and whether it will change no more."""
    settled = status.ready or not status.pending
    if status.errors:
        tone, line = (
            "trouble",
            words.status.failed([words.labels.stage(name) for name in sorted(status.errors)]),
        )
    elif settled:
        tone, line = "ready", words.status.ready
    else:
        tone = "warming"
        line = words.status.warming(len(status.done), len(status.done) + len(status.pending))
    detail = "; ".join(
        words.panel.named(words.labels.stage(name), why) for name, why in status.errors.items()
    )
    title = f' title="{escape(detail)}"' if detail else ""
    return (
        f'<div class="trio-status trio-{tone}" role="status"{title}><span class="trio-dot"></span>'
        f"{escape(line)}</div>",
        settled,
    )
