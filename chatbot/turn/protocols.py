"""The engine as those above it use it: the page, the server, and tests with one of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from chatbot.turn.events import Exchange, TurnEvent
from chatbot.turn.options import TurnOptions
from pipelines.core.cancel import CancelToken
from pipelines.core.registry import Registry
from pipelines.core.types import Evidence, Turn

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class WarmUpProgress(Protocol):
    """How far the models are."""

    @property
    def ready(self) -> bool:
        """Whether every model is loaded."""

    @property
    def done(self) -> tuple[str, ...]:
        """Loaded models."""

    @property
    def pending(self) -> tuple[str, ...]:
        """Models still to load."""

    @property
    def errors(self) -> Mapping[str, str]:
        """Models that could not be loaded, and why."""


class TurnEngine(Protocol):
    """What the page needs from the chatbot."""

    def respond(
        self,
        turn: Turn,
        history: Sequence[Exchange] = (),
        *,
        cancel: CancelToken | None = None,
        options: TurnOptions | None = None,
        known: Sequence[Evidence] = (),
    ) -> Iterator[TurnEvent]:
        """Answer a turn."""


class ConversationEngine(TurnEngine, Protocol):
    """The chatbot, as the page uses it."""

    @property
    def registry(self) -> Registry:
        """The back-ends that can be chosen."""

    def turn_options(self, **changes: Any) -> TurnOptions:
        """Return how turns are answered where nobody chooses otherwise."""

    def status(self) -> WarmUpProgress:
        """Tell how far the models are."""

    def start_warm_up(self) -> None:
        """Load the models in the background."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the meaning of each text: rows of length 1."""
