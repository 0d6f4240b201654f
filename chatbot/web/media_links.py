"""Addresses of what the server gives out beside the page. Relative, so that any root path does."""

from __future__ import annotations

from typing import Literal
from urllib.parse import quote

Size = Literal["small", "large"]


def media_link(media: str) -> str:
    """Return the address of a kept file."""
    return f"media/{quote(media, safe='')}"


def picture_link(media: str, size: Size) -> str:
    """Return the address of a kept picture as every browser can show it."""
    return f"{media_link(media)}/{size}.webp"


def export_link(conversation: str | None = None) -> str:
    """Return the address of a ZIP with one conversation, or all."""
    return f"export?conversation={quote(conversation, safe='')}" if conversation else "export"
