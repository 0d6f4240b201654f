"""Texts marked in English (`pipelines.core.marks`), in one of the languages that have a catalogue."""

from __future__ import annotations

import functools
import gettext
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from pipelines.core.marks import InContext, Plural
from pipelines.core.said import Said, Text

DOMAIN = "trio"
FOLDER = Path(__file__).parent
SOURCE = "en"
"""The language of the texts in the code, which needs no catalogue."""
LANGUAGES: Mapping[str, str] = {SOURCE: "English", "zh": "中文"}
"""Each language's name in itself."""
_Words = TypeVar("_Words")


class Translation:
    """One language.

    Args:
        catalogue: What has its texts.
    """

    def __init__(self, catalogue: gettext.NullTranslations) -> None:
        self._catalogue = catalogue

    def text(self, text: str) -> str:
        """Return a marked text in this language; as it is where the catalogue does not have it."""
        if isinstance(text, InContext):
            return str(self._catalogue.pgettext(text.context, text))
        return self._catalogue.gettext(text) if text else text

    def say(self, text: Text) -> str:
        """Return what was said, in this language; plain text, such as the name of a file, as it is."""
        return text.by(self.text) if isinstance(text, Said) else text

    def all_of(self, words: _Words) -> _Words:
        """Return the same shape in this language: all texts of dataclasses, tables' values and tuples.

        A `Translation` in it becomes this one.
        """
        said: _Words = self._any(words)
        return said

    def _any(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Plural):
            return replace(value, choose=self._catalogue.ngettext)
        if isinstance(value, Translation):
            return self
        if is_dataclass(value) and not isinstance(value, type):
            said = {field.name: self._any(getattr(value, field.name)) for field in fields(value)}
            return replace(value, **said)
        if isinstance(value, Mapping):
            return {key: self._any(item) for key, item in value.items()}
        if isinstance(value, tuple):
            return tuple(self._any(item) for item in value)
        raise TypeError(f"{type(value).__name__} has no texts")


@functools.cache
def translation_for(language: str) -> Translation:
    """Return a language of `LANGUAGES`.

    Raises:
        OSError: if its catalogue has not been compiled (`make messages`).
    """
    if language == SOURCE:
        return Translation(gettext.NullTranslations())
    return Translation(gettext.translation(DOMAIN, FOLDER, [language]))
