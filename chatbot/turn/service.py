"""The one way of a turn: a place in the queue, the engine, and what is kept, counted and told of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from chatbot.turn.events import Done, Failed, Reply, Timings, TurnEvent, Waiting
from chatbot.turn.protocols import Admission, Observer, TurnContext, TurnRequest
from chatbot.turn.state import TurnState, fold
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import Cancelled, TrioError, crash_message

if TYPE_CHECKING:
    from chatbot.turn.engine import Chatbot

_log = logging.getLogger(__name__)


class AdmitEverybody:
    """Lets everything begin at once."""

    @contextmanager
    def enter(self, person: str, cancel: CancelToken) -> Iterator[Iterator[int]]:
        """Return no position."""
        yield iter(())


class ObserveNothing:
    """Counts nothing."""

    @contextmanager
    def watch(self, request: TurnRequest, context: TurnContext) -> Iterator[Callable[[TurnEvent], None]]:
        """Return what ignores every event."""
        yield lambda _: None


class TurnService:
    """Answers turns, wherever they come from. Thread-safe.

    Args:
        chatbot: The engine.
        admission: Who may begin now; everybody, where work is admitted before it comes here.
        observer: Counts and logs.
    """

    def __init__(
        self, chatbot: Chatbot, admission: Admission | None = None, observer: Observer | None = None
    ) -> None:
        self.chatbot = chatbot
        self._admission = admission or AdmitEverybody()
        self._observer = observer or ObserveNothing()

    def run(self, request: TurnRequest, context: TurnContext) -> Generator[TurnEvent, None, None]:
        """Answer a turn; the last event is `Done` or `Failed`, and each is kept before it is yielded.

        Closing the generator stops everything and leaves the turn as interrupted; cancelling the token ends
        it with `Done`, whose reply says so. Both happen at once; the place in the queue is given back when
        the last stage has really ended. No error leaves this generator.
        """
        state, take = TurnState(), context.saver.take if context.saver else lambda _: None
        with context.saver or nullcontext():
            try:
                with closing(self._steps(request, context)) as events:
                    for event in events:
                        state = fold(state, event)
                        take(event)
                        yield event
            except Exception as error:
                last = ended_by(error, state)
                take(last)
                yield last
            finally:
                context.cancel.cancel()

    def _steps(self, request: TurnRequest, context: TurnContext) -> Generator[TurnEvent, None, None]:
        with self._admission.enter(context.person, context.cancel) as positions:
            for position in positions:
                yield Waiting(position)
            with (
                self._observer.watch(request, context) as observe,
                closing(self._engine(request, context)) as events,
            ):
                for event in events:
                    observe(event)
                    yield event

    def _engine(self, request: TurnRequest, context: TurnContext) -> Generator[TurnEvent, None, None]:
        turn = request.turn
        how: dict[str, Any] = {"cancel": context.cancel, "options": context.options}
        if not request.answer:
            return self.chatbot.understand(turn, **how)
        ahead: dict[str, Any] = {"known": request.known, "coming": request.coming}
        return self.chatbot.respond(turn, tuple(context.history()), **ahead, **how)


def ended_by(error: Exception, state: TurnState = TurnState()) -> Done | Failed:  # noqa: B008
    """Return how a turn ends that an error cut short, or kept from beginning; `state`: what was there."""
    nothing = Timings({}, None, None, None, 0.0)
    reply = Reply(state.text.strip(), state.context, nothing, {}, stopped=isinstance(error, Cancelled))
    if reply.stopped:
        return Done(reply)
    if isinstance(error, TrioError):
        return Failed(error.said, reply, error)
    _log.error("a turn failed", exc_info=error)
    return Failed(crash_message(error), reply)
