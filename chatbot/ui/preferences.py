"""What a person has chosen, as the browser remembers it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from chatbot.ui.words import CATALOGUES, Words, words_for

STORAGE_KEY = "trio-preferences"
VERSION = 1


class Preferences(BaseModel):
    """One person's choices. `language` is None until it was chosen; `history`: whether talks are kept."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: int = VERSION
    language: str | None = None
    history: bool = True

    @field_validator("language")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        if value is not None and value not in CATALOGUES:
            raise ValueError(f"the page does not speak {value!r}")
        return value

    def words(self, otherwise: str) -> Words:
        """Return the chosen words, or those of the language `otherwise`."""
        return words_for(self.language or otherwise)

    def stored(self) -> dict[str, Any]:
        """Return what the browser keeps."""
        return self.model_dump(mode="json")


def read_preferences(stored: object) -> Preferences:
    """Return the stored choices; what cannot be used, or is of another version, counts as none."""
    try:
        found = Preferences.model_validate(stored)
    except ValidationError:
        return Preferences()
    return found if found.version == VERSION else Preferences()
