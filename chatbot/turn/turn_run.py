"""One turn on its way: what is understood runs side by side, then the reply is written and spoken."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from chatbot.generators.protocol import Finish, Generator, Message, ToolCall, takes
from chatbot.turn.continuation import after_seam, code_before
from chatbot.turn.events import (
    ContextReady,
    Done,
    EvidenceReady,
    Exchange,
    Failed,
    FusedContext,
    Reply,
    SpeechChunk,
    TextDelta,
    Timings,
    TurnEvent,
)
from chatbot.turn.fusion import fuse
from chatbot.turn.options import TurnOptions
from chatbot.turn.prompt import build_messages, longest_reply, reply_language
from chatbot.turn.repetition import REPEATING, until_repetition
from chatbot.turn.replying import Pieces, ReplyStream, TextDone
from chatbot.turn.stop_sequences import until_stop
from chatbot.turn.tool_calls import read_calls
from chatbot.turn.understanding import Coming, perceive
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import (
    BackendError,
    Cancelled,
    EmptyInputError,
    InputError,
    TrioError,
    crash_message,
)
from pipelines.core.registry import Selection
from pipelines.core.said import Text, phrase, said
from pipelines.core.types import Evidence, Stage, Turn

_log = logging.getLogger(__name__)


@dataclass(eq=False)
class TurnRun:
    """One turn while it is being answered.

    Attributes:
        backends: What answers it.
        turn: What the person gave.
        history: Earlier turns, oldest first.
        token: Stops it.
        options: How to answer.
        known: Evidence that is there already; its stages do not run.
        coming: Evidence that is being found already.

    The other attributes are what came of it so far: text, evidence, and seconds since `start`.
    """

    backends: Selection
    turn: Turn
    history: tuple[Exchange, ...]
    token: CancelToken
    options: TurnOptions
    known: tuple[Evidence, ...] = ()
    coming: Coming | None = None
    start: float = field(default_factory=time.perf_counter)
    evidence: list[Evidence] = field(default_factory=list)
    context: FusedContext | None = None
    text: str = ""
    voice_note: Text | None = None
    finish: Finish | None = None
    first_text: float | None = None
    first_audio: float | None = None
    text_done: float | None = None
    stages: dict[str, float] = field(default_factory=dict)
    starts: dict[str, float] = field(default_factory=dict)
    models: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.text = self.options.begun

    def run(self, pool: ThreadPoolExecutor, *, answer: bool) -> Iterator[TurnEvent]:
        """Yield the turn's events, `Done` or `Failed` last; without `answer` nothing is replied."""
        try:
            yield from self._understand(pool)
            if answer:
                yield from self._answer()
        except Cancelled:
            yield Done(self._reply(stopped=True))
        except TrioError as error:
            yield Failed(error.said, self._reply(), error)
        except Exception as error:
            _log.exception("a turn failed")
            yield Failed(crash_message(error), self._reply())
        else:
            yield Done(self._reply())

    def _understand(self, pool: ThreadPoolExecutor) -> Iterator[TurnEvent]:
        given: dict[str, Any] = {
            "known": self.known,
            "coming": self.coming,
            "begun": self.start,
            "hot_words": self.options.hot_words,
        }
        found = perceive(self.turn, self.backends, pool, self.token, **given)
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
            raise BackendError(said("The recording could not be transcribed"), given=phrase(heard.error))
        raise EmptyInputError(
            said("No speech was found in the recording"),
            given=said("{seconds} s of audio", seconds=format(self.turn.audio.seconds, ".1f"))
            if self.turn.audio
            else "",
            fix=said("Check the microphone and try again closer to it, or type your message"),
        )

    def _answer(self) -> Iterator[TurnEvent]:
        assert self.context is not None
        self._check_that_something_was_said(self.context)
        options = self.options
        generator: Generator = self.backends.get(Stage.GENERATE)
        self.models[str(Stage.GENERATE)] = generator.model
        language = reply_language(self.context, generator, options.reply_language)
        _check_extras(generator, options)
        messages = build_messages(self.context, self.history, generator, options, self.turn.images)
        if options.begun:
            yield TextDelta(options.begun)  # it is there already and is not spoken again
        pieces: Pieces = self._written(generator, messages)
        if options.begun and not generator.continues:
            pieces = after_seam(options.begun, pieces)
        before = code_before(options.begun)
        replying = ReplyStream(
            self.backends, language, options.speed, self.token, options.speak, before, options.voices
        )
        yield from self._say(replying, pieces)

    def _say(self, replying: ReplyStream, pieces: Pieces) -> Iterator[TurnEvent]:
        """Yield the reply as it is written and spoken."""
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
        if not self.text.strip() and not (self.finish and self.finish.calls):
            raise BackendError(said("The model returned an empty reply"), fix=said("Try again"))

    def _written(self, generator: Generator, messages: list[Message]) -> Pieces:
        """Yield the reply up to a stop text, and note how it ended."""
        options, text, calls = self.options, "", list[ToolCall]()
        wish = options.extras
        given = wish.wanted or (wish.plain and "plain" in takes(generator))
        extras: dict[str, Any] = {"extras": wish} if given else {}
        stream = generator.stream(
            messages,
            temperature=options.temperature,
            max_tokens=longest_reply(options, generator),
            cancel=self.token,
            **extras,
        )
        pieces: Iterator[str] = until_repetition(until_stop(stream, options.stops))
        if options.tools:
            names = frozenset(str(tool["name"]) for tool in options.tools)
            pieces = read_calls(pieces, names, calls)
        while True:
            try:
                piece = next(pieces)
            except StopIteration as ended:
                self.finish = ended.value if isinstance(ended.value, Finish) else None
                repeating = ended.value is REPEATING
                break
            text += piece
            yield piece
        if self.finish is None and not self.token.cancelled:
            reply: Message = {"role": "assistant", "content": text}
            counts = generator.count_tokens(messages), generator.count_tokens([reply])
            self.finish = Finish("length" if repeating else "stop", *counts, repeating=repeating)
        if self.finish is not None and calls:
            self.finish = replace(self.finish, calls=tuple(calls))

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
        cut = self.finish is not None and self.finish.reason == "length"  # its end is where it may go on
        return Reply(
            self.text.lstrip() if cut else self.text.strip(),
            self.context,
            timings,
            dict(self.models),
            self.voice_note,
            stopped=stopped,
            finish=self.finish,
        )


def _check_extras(generator: Generator, options: TurnOptions) -> None:
    """Raise InputError where the model cannot do what a request wants beyond text."""
    missing = options.extras.wanted - takes(generator)
    if missing:
        raise InputError(
            said("The model {model} does not support what the request asks for", model=generator.model),
            given=", ".join(sorted(missing)),
            allowed=", ".join(sorted(takes(generator) - {"plain"})) or said("plain text"),
            fix=said("Leave it out, or choose another chat model"),
        )
