"""What voices on hub models share: sentences, speed, languages, stopping."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from pipelines.core.cancel import CancelToken
from pipelines.core.errors import InputError
from pipelines.core.hub_backend import HubBackend
from pipelines.core.said import said
from pipelines.core.types import Audio
from pipelines.speech.tts.text import base_language, check_speed, pieces, speakable
from pipelines.text.stops import split_sentences

MAX_CHARACTERS = 300


class HubSpeaker(HubBackend):
    """Text to speech, sentence by sentence. `sample_rate` in Hz is the model's, once it is loaded."""

    sample_rate = 0

    def warm_up(self) -> None:
        """Speak one word, unheard."""
        language = self._languages()[0]
        for _ in self.stream("Hello.", language=language):
            pass

    def speaks(self, language: str) -> bool:
        """Whether the model has a voice for this ISO 639-1 language."""
        return base_language(language) in self._languages()

    def stream(
        self, text: str, *, language: str = "en", speed: float = 1.0, cancel: CancelToken | None = None
    ) -> Iterator[Audio]:
        """Yield float32 sound, one `Audio` a sentence; nothing where nothing can be said.

        Raises:
            InputError: for a language that the voice does not speak.
            SettingsError: for a speed outside 0.5 to 2.0.
            BackendError: if the model fails.
            Cancelled: once `cancel` is set.
        """
        check_speed(speed)
        self.require_loaded()
        if not self.speaks(language):
            raise InputError(
                said("The voice {model} does not support this language", model=self.model),
                given=language,
                allowed=", ".join(self._languages()),
            )
        cancel = cancel or CancelToken()
        for sentence in split_sentences(speakable(text)):
            for piece in pieces(sentence, MAX_CHARACTERS):
                cancel.raise_if_cancelled()
                if not any(char.isalnum() for char in piece):
                    continue
                with self._lock:
                    samples = self._synthesise(piece, base_language(language), speed, cancel)
                cancel.raise_if_cancelled()
                if len(samples):
                    yield Audio(np.clip(samples, -1.0, 1.0).astype(np.float32, copy=False), self.sample_rate)

    @abstractmethod
    def _languages(self) -> Sequence[str]:
        """Return the ISO 639-1 codes that it speaks, its own first."""

    @abstractmethod
    def _synthesise(
        self, sentence: str, language: str, speed: float, cancel: CancelToken
    ) -> NDArray[np.float32]:
        """Return the sound of a sentence, float32 (n,); raises Cancelled where it asks in between."""
