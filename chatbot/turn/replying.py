"""Writing the reply and speaking it at the same time: two threads, one stream of events."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from chatbot.turn.events import SpeechChunk, TextDelta
from chatbot.turn.sentences import SentenceSplitter
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import Cancelled, TrioError
from pipelines.core.protocols import ChoosesVoice, Speaker
from pipelines.core.registry import Selection
from pipelines.core.said import Text, as_sentence, said
from pipelines.core.streams import Put, stream_from_thread
from pipelines.core.types import Stage
from pipelines.speech.tts.text import has_code, sentence_language, speakable

T = TypeVar("T")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TextDone:
    """The whole text has been generated; speech may go on. For the engine alone."""


Pieces = Generator[str, None, None]
Out = TextDelta | SpeechChunk | TextDone


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
        voices: Chosen voice by language.
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
    voices: Mapping[str, str] = field(default_factory=dict)
    voice_note: Text | None = None
    seconds: float = 0.0
    begun: float | None = None
    _code_noted: bool = False

    def events(self, pieces: Pieces) -> Generator[Out, None, None]:
        """Yield text and speech as they happen; the model begins at once.

        Raises:
            Cancelled: when the token is cancelled.
            Exception: what the generator raised, after the speech of what had been said.
        """
        if self.speak:
            return stream_from_thread(partial(self._speak, pieces), self.cancel, name="trio-speak")
        return stream_from_thread(
            partial(self._write, pieces, lambda _: None), self.cancel, name="trio-write"
        )

    def _write(self, pieces: Pieces, say: Put[str], put: Put[Out], cancel: CancelToken) -> None:
        """Put the text as it is written, and hand each sentence over to be said."""
        splitter = SentenceSplitter(eager_first=True)
        try:
            for sentence in splitter.feed(self.before):
                say(sentence)
            with closing(pieces):
                for piece in pieces:
                    cancel.raise_if_cancelled()
                    put(TextDelta(piece))
                    for sentence in splitter.feed(piece):
                        say(sentence)
            put(TextDone())
        finally:
            for sentence in splitter.flush():
                say(sentence)

    def _speak(self, pieces: Pieces, put: Put[Out], cancel: CancelToken) -> None:
        """Put the voice of each sentence while the next are written, and their text as `_write` does."""

        def write(say: Put[str], inner: CancelToken) -> None:
            self._write(pieces, say, put, inner)

        sentences = stream_from_thread(write, cancel, name="trio-write")
        speaker = self._attempt(partial(chosen_speaker, self.backends, self.voices))
        for sentence in sentences:
            if speaker is not None and not self._attempt(partial(self._say, speaker, sentence, put, cancel)):
                speaker = None  # the text goes on without a voice

    def _attempt(self, step: Callable[[], T]) -> T | None:
        """Return what a step of the voice returns; None where it fails, and the note says why."""
        try:
            return step()
        except Cancelled:
            pass
        except TrioError as error:
            self.voice_note = error.said
        except Exception as error:
            _log.exception("the voice failed")
            self.voice_note = as_sentence(
                said(
                    "Reading aloud failed unexpectedly ({error}); details are in the log",
                    error=type(error).__name__,
                )
            )
        return None

    def _say(self, speaker: Speaker, sentence: str, put: Put[Out], cancel: CancelToken) -> bool:
        """Speak one sentence; one that no voice can speak is left as text, and the note says why."""
        noted = self._code_noted or bool(self.before)  # the beginning has said that there is code
        text = speakable(sentence, language=self.language, code_note=not noted)
        self._code_noted = self._code_noted or has_code(sentence)
        if not text:
            return True
        language, begun = sentence_language(text, self.language), time.perf_counter()
        self.begun = begun if self.begun is None else self.begun
        try:
            for audio in speaker.stream(text, language=language, speed=self.speed, cancel=cancel):
                put(SpeechChunk(audio, sentence))
        except Cancelled:
            raise
        except TrioError as error:
            self.voice_note = error.said
        finally:
            self.seconds += time.perf_counter() - begun
        return True


def chosen_speaker(backends: Selection, voices: Mapping[str, str]) -> Speaker:
    """Return the voice that was chosen. Raises what loading it does.

    Args:
        backends: The chosen back-ends.
        voices: The chosen voice of each language, ISO 639-1, for a back-end that has several.
    """
    speaker: Speaker = backends.get(Stage.SPEAK)
    if voices and isinstance(speaker, ChoosesVoice):
        return speaker.with_voices(voices)
    return speaker
