"""The options of a back-end behind a server, checked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Any, ClassVar, Self

from pydantic import ConfigDict, Field, SecretStr, ValidationError
from pydantic.dataclasses import dataclass

from pipelines.core.errors import SettingsError
from pipelines.core.hosts import host_of, is_this_machine
from pipelines.core.said import said
from pipelines.core.types import Stage

URL_VARIABLE = "OPENAI_BASE_URL"
KEY_VARIABLE = "OPENAI_API_KEY"


@dataclass(frozen=True, config=ConfigDict(hide_input_in_errors=True))
class EndpointOptions:
    """Where a server is and how to talk to it.

    Attributes:
        url: Base address, mostly ending in /v1; "" for the variable OPENAI_BASE_URL.
        model: Name of the model; "" for the first that the server lists.
        api_key: Key; None for the variable `api_key_env`.
        api_key_env: Name of the variable that holds the key.
        timeout: Longest silence of the server, in seconds.
        retries: How often a request is sent again where the server is busy or does not answer.
        offline: Whether servers on other machines are refused.
    """

    stage: ClassVar[Stage]

    url: str = ""
    model: str = ""
    api_key: SecretStr | None = field(default=None, repr=False)
    api_key_env: str = KEY_VARIABLE
    timeout: Annotated[float, Field(gt=0, le=3600)] = 60.0
    retries: Annotated[int, Field(ge=0, le=10)] = 2
    offline: bool = False

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Self:
        """Return the options with the address filled in.

        Raises:
            SettingsError: for an option that is unknown or has a value that is not allowed, for an address
                that is missing or cannot be used or is another machine's where Trio is offline, and for a
                key that no header can carry.
        """
        try:
            options = cls(**{**given, "url": _address(given.get("url"))})
        except ValidationError as error:
            first = error.errors(include_input=False)[0]
            name = ".".join(str(part) for part in first["loc"])
            raise SettingsError(
                said(
                    "The option {name} of {stage} is invalid: {reason}",
                    name=repr(name),
                    stage=cls.stage,
                    reason=first["msg"],
                ),
                fix=said("Change it under [options.{stage}] in the settings file", stage=cls.stage),
            ) from None
        options._check_address()
        options._check_key()
        return options

    @property
    def host(self) -> str:
        """The server's machine, as people are told it."""
        return host_of(self.url)

    @property
    def key(self) -> str:
        """The key; "" without one."""
        given = self.api_key.get_secret_value() if self.api_key is not None else None
        return (os.environ.get(self.api_key_env, "") if given is None else given).strip()

    def _check_address(self) -> None:
        where = f"[options.{self.stage}]"
        if not self.url:
            raise SettingsError(
                said("No server is set for the backend openai of {stage}", stage=self.stage),
                fix=said(
                    "Set url under {where}, such as url = {example}, or the variable {variable}",
                    where=where,
                    example='"http://localhost:11434/v1"',
                    variable=URL_VARIABLE,
                ),
            )
        if not self.url.startswith(("http://", "https://")) or not self.host:
            raise SettingsError(
                said("The server address of {stage} is invalid", stage=self.stage),
                allowed=said("an address such as {example}", example='"http://localhost:11434/v1"'),
                fix=said("Change url under {where}", where=where),
            )
        if "@" in self.url:
            raise SettingsError(
                said("The server address of {stage} contains a username or password", stage=self.stage),
                fix=said(
                    "Put the key into api_key under {where}, or into the variable {variable}",
                    where=where,
                    variable=self.api_key_env,
                ),
            )
        if self.offline and not is_this_machine(self.url):
            raise SettingsError(
                said(
                    "The server of {stage} is on another machine, but Trio is set to stay offline",
                    stage=self.stage,
                ),
                given=self.host,
                allowed=said("servers on this computer (localhost)"),
                fix=said("Choose another backend, or turn off --offline (TRIO_OFFLINE)"),
            )

    def _check_key(self) -> None:
        if not (self.key.isascii() and self.key.isprintable()):
            raise SettingsError(
                said("The API key for the server of {stage} contains invalid characters", stage=self.stage),
                allowed=said("printable ASCII"),
                fix=said(
                    "Copy it again into api_key under [options.{stage}], or into {variable}",
                    stage=self.stage,
                    variable=self.api_key_env,
                ),
            )


def _address(given: Any) -> Any:
    url = given or os.environ.get(URL_VARIABLE, "")
    return url.strip().rstrip("/") if isinstance(url, str) else url
