"""Writing the reply and speaking it at the same time: two threads, one stream of events."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from chatbot.turn.events import SpeechChunk, TextDelta
from chatbot.turn.sentences import SentenceSplitter
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import Cancelled, TrioError
from pipelines.core.protocols import Speaker
from pipelines.core.registry import Selection
from pipelines.core.types import Stage
from pipelines.speech.tts.text import has_code, sentence_language, speakable

_POLL_SECONDS = 0.02
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TextDone:
    """The whole text has been generated; speech may go on. For the engine alone."""


_Out = TextDelta | SpeechChunk | TextDone | Exception | None


@dataclass(eq=False)
class ReplyStream:
    """Streams `pieces` of text and the voice of each finished sentence.

    Attributes:
        backends: Where the voice comes from.
        language: Of the reply, where a sentence does not show its own.
        speed: Pace of the voice.
        cancel: Stops both.
        speak: Whether to speak at all.
        before: What stands in front of the text for the voice, and is not written again: see `code_before`.
        voice_note: Afterwards, why something was not spoken; None where everything was.
        seconds: Afterwards, the time spent on making speech.
        begun: When the first sentence began to be spoken, on `time.perf_counter`; None before.
    """

    backends: Selection
    language: str
    speed: float
    cancel: CancelToken
    speak: bool = True
    before: str = ""
    voice_note: str | None = None
    seconds: float = 0.0
    begun: float | None = None
    _code_noted: bool = False
    _out: queue.SimpleQueue[_Out] = field(default_factory=queue.SimpleQueue)
    _sentences: queue.SimpleQueue[str | None] = field(default_factory=queue.SimpleQueue)

    def events(self, pieces: Iterator[str]) -> Iterator[TextDelta | SpeechChunk | TextDone]:
        """Yield text and speech as they happen.

        Raises:
            Cancelled: when the token is cancelled.
            Exception: what the generator raised, after the speech of what had been said.
        """
        threads = [threading.Thread(target=self._write, args=(pieces,), daemon=True, name="trio-write")]
        if self.speak:
            threads.append(threading.Thread(target=self._voice, daemon=True, name="trio-speak"))
        for thread in threads:
            thread.start()
        running, failure = len(threads), None
        while running:
            self.cancel.raise_if_cancelled()
            try:
                item = self._out.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                continue
            if item is None:
                running -= 1
            elif isinstance(item, Exception):
                failure = item
            else:
                yield item
        self.cancel.raise_if_cancelled()
        if failure is not None:
            raise failure

    def _write(self, pieces: Iterator[str]) -> None:
        splitter = SentenceSplitter(eager_first=True)
        self._hand_over(splitter.feed(self.before))
        try:
            for piece in pieces:
                if self.cancel.cancelled:
                    break
                self._out.put(TextDelta(piece))
                self._hand_over(splitter.feed(piece))
            self._out.put(TextDone())
        except Exception as error:
            self._out.put(error)
        self._hand_over(splitter.flush())
        self._sentences.put(None)
        self._out.put(None)

    def _hand_over(self, sentences: list[str]) -> None:
        for sentence in sentences:
            self._sentences.put(sentence)

    def _voice(self) -> None:
        try:
            speaker: Speaker = self.backends.get(Stage.SPEAK)
            while (sentence := self._sentences.get()) is not None and not self.cancel.cancelled:
                self._say(speaker, sentence)
        except Cancelled:
            pass
        except TrioError as error:
            self.voice_note = str(error)
        except Exception as error:
            _log.exception("the voice failed")
            self.voice_note = f"The voice failed unexpectedly ({type(error).__name__}); the log has details."
        self._out.put(None)

    def _say(self, speaker: Speaker, sentence: str) -> None:
        """Speak one sentence; one that no voice can speak is left as text, and the note says why."""
        noted = self._code_noted or bool(self.before)  # the beginning has said that there is code
        text = speakable(sentence, language=self.language, code_note=not noted)
        self._code_noted = self._code_noted or has_code(sentence)
        if not text:
            return
        language, begun = sentence_language(text, self.language), time.perf_counter()
        self.begun = begun if self.begun is None else self.begun
        try:
            for audio in speaker.stream(text, language=language, speed=self.speed, cancel=self.cancel):
                self._out.put(SpeechChunk(audio, sentence))
        except Cancelled:
            raise
        except TrioError as error:
            self.voice_note = str(error)
        finally:
            self.seconds += time.perf_counter() - begun
