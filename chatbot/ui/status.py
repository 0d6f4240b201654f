"""The line that says how far the models are."""

from __future__ import annotations

from chatbot.turn.warm_up import WarmUpStatus
from chatbot.ui.markup import escape
from chatbot.ui.words import Words


def status_line(status: WarmUpStatus, words: Words) -> tuple[str, bool]:
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
        words.panel.named(words.labels.stage(name), words.say(why)) for name, why in status.errors.items()
    )
    title = f' title="{escape(detail)}"' if detail else ""
    return (
        f'<div class="trio-status trio-{tone}" role="status"{title}><span class="trio-dot"></span>'
        f"{escape(line)}</div>",
        settled,
    )
