"""Text as the classifiers want it."""

from __future__ import annotations

import html
import re
import unicodedata

_TAG = re.compile(r"<[a-zA-Z/!][^<>]{0,200}>")
_URL = re.compile(r"https?://\S+|www\.\S+")
_SPACE = re.compile(r"\s+")


def clean(text: str) -> str:
    """Return a text in Unicode NFKC without HTML, links, control characters and extra space."""
    plain = _URL.sub(" ", _TAG.sub(" ", html.unescape(text)))
    normal = unicodedata.normalize("NFKC", plain)
    visible = "".join(char if unicodedata.category(char) != "Cc" else " " for char in normal)
    return _SPACE.sub(" ", visible).strip()
