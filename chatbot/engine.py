"""The conversation's engine: the only place that orders the stages of a turn."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from chatbot.backends import chatbot_registry
from chatbot.events import (
    ContextReady,
    Done,
    EvidenceReady,
    Exchange,
    Failed,
    FusedContext,
    Reply,
    ReplyEvent,
    SpeechChunk,
    TextDelta,
    Timings,
)
from chatbot.fusion import fuse
from chatbot.generators.protocol import Finish, Generator, Message
from chatbot.options import TurnOptions
from chatbot.perceive import perceive
from chatbot.prompt import build_messages, reply_language
from chatbot.replying import Replying, TextDone
from chatbot.settings import Settings
from chatbot.stopping import until_stop
from chatbot.warmup import WarmUp, WarmUpStatus
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import BackendError, Cancelled, EmptyInputError, TrioError
from pipelines.core.registry import Registry, Selection
from pipelines.core.types import Evidence, Stage, Turn

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_POOL_SIZE = 4
_log = logging.getLogger(__name__)


class Chatbot:
    """Answers turns. Thread-safe; models load on first use or in `start_warm_up`.

    A context manager: leaving it frees the models, whose native threads must not outlive the interpreter.

    Args:
        settings: How to answer.
        registry: The back-ends; None for the ones that the settings choose.
    """

    def __init__(self, settings: Settings, registry: Registry | None = None) -> None:
        self.settings = settings
        self.registry = registry or chatbot_registry(settings)
        self._warm_up = WarmUp(self.registry)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the warm-up and free the models."""
        self._warm_up.stop()
        self.registry.unload()

    def start_warm_up(self) -> None:
        """Load the models in the background."""
        self._warm_up.start()

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
    ) -> Iterator[ReplyEvent]:
        """Answer a turn; the last event is `Done` or `Failed`.

        Closing the iterator stops everything; so does cancelling the token, after which `Done` says
        that the reply was stopped. No exception of a stage leaves this iterator.

        Args:
            turn: What the person gave.
            history: Earlier turns, oldest first.
            cancel: The turn's token; it is cancelled when the turn ends.
            options: How to answer this turn; None for what the settings say.
            known: What is understood already, for example what a person put right: stages of the same
                kind and source do not run. Evidence for what the turn does not hold is not used.
        """
        yield from self._run(turn, history, cancel, options, known, answer=True)

    def understand(
        self, turn: Turn, *, cancel: CancelToken | None = None, options: TurnOptions | None = None
    ) -> Iterator[ReplyEvent]:
        """Understand a turn and answer nothing; events and their end are those of `respond`, without text."""
        yield from self._run(turn, (), cancel, options, (), answer=False)

    def _run(
        self,
        turn: Turn,
        history: Sequence[Exchange],
        cancel: CancelToken | None,
        options: TurnOptions | None,
        known: Sequence[Evidence],
        *,
        answer: bool,
    ) -> Iterator[ReplyEvent]:
        options = options or self.turn_options()
        token = cancel or CancelToken()
        selection = Selection(self.registry, options.backends)
        pool = ThreadPoolExecutor(_POOL_SIZE, thread_name_prefix="trio-stage")
        state = _TurnState(selection, turn, tuple(history), token, options, tuple(known))
        try:
            yield from state.run(pool, answer=answer)
        finally:
            token.cancel()
            pool.shutdown(wait=False, cancel_futures=True)


