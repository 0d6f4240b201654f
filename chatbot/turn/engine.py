"""The conversation's engine: it answers turns with the models that it keeps warm."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Self

from chatbot.config.backends import chatbot_registry
from chatbot.config.settings import Settings
from chatbot.turn.early_work import EarlyWork
from chatbot.turn.events import Exchange, TurnEvent
from chatbot.turn.idle_work import IdleWork
from chatbot.turn.options import TurnOptions
from chatbot.turn.turn_run import TurnRun
from chatbot.turn.understanding import AT_ONCE, Coming
from chatbot.turn.warm_up import WarmUp, WarmUpStatus
from pipelines.core.cancel import CancelToken
from pipelines.core.registry import Registry, Selection
from pipelines.core.types import Evidence, Stage, Turn

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Chatbot:
    """Answers turns. Thread-safe; models load on first use or in `start_warm_up`.

    A context manager: leaving it frees the models, whose native threads must not outlive the interpreter.

    Args:
        settings: How to answer.
        registry: The back-ends; None for the ones that the settings choose.

    Attributes:
        idle: What is done while no turn is answered.
        early: What is understood before it is sent.
    """

    def __init__(self, settings: Settings, registry: Registry | None = None) -> None:
        self.settings = settings
        self.registry = registry or chatbot_registry(settings)
        self.idle = IdleWork()
        self.early = EarlyWork(self.understand, self.registry)
        most = AT_ONCE * (settings.turns_at_once + 1)  # one draft is understood beside the turns
        self._stages = ThreadPoolExecutor(most, thread_name_prefix="trio-stage")
        self._warm_up = WarmUp(self.registry)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the warm-up, early work and the work of quiet moments, and free the models."""
        self.early.close()
        self.idle.close()
        self._warm_up.stop()
        self._stages.shutdown()
        self.registry.unload()

    def start_warm_up(self) -> None:
        """Load the models in the background."""
        self._warm_up.start()

    def expect_language(self, language: str) -> None:
        """Tell that somebody writes this ISO 639-1 language: what only it needs is loaded after the rest."""
        self._warm_up.expect(language)

    def wait_until_warm(self) -> WarmUpStatus:
        """Load the models and return how that went."""
        self._warm_up.wait()
        return self._warm_up.status()

    def status(self) -> WarmUpStatus:
        """Tell how far the models are."""
        return self._warm_up.status()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the meaning of each text: rows of length 1, shape (texts, width).

        Raises:
            TrioError: if the model cannot run.
        """
        vectors: NDArray[np.float32] = self.registry.get(Stage.EMBED).embed(texts)
        return vectors

    def turn_options(self, **changes: Any) -> TurnOptions:
        """Return how turns are answered where nobody chooses otherwise; `changes` are fields of it."""
        return self.settings.turn_options(**changes)

    def respond(
        self,
        turn: Turn,
        history: Sequence[Exchange] = (),
        *,
        cancel: CancelToken | None = None,
        options: TurnOptions | None = None,
        known: Sequence[Evidence] = (),
        coming: Coming | None = None,
    ) -> Generator[TurnEvent, None, None]:
        """Answer a turn; the last event is `Done` or `Failed`.

        Closing the iterator stops everything; so does cancelling the token, after which `Done` says
        that the reply was stopped. Both happen at once, whatever the stages do; the token is held until
        those that run have ended (`CancelToken.on_idle`). No exception of a stage leaves this iterator.

        Args:
            turn: What the person gave.
            history: Earlier turns, oldest first.
            cancel: The turn's token; it is cancelled when the turn ends.
            options: How to answer this turn; None for what the settings say.
            known: What is understood already, for example what a person put right: stages of the same
                kind and source do not run. Evidence for what the turn does not hold is not used.
            coming: What is being understood already (`early.take`), in the same way.
        """
        return self._run(turn, history, cancel, options, known, coming, answer=True)

    def understand(
        self, turn: Turn, *, cancel: CancelToken | None = None, options: TurnOptions | None = None
    ) -> Generator[TurnEvent, None, None]:
        """Understand a turn and answer nothing; events and their end are those of `respond`, without text."""
        return self._run(turn, (), cancel, options, (), None, answer=False)

    def _run(
        self,
        turn: Turn,
        history: Sequence[Exchange],
        cancel: CancelToken | None,
        options: TurnOptions | None,
        known: Sequence[Evidence],
        coming: Coming | None,
        *,
        answer: bool,
    ) -> Generator[TurnEvent, None, None]:
        options = options or self.turn_options()
        token = cancel or CancelToken()
        selection = Selection(self.registry, options.backends)
        answering = TurnRun(selection, turn, tuple(history), token, options, tuple(known), coming)
        try:
            with self.idle.turn(token):
                yield from answering.run(self._stages, answer=answer)
        finally:
            token.cancel()
