"""Inputs to try, for the empty page. They are the files of `assets/samples` that are there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "samples"
_EXAMPLES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Ask about a picture", "What do you see in this picture?", ("cat.jpg",)),
    ("Read a sign", "What does the sign say?", ("sign.png",)),
    ("Send a recording", "", ("jfk.flac",)),
    ("Share good news", "I just got the job I was hoping for! How should I celebrate?", ()),
)


def examples(folder: Path = FOLDER) -> list[dict[str, Any]]:
    """Return the examples whose files exist, in the form that the chat's empty page takes."""
    found: list[dict[str, Any]] = []
    for title, text, names in _EXAMPLES:
        paths = [folder / name for name in names]
        if all(path.is_file() for path in paths):
            found.append({"display_text": title, "text": text, "files": [str(path) for path in paths]})
    return found
