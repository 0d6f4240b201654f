"""One frozen `Settings`: defaults < settings file < environment < command line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import (
    SettingsError as SourceError,
)

from chatbot.config.mind import Mind
from chatbot.config.profiles import Profile
from chatbot.config.server_options import ServerOptions
from chatbot.turn.options import (
    LONGEST_REPLY,
    MOST_HOT_WORDS,
    REPLY_TOKENS,
    SPEEDS,
    TEMPERATURE,
    TEMPERATURES,
    TurnOptions,
)
from pipelines.core.errors import SettingsError
from pipelines.core.types import Stage

FILE_VARIABLE = "TRIO_CONFIG"
_PREFIX = "TRIO_"
_NESTED = "__"
_SECRETS = frozenset({"api_key"})


def _hide_secrets(value: Any) -> Any:
    """Return options with each secret wrapped, so that no print and no error shows it."""
    if isinstance(value, Mapping):
        return {
            key: SecretStr(item) if key in _SECRETS and isinstance(item, str) else _hide_secrets(item)
            for key, item in value.items()
        }
    return value


Options = Annotated[Mapping[str, Any], BeforeValidator(_hide_secrets)]


def settings_file() -> Path:
    """Return where the settings file is looked for: `TRIO_CONFIG`, else the user's config folder."""
    if given := os.environ.get(FILE_VARIABLE):
        return Path(given).expanduser()
    import platformdirs

    return Path(platformdirs.user_config_dir("trio", appauthor=False)) / "trio.toml"


def _default_data_dir() -> Path:
    import platformdirs

    return Path(platformdirs.user_data_dir("trio", appauthor=False))


class Settings(ServerOptions):
    """Everything that can be set. Made by `load_settings`, never changed.

    Attributes:
        host: Address that the page listens on.
        port: Port that the page listens on.
        speak: Whether replies are spoken.
        speed: Pace of the voice; 1.0 is its own.
        temperature: Of the reply's sampling; 0 takes the likeliest token always.
        max_reply_tokens: Longest reply.
        hot_words: Names and words that recordings may hold, spelled as they are written.
        follow_ups: Whether questions to ask next are suggested after a reply, when Trio is idle; the packaged
            models write too few good ones.
        threads: Threads of each model; those that run at the same time share the cores.
        call_pause: Silence that ends a turn in a voice call, in seconds.
        calls_at_once: Voice calls of all people together.
        mind: Which packaged model writes the replies; "auto" takes the small one where memory is short.
        profile: Picks the back-end of each stage.
        backends: Back-end of single stages, where it is not the profile's.
        options: Options of each stage's back-end; a table under a back-end's name holds that one's.
        aliases: Names by which API clients call a model or a voice, to what they stand for: "trio",
            "stage/back-end" or a voice. They come before `chatbot.api.aliases`; an empty text takes one away.
        offline: Whether servers on other machines and downloads are refused.
        history: Whether conversations are kept.
        data_dir: Folder that they are kept in.

    `ServerOptions` has the rest.
    """

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_nested_delimiter=_NESTED, frozen=True, extra="forbid"
    )

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 7860
    speak: bool = True
    speed: Annotated[float, Field(ge=SPEEDS[0], le=SPEEDS[1])] = 1.0
    temperature: Annotated[float, Field(ge=TEMPERATURES[0], le=TEMPERATURES[1])] = TEMPERATURE
    max_reply_tokens: Annotated[int, Field(ge=REPLY_TOKENS[0], le=REPLY_TOKENS[1])] = LONGEST_REPLY
    hot_words: Annotated[str, Field(max_length=MOST_HOT_WORDS)] = ""
    follow_ups: bool = False
    threads: Annotated[int, Field(ge=1, le=64)] = min(4, os.cpu_count() or 1)
    call_pause: Annotated[float, Field(ge=0.3, le=3.0)] = 0.7
    calls_at_once: Annotated[int, Field(ge=1, le=1000)] = 4
    mind: Mind = "auto"
    profile: Profile = "embedded"
    backends: Mapping[Stage, str] = {}
    options: Mapping[Stage, Options] = {}
    aliases: Mapping[str, str] = {}
    offline: bool = False
    history: bool = True
    data_dir: Annotated[Path, AfterValidator(Path.expanduser)] = Field(default_factory=_default_data_dir)

    def turn_options(self, **changes: Any) -> TurnOptions:
        """Return how turns are answered where nobody chooses otherwise; `changes` are fields of it."""
        return replace(
            TurnOptions(
                temperature=self.temperature,
                max_reply_tokens=self.max_reply_tokens,
                speak=self.speak,
                speed=self.speed,
                hot_words=self.hot_words,
                follow_ups=self.follow_ups,
            ),
            **changes,
        )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources, strongest first."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, settings_file())


def load_settings(**overrides: Any) -> Settings:
    """Return the settings; `overrides` that are None do not count.

    Raises:
        SettingsError: for a value that is not allowed, a name that is unknown or a broken file.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "the settings"
        raise SettingsError(
            f"The setting {name} is invalid: {first['msg']}",
            given="" if first["loc"][:1] == ("options",) else repr(first.get("input"))[:80],
            allowed=", ".join(Settings.model_fields) if first["type"] == "extra_forbidden" else "",
            fix=_where(name),
        ) from error
    except (SourceError, ValueError, OSError) as error:
        raise SettingsError(
            "The settings cannot be read", given=f"{settings_file()}: {error}", fix=_where("NAME")
        ) from error


def _where(name: str) -> str:
    variable = _PREFIX + name.partition(".")[0].upper()
    return f"Set it on the command line, in the variable {variable} or in {settings_file()}"
