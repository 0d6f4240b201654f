"""Small pieces of HTML. Everything that comes from outside goes through `escape`."""

from __future__ import annotations

import html
from typing import Literal

Icon = Literal[
    "text", "voice", "picture", "mood", "clock", "warning", "check", "stop", "speaker", "edit", "copy",
    "retry", "undo", "redo", "like", "dislike", "previous", "next", "plus", "bin", "save", "bring in",
    "menu", "help", "settings", "camera", "close", "evidence", "pin", "unpin", "call", "down",
]  # fmt: skip

_PATHS: dict[Icon, str] = {
    "text": '<path d="M4 6h16M4 12h16M4 18h10"/>',
    "voice": '<rect x="9" y="3" width="6" height="11" rx="3"/><path d="M5 11a7 7 0 0 0 14 0M12 18v3"/>',
    "picture": (
        '<rect x="3" y="4" width="18" height="16" rx="2"/><circle cx="9" cy="10" r="1.6"/>'
        '<path d="m4 18 5-5 4 4 3-3 4 4"/>'
    ),
    "mood": '<circle cx="12" cy="12" r="9"/><path d="M8.5 14.5a4.5 4.5 0 0 0 7 0M9 9.5v.01M15 9.5v.01"/>',
    "clock": '<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3 2"/>',
    "warning": '<path d="M12 3 2.5 20h19L12 3zM12 10v4M12 17v.01"/>',
    "check": '<path d="m5 13 4 4L19 7"/>',
    "stop": '<rect x="6" y="6" width="12" height="12" rx="2"/>',
    "edit": '<path d="M4 20h4L19 9l-4-4L4 16v4zM13 7l4 4"/>',
    "copy": '<rect x="9" y="9" width="11" height="11" rx="2"/><path d="M5 15V6a2 2 0 0 1 2-2h8"/>',
    "retry": '<path d="M20 11a8 8 0 1 0-2.3 6.3M20 4v7h-7"/>',
    "undo": '<path d="M9 5 4 10l5 5M4 10h9a6 6 0 0 1 0 12h-2"/>',
    "redo": '<path d="m15 5 5 5-5 5M20 10h-9a6 6 0 0 0 0 12h2"/>',
    "like": '<path d="M7 10v10H4V10h3zm0 0 4-7a2 2 0 0 1 2 2v4h6l-2 11H7"/>',
    "dislike": '<path d="M7 14V4H4v10h3zm0 0 4 7a2 2 0 0 0 2-2v-4h6L17 4H7"/>',
    "previous": '<path d="m14 6-6 6 6 6"/>',
    "down": '<path d="m7 10 5 5 5-5"/>',
    "next": '<path d="m10 6 6 6-6 6"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "bin": '<path d="M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13"/>',
    "save": '<path d="M12 4v11M7 11l5 5 5-5M5 20h14"/>',
    "bring in": '<path d="M12 16V5M7 9l5-5 5 5M5 20h14"/>',
    "menu": '<rect x="3" y="4" width="18" height="16" rx="2"/><path d="M9 4v16"/>',
    "help": (
        '<circle cx="12" cy="12" r="9"/>'
        '<path d="M9.5 9.5a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.8M12 17v.01"/>'
    ),
    "settings": (
        '<path d="M4 7h9M17 7h3M4 17h3M11 17h9"/><circle cx="15" cy="7" r="2"/><circle cx="9" cy="17" r="2"/>'
    ),
    "camera": (
        '<path d="M4 8h3l2-3h6l2 3h3a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1z"/>'
        '<circle cx="12" cy="13" r="3.5"/>'
    ),
    "pin": '<path d="M9 4h6l-1 6 3 4H7l3-4-1-6zM12 14v6"/>',
    "unpin": '<path d="M9 4h6l-1 6 3 4H7l3-4-1-6zM12 14v6M4 4l16 16"/>',
    "evidence": '<path d="M5 20v-6M12 20V4M19 20V9"/>',
    "call": '<path d="M4 10v4M8 7v10M12 4v16M16 8v8M20 10v4"/>',
    "close": '<path d="m6 6 12 12M18 6 6 18"/>',
    "speaker": '<path d="M4 10v4h4l5 4V6L8 10H4zM16.5 9a4 4 0 0 1 0 6M19 6.5a8 8 0 0 1 0 11"/>',
}


def escape(text: object) -> str:
    """Return `text` so that a browser shows it letter by letter, inside tags and attributes alike."""
    return html.escape(str(text), quote=True)


def english(text: str) -> str:
    """Return a name of a model or a command, which no translation changes."""
    return f'<span lang="en" translate="no">{escape(text)}</span>'


def icon(name: Icon) -> str:
    """Return a decorative line drawing, hidden from screen readers."""
    return (
        '<svg class="trio-icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" '
        f'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{_PATHS[name]}</svg>'
    )


def percent(share: float) -> str:
    """Return a probability as a whole percentage, never rounded up to certainty."""
    if 0.995 <= share < 1:
        return "99 %"
    if 0 < share < 0.005:
        return "<1 %"
    return f"{share * 100:.0f} %"


def meter(label: str, share: float, *, strong: bool = False) -> str:
    """Return a labelled bar for a share between 0 and 1."""
    clipped = min(max(share, 0.0), 1.0)
    width, figure = f"{clipped * 100:.1f}", escape(percent(clipped))
    name = f'<span class="trio-meter-name">{escape(label)}</span>'
    bar = (
        f'<span class="trio-bar" role="meter" aria-label="{escape(label)}" aria-valuemin="0" '
        f'aria-valuemax="100" aria-valuenow="{width}" aria-valuetext="{figure}">'
        f'<span style="width:{width}%"></span></span>'
    )
    shown = f'<span class="trio-figure" aria-hidden="true">{figure}</span>'
    return f'<div class="trio-meter{" trio-strong" if strong else ""}">{name}{bar}{shown}</div>'


def notice(title: str, message: str, *, tone: Literal["warning", "quiet"] = "warning") -> str:
    """Return a boxed message. Title and message are plain text."""
    mark = icon("warning") if tone == "warning" else icon("speaker")
    return (
        f'<div class="trio-notice trio-{tone}" role="status">{mark}<div><strong>{escape(title)}</strong>'
        f"<span>{escape(message)}</span></div></div>"
    )


def plain(text: str) -> str:
    """Return a person's own words, shown exactly as they were written."""
    return f'<div class="trio-plain" dir="auto">{escape(text)}</div>'
