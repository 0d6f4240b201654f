"""What transcribers on hub models share: speech found first, then windows, then batches of them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.core.cancel import CancelToken
from pipelines.core.device import running
from pipelines.core.errors import EmptyInputError, InputError, SettingsError
from pipelines.core.hub_backend import HubBackend
from pipelines.core.registry import Registry
from pipelines.core.said import said
from pipelines.core.types import Audio, Segment, SpeechEncoding, Transcript
from pipelines.speech.transcribe import SILENT, speech_of, tidy
from pipelines.speech.vad import SAMPLE_RATE, Speech, find_speech
from pipelines.speech.windows import Window, windows

Piece = tuple[float, float, str]
"""Start and end in seconds from the window's start, and the words."""


class HubTranscriber(HubBackend):
    """Speech to text by a hub model.

    Args:
        registry: Its store's cache holds the lock files.
        batch_size: Windows that are transcribed together.
        beams: Of the beam search; 1 is greedy.
        **options: As for every `HubBackend`.
    """

    def __init__(self, registry: Registry, *, batch_size: int = 1, beams: int = 1, **options: Any) -> None:
        if batch_size < 1 or beams < 1:
            raise SettingsError(
                said("These transcriber settings are invalid"),
                given=f"batch_size {batch_size}, beams {beams}",
                allowed="1 or more of each",
            )
        super().__init__(registry, **options)
        self._batch_size, self._beams = batch_size, beams

    def warm_up(self) -> None:
        """Load the voice activity detector and transcribe a second of silence, unheard."""
        silence = np.zeros(SAMPLE_RATE, np.float32)
        find_speech(Audio(silence, SAMPLE_RATE))
        with self._lock, running(self.model):
            self._words([Window(0.0, silence)], self._languages()[0], CancelToken())

    def transcribe(
        self,
        audio: Audio,
        *,
        language: str | None = None,
        hot_words: str = "",
        cancel: CancelToken | None = None,
    ) -> Transcript:
        """Return the words of 16 kHz audio; empty text where nobody speaks.

        Args:
            audio: The recording.
            language: ISO 639-1 code; None to detect it.
            hot_words: Not used: not every model of the hub takes a prompt.
            cancel: Checked before every window and every token.

        Raises:
            InputError: for another sample rate or a language that the model does not know.
            Cancelled: when the token is cancelled.
        """
        del hot_words
        self.require_loaded()
        speech, cancel = speech_of(audio), cancel or CancelToken()
        if language is not None and language not in self._languages():
            raise InputError(
                said("The transcriber {model} does not support this language", model=self.model),
                given=repr(language),
                allowed=", ".join(self._languages()),
            )
        if not speech.spans:
            return SILENT
        parts, pieces = windows(speech), list[tuple[Window, list[Piece]]]()
        cancel.raise_if_cancelled()
        with self._lock, running(self.model):
            probability = 1.0
            if language is None:
                language, probability = self._detect(parts[0])
            for first in range(0, len(parts), self._batch_size):
                cancel.raise_if_cancelled()
                batch = parts[first : first + self._batch_size]
                pieces += zip(batch, self._words(batch, language, cancel), strict=True)
        cancel.raise_if_cancelled()
        return _transcript(speech, pieces, language, probability)

    def encode(self, audio: Audio, *, cancel: CancelToken | None = None) -> SpeechEncoding:
        """Return the encoder's last layer over the speech of 16 kHz audio.

        Raises:
            EmptyInputError: where nobody speaks.
            InputError: for another sample rate.
            Cancelled: when the token is cancelled.
        """
        self.require_loaded()
        speech = speech_of(audio)
        if not speech.spans:
            raise EmptyInputError(
                said("No speech was found in the recording"),
                given=said("{seconds} s", seconds=format(audio.seconds, ".1f")),
            )
        frames = []
        with self._lock, running(self.model):
            for window in windows(speech):
                if cancel is not None:
                    cancel.raise_if_cancelled()
                frames.append(self._frames(window))
        return SpeechEncoding(np.concatenate(frames), self.request.model, samples=speech.samples)

    @abstractmethod
    def _languages(self) -> Sequence[str]:
        """Return the ISO 639-1 codes that the model knows."""

    @abstractmethod
    def _detect(self, window: Window) -> tuple[str, float]:
        """Return the language and its probability."""

    @abstractmethod
    def _words(self, batch: Sequence[Window], language: str, cancel: CancelToken) -> list[list[Piece]]:
        """Return the pieces of every window; stops early, with what it has, once cancelled."""

    @abstractmethod
    def _frames(self, window: Window) -> NDArray[np.float32]:
        """Return the encoder's output, (frames, width), padding left out."""


def _transcript(
    speech: Speech, found: Sequence[tuple[Window, list[Piece]]], language: str, probability: float
) -> Transcript:
    segments = []
    for window, pieces in found:
        most = len(window.samples) / SAMPLE_RATE
        for start, end, text in pieces:
            if words := tidy(text, language):
                first, last = (speech.original_seconds(window.start + min(t, most)) for t in (start, end))
                segments.append(Segment(first, last, words))
    text = ("" if language in ("zh", "ja") else " ").join(segment.text for segment in segments)
    if not any(char.isalnum() for char in text):
        return SILENT
    return Transcript(text, language, probability, tuple(segments))
