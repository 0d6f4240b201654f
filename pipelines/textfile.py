"""Text files for the stages that read text."""

from __future__ import annotations

import codecs
from pathlib import Path

from pipelines.core.errors import DecodeError, EmptyInputError, LimitError
from pipelines.core.said import said

MAX_BYTES = 1_000_000
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ALLOWED = "plain text in UTF-8, or in UTF-16 or UTF-32 with a byte order mark"


def read_text(path: Path) -> str:
    """Return the text of a file of at most 1 MB, UTF-8 unless a byte order mark says otherwise.

    Raises:
        LimitError: if it is larger.
        DecodeError: if it is not text.
        EmptyInputError: if there is nothing in it but white space.
        OSError: if the file cannot be read.
    """
    with path.open("rb") as file:
        raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise LimitError(
            "The text file is too large",
            given=said("{count} bytes", count=format(path.stat().st_size, ",")),
            allowed=f"at most {MAX_BYTES:,} bytes",
            fix="Split it into smaller files",
        )
    text = _decode(raw)
    if not text.strip():
        raise EmptyInputError("The text file is empty", fix="Give a file with some words in it")
    return text


def _decode(raw: bytes) -> str:
    encoding = next((name for mark, name in _MARKS if raw.startswith(mark)), "utf-8")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise DecodeError(
            "The file cannot be read as text",
            given=f"byte {error.start} is not {encoding}",
            allowed=_ALLOWED,
            fix="Save it as UTF-8",
        ) from error
    if "\0" in text:
        raise DecodeError("The file is binary, not text", given="it holds zero bytes", allowed=_ALLOWED)
    return text
