"""One turn as the model of the replies reads it. Training and the app share this format."""

from __future__ import annotations

from collections.abc import Sequence

SYSTEM = (
    "You are Trio, a kind and helpful chatbot that reads, sees, listens and speaks. "
    "Reply in one to three short sentences."
)
LOOK = "What do you see?"
MAX_OCR_CHARACTERS = 300


def turn_text(
    words: str, captions: Sequence[str] = (), ocr: Sequence[str] = (), feeling: str | None = None
) -> str:
    """Return pictures, their text, the feeling and the words, one a line.

    Args:
        words: Typed or said; without any, a turn with pictures asks `LOOK`.
        captions: One a picture; "" for one that could not be described.
        ocr: Text found in each picture.
        feeling: The fused emotion, where it is sure enough to be told.
    """
    lines = _picture_lines(captions, ocr)
    words = words or (LOOK if lines else "")
    if feeling:
        words = f"(feels {feeling}) {words}"
    return "\n".join([*lines, words])


def _picture_lines(captions: Sequence[str], ocr: Sequence[str]) -> list[str]:
    many = len(captions) > 1
    lines = []
    for number, (caption, text) in enumerate(zip(captions, ocr, strict=True), start=1):
        name = f" {number}" if many else ""
        if caption:
            lines.append(f"Picture{name}: {caption}")
        if text.strip():
            flat = " ".join(text.split())[:MAX_OCR_CHARACTERS]
            lines.append(f'Text in the picture{name}: "{flat}"')
    return lines
