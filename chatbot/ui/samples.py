"""Inputs to try, for the empty page. They are the files of `assets/samples` that are there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from chatbot.ui.words import Words

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "samples"
_EXAMPLES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("What do you see in this picture?", ("cat.jpg",)),
    ("What does the sign say?", ("sign.png",)),
    ("", ("jfk.flac",)),
    ("I just got the job I was hoping for! How should I celebrate?", ()),
)


def examples(words: Words, folder: Path = FOLDER) -> list[dict[str, Any]]:
    """Return the examples whose files exist, in the form that the chat's empty page takes.

    Titles are the page's; the questions stay English, which is what the reply's model knows.
    """
    found: list[dict[str, Any]] = []
    for title, (text, names) in zip(words.page.samples, _EXAMPLES, strict=True):
        paths = [folder / name for name in names]
        if all(path.is_file() for path in paths):
            found.append({"display_text": title, "text": text, "files": [str(path) for path in paths]})
    return found