@dataclass(eq=False)
class _TurnState:
    """One turn while it is being answered."""

    backends: Selection
    turn: Turn
    history: tuple[Exchange, ...]
    token: CancelToken
    options: TurnOptions
    known: tuple[Evidence, ...] = ()
    start: float = field(default_factory=time.perf_counter)
    evidence: list[Evidence] = field(default_factory=list)
    context: FusedContext | None = None
    text: str = ""
    voice_note: str | None = None
    finish: Finish | None = None
    first_text: float | None = None
    first_audio: float | None = None
    text_done: float | None = None
    stages: dict[str, float] = field(default_factory=dict)
    starts: dict[str, float] = field(default_factory=dict)
    models: dict[str, str] = field(default_factory=dict)

    def run(self, pool: ThreadPoolExecutor, *, answer: bool) -> Iterator[ReplyEvent]:
        try:
            yield from self._understand(pool)
            if answer:
                yield from self._answer()
        except Cancelled:
            yield Done(self._reply(stopped=True))
        except TrioError as error:
            yield Failed(str(error), self._reply(), error)
        except Exception as error:
            _log.exception("a turn failed")
            message = f"Something went wrong inside Trio ({type(error).__name__}); the log has the details."
            yield Failed(message, self._reply())
        else:
            yield Done(self._reply())

    def _understand(self, pool: ThreadPoolExecutor) -> Iterator[ReplyEvent]:
        found = perceive(self.turn, self.backends, pool, self.token, known=self.known, begun=self.start)
        for evidence in found:
            self.evidence.append(evidence)
            if evidence.start is not None:
                name = f"{evidence.kind} {evidence.source}"
                self.stages[name], self.starts[name] = evidence.seconds, evidence.start
            if evidence.model:
                self.models[str(evidence.kind)] = evidence.model
            yield EvidenceReady(evidence)
        self.token.raise_if_cancelled()
        self.context = fuse(self.turn, self.evidence, self._language())
        yield ContextReady(self.context)

    def _language(self) -> str:
        from pipelines.text.language import detect_language

        return detect_language(self.turn.text) if self.turn.text and self.turn.text.strip() else "en"

    def _check_that_something_was_said(self, context: FusedContext) -> None:
        """Raise for a turn of a voice alone in which no words were found."""
        if context.words or self.turn.images:
            return
        heard = next(e for e in self.evidence if e.kind == Stage.TRANSCRIBE)
        if heard.error:
            raise BackendError("The recording could not be understood", given=heard.error.rstrip("."))
        raise EmptyInputError(
            "No speech was heard in the recording",
            given=f"{self.turn.audio.seconds:.1f} s of sound" if self.turn.audio else "",
            fix="Check the microphone, speak closer to it and try again, or type your message",
        )

    def _answer(self) -> Iterator[ReplyEvent]:
        assert self.context is not None
        self._check_that_something_was_said(self.context)
        options = self.options
        generator: Generator = self.backends.get(Stage.GENERATE)
        self.models[str(Stage.GENERATE)] = generator.model
        language = reply_language(self.context, generator, options.reply_language)
        messages = build_messages(
            self.context,
            self.history,
            generator,
            options.max_reply_tokens,
            language,
            options.instructions,
            self.turn.images,
        )
        pieces = self._written(generator, messages)
        replying = Replying(self.backends, language, options.speed, self.token, options.speak)
        begun = time.perf_counter()
        self.starts[str(Stage.GENERATE)] = begun - self.start
        try:
            for event in replying.events(pieces):
                now = time.perf_counter()
                if isinstance(event, TextDone):
                    self.text_done = now - self.start
                    self.stages[str(Stage.GENERATE)] = now - begun
                else:
                    self._note(event, now - self.start)
                    yield event
        finally:
            self.voice_note = replying.voice_note
        if self.first_audio is not None:
            self.stages[str(Stage.SPEAK)] = replying.seconds
            if replying.begun is not None:
                self.starts[str(Stage.SPEAK)] = replying.begun - self.start
        if not self.text.strip():
            raise BackendError("The model ended its reply before the first word", fix="Press Retry")

    def _written(self, generator: Generator, messages: list[Message]) -> Iterator[str]:
        """Yield the reply up to a stop text, and note how it ended."""
        options, text = self.options, ""
        stream = generator.stream(
            messages,
            temperature=options.temperature,
            max_tokens=options.max_reply_tokens,
            cancel=self.token,
        )
        pieces = until_stop(stream, options.stops)
        while True:
            try:
                piece = next(pieces)
            except StopIteration as ended:
                self.finish = ended.value if isinstance(ended.value, Finish) else None
                break
            text += piece
            yield piece
        if self.finish is None and not self.token.cancelled:
            reply: Message = {"role": "assistant", "content": text}
            counts = generator.count_tokens(messages), generator.count_tokens([reply])
            self.finish = Finish("stop", *counts)

    def _note(self, event: TextDelta | SpeechChunk, at: float) -> None:
        if isinstance(event, TextDelta):
            self.text += event.text
            self.first_text = at if self.first_text is None else self.first_text
        else:
            self.first_audio = at if self.first_audio is None else self.first_audio
            self.models[str(Stage.SPEAK)] = self.backends.get(Stage.SPEAK).model

    def _reply(self, *, stopped: bool = False) -> Reply:
        total = time.perf_counter() - self.start
        timings = Timings(
            dict(self.stages), self.first_text, self.first_audio, self.text_done, total, dict(self.starts)
        )
        return Reply(
            self.text.strip(),
            self.context,
            timings,
            dict(self.models),
            self.voice_note,
            stopped=stopped,
            finish=self.finish,
        )
