"""The inputs of a turn: their order, their icons, the files behind them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chatbot.history import Role, StoredMedia
from chatbot.ui.markup import Icon
from pipelines.core.types import Evidence

TEXT, VOICE, PICTURE = "text", "voice", "picture "


def sources_of(items: Iterable[Evidence]) -> list[str]:
    """Return the sources of the evidence: words, voice, then pictures in their order."""
    ranks = {TEXT: 0, VOICE: 1}
    return sorted({item.source for item in items}, key=lambda s: (ranks.get(s, 2), len(s), s))


def source_icon(source: str) -> Icon:
    """Return the drawing for a source."""
    icons: dict[str, Icon] = {TEXT: "text", VOICE: "voice"}
    return icons.get(source, "picture")


def source_files(media: Sequence[StoredMedia]) -> dict[str, StoredMedia]:
    """Return the file behind each source. Several recordings were heard as one, so none stands for them."""
    pictures = [item for item in media if item.role == Role.PICTURE]
    recordings = [item for item in media if item.role == Role.RECORDING]
    files = {f"{PICTURE}{number}": item for number, item in enumerate(pictures, start=1)}
    return {**files, VOICE: recordings[0]} if len(recordings) == 1 else files
