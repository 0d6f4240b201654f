"""Which of the languages that Trio has a browser asks for."""

from __future__ import annotations

from collections.abc import Collection


def preferred_language(accepted: str | None, known: Collection[str], default: str = "en") -> str:
    """Return the language of `known` that an Accept-Language header likes best (RFC 9110, 12.5.4).

    Args:
        accepted: The header; None where there is none.
        known: ISO 639-1 codes; regions in the header do not count.
        default: For a header that wants none of them.
    """
    best, found = 0.0, default
    for part in (accepted or "").split(","):
        tag, _, weight = part.partition(";")
        try:
            liked = float(weight.partition("=")[2]) if weight.strip() else 1.0
        except ValueError:
            continue
        language = tag.strip().lower().partition("-")[0]
        if language in known and liked > best:
            best, found = liked, language
    return found
