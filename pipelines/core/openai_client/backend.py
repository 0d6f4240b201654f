"""The life of a back-end behind an OpenAI-compatible server."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, Generic, TypeVar

from pipelines.core.errors import BackendError
from pipelines.core.openai_client.client import CHECK_SECONDS, OpenAIClient
from pipelines.core.openai_client.errors import RefusedError
from pipelines.core.openai_client.options import EndpointOptions
from pipelines.core.registry import Registry
from pipelines.core.said import said

_O = TypeVar("_O", bound=EndpointOptions)
_NO_LIST = frozenset({404, 405, 501})


class ServerBackend(Generic[_O]):
    """A back-end whose model runs elsewhere. `options_type` has its options.

    Args:
        registry: Not used; every back-end gets it.
        options: Fields of `options_type`.

    Raises:
        SettingsError: for options that cannot be used.
    """

    options_type: ClassVar[type[EndpointOptions]]

    def __init__(self, registry: Registry, **options: Any) -> None:
        del registry
        self.options: _O = self.options_type.read(options)  # type: ignore[assignment]
        self._client: OpenAIClient | None = None
        self._name = self.options.model
        self.model = self._shown()

    def _shown(self) -> str:
        return f"{self._name or 'the first model'} (server {self.options.host})"

    @property
    def client(self) -> OpenAIClient:
        """The open client. Raises BackendError before `load`."""
        if self._client is None:
            raise BackendError(
                said("The server backend is not loaded"), fix=said("Load it through the registry")
            )
        return self._client

    def load(self) -> None:
        """Find the server and its model.

        Raises:
            BackendError: if it does not answer, refuses the key, or does not say which models it has where
                none is chosen.
        """
        client = OpenAIClient(self.options)
        client.open()
        try:
            self._choose(self._cards(client), client)
        except BaseException:
            client.close()
            raise
        self._client = client

    def _cards(self, client: OpenAIClient) -> list[dict[str, Any]]:
        """Return the server's models; none where it keeps no list and a model is chosen."""
        try:
            return client.list_models()
        except RefusedError as error:
            if self.options.model and error.status in _NO_LIST:
                return []
            raise

    def _choose(self, cards: list[dict[str, Any]], client: OpenAIClient) -> None:
        if not self.options.model and not cards:
            raise BackendError(
                said("The server {host} lists no models", host=self.options.host),
                fix=said("Set model under [options.{stage}]", stage=self.options.stage),
            )
        self._name = self.options.model or cards[0]["id"]
        self.model = self._shown()
        self._look(next((card for card in cards if card["id"] == self._name), {}), client)

    def _look(self, card: dict[str, Any], client: OpenAIClient) -> None:
        """Learn what the server says about the model; {} where it says nothing."""

    def warm_up(self) -> None:
        """Do nothing: the model runs elsewhere."""

    def unload(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def check(self) -> None:
        """Ask the server once, with a short time-out. Raises BackendError where it does not answer."""
        quick = dataclasses.replace(self.options, timeout=min(CHECK_SECONDS, self.options.timeout), retries=0)
        client = OpenAIClient(quick)
        client.open()
        try:
            self._cards(client)
        finally:
            client.close()
