"""What a person has chosen, as the browser remembers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from chatbot.turn.options import MOST_HOT_WORDS, REPLY_TOKENS, SPEEDS, TEMPERATURES, TurnOptions
from chatbot.ui.words import LANGUAGES
from pipelines.core.types import Stage

STORAGE_KEY = "trio-preferences"
VERSION = 1
Theme = Literal["system", "light", "dark"]


class Preferences(BaseModel):
    """One person's choices; None is whatever the page or the server's settings say.

    Attributes:
        version: Of this format.
        language: Of the page.
        theme: Colours of the page.
        history: Whether conversations are kept.
        reply_language: ISO 639-1 code of the replies.
        max_reply_tokens: Longest reply.
        temperature: Of the reply's sampling.
        speak: Whether replies are spoken.
        speed: Pace of the voice.
        hot_words: Names and words that recordings may hold.
        follow_ups: Whether questions to ask next are suggested.
        backends: Back-end of each stage, where it is not the server's choice.
        voices: Voice of each language, where it is not the usual one.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: int = VERSION
    language: str | None = None
    theme: Theme = "system"
    history: bool = True
    reply_language: Annotated[str, Field(pattern="^[a-z]{2,3}$")] | None = None
    max_reply_tokens: Annotated[int, Field(ge=REPLY_TOKENS[0], le=REPLY_TOKENS[1])] | None = None
    temperature: Annotated[float, Field(ge=TEMPERATURES[0], le=TEMPERATURES[1])] | None = None
    speak: bool | None = None
    speed: Annotated[float, Field(ge=SPEEDS[0], le=SPEEDS[1])] | None = None
    hot_words: Annotated[str, Field(max_length=MOST_HOT_WORDS)] | None = None
    follow_ups: bool | None = None
    backends: Mapping[Stage, str] = {}
    voices: Mapping[str, str] = {}

    @field_validator("language")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        if value is not None and value not in LANGUAGES:
            raise ValueError(f"the page does not speak {value!r}")
        return value

    def options(self, usual: TurnOptions) -> TurnOptions:
        """Return how to answer a turn: these choices, and `usual` where there is none."""
        shared = {field.name for field in fields(usual)} & set(Preferences.model_fields)
        chosen = {name: value for name in shared if (value := getattr(self, name)) is not None}
        tables = {name: {**getattr(usual, name), **chosen[name]} for name in ("backends", "voices")}
        return replace(usual, **{**chosen, **tables})

    def stored(self) -> dict[str, Any]:
        """Return what the browser keeps."""
        return self.model_dump(mode="json")


def read_preferences(stored: object) -> Preferences:
    """Return the stored choices; each that cannot be used, or all of another version, count as none."""
    if not isinstance(stored, Mapping) or stored.get("version", VERSION) != VERSION:
        return Preferences()
    known = {name: stored[name] for name in Preferences.model_fields if name in stored}
    try:
        return Preferences.model_validate(known)
    except ValidationError as error:
        bad = {detail["loc"][0] for detail in error.errors()}
        return Preferences.model_validate({name: v for name, v in known.items() if name not in bad})
