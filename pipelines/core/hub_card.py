"""What a model's card says of itself (README.md, YAML front matter)."""

from __future__ import annotations

import re
from pathlib import Path

_TWO_LETTERS = {
    "eng": "en", "deu": "de", "fra": "fr", "spa": "es", "por": "pt", "ita": "it", "nld": "nl", "rus": "ru",
    "ukr": "uk", "pol": "pl", "tur": "tr", "ara": "ar", "hin": "hi", "ben": "bn", "zho": "zh", "cmn": "zh",
    "jpn": "ja", "kor": "ko", "vie": "vi", "tha": "th", "ind": "id", "swe": "sv", "fin": "fi", "ell": "el",
}  # fmt: skip
_SUFFIX = re.compile(r"-([a-z]{3})$")


def card_languages(folder: Path) -> tuple[str, ...]:
    """Return the ISO 639-1 codes of the card's languages; of the folder's name ("mms-tts-deu") without any.

    Empty where neither says anything.
    """
    found = [_two_letters(code) for code in _card_codes(folder / "README.md")]
    known = tuple(dict.fromkeys(code for code in found if code))
    if not known and (match := _SUFFIX.search(_repository_name(folder))):
        code = _two_letters(match[1])
        return (code,) if code else ()
    return known


def _card_codes(path: Path) -> list[str]:
    if not path.is_file():
        return []
    from huggingface_hub import ModelCard

    try:
        given = ModelCard.load(path, ignore_metadata_errors=True).data.get("language")
    except (ValueError, OSError):
        return []
    return [str(code) for code in (given if isinstance(given, list) else [given]) if code]


def _two_letters(code: str) -> str | None:
    code = re.split(r"[-_]", code.strip().lower())[0]
    return code if len(code) == 2 else _TWO_LETTERS.get(code)


def _repository_name(folder: Path) -> str:
    """Return "name" of a hub snapshot ("models--owner--name/snapshots/commit"), else the folder's own."""
    return folder.parent.parent.name if folder.parent.name == "snapshots" else folder.name
