"""English voice: hibari (hibari-tts 0.2.1, Apache-2.0), 7.9 MB, 24 kHz, through ONNX Runtime."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipelines.core.cancel import CancelToken
from pipelines.core.errors import BackendError, InputError, ModelMissingError, SettingsError
from pipelines.core.registry import Registry
from pipelines.core.said import said
from pipelines.core.types import Audio
from pipelines.speech.tts.english import spoken_english
from pipelines.speech.tts.text import base_language, check_speed, pieces, speakable
from pipelines.text.stops import split_sentences

if TYPE_CHECKING:
    from hibari import Hibari

BUNDLED_VOICE = "heart"
MAX_CHARACTERS = 300
_FULL_WIDTH = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_PUNCTUATION: Mapping[int, str] = _FULL_WIDTH | str.maketrans(
    {"。": ".", "、": ",", "《": '"', "》": '"', "「": '"', "」": '"', "『": '"', "』": '"'}
    | {"【": "(", "】": ")"}
)
_LONG_NUMBER = re.compile(r"\d{16,}")


class HibariSpeaker:
    """Speaks English.

    Attention over a sentence makes time grow with the square of its length (60 s of sound took 1.5 s,
    900 s took 122 s), so that sentences over 300 characters are cut at clauses.

    Args:
        registry: Where verified weights come from.
        voice: "heart" comes with the package; others must lie in hibari's own cache already.
        threads: ONNX Runtime threads.
        seed: Of the voice's noise part: the same text sounds the same each time.
    """

    sample_rate = 24_000

    def __init__(
        self, registry: Registry, voice: str = BUNDLED_VOICE, threads: int = 1, seed: int = 0
    ) -> None:
        self._registry, self._voice, self._threads, self._seed = registry, voice, threads, seed
        self._tts: Hibari | None = None
        self._lock = threading.Lock()
        self.model = f"hibari {voice}"

    def load(self) -> None:
        """Read the voice. Raises SettingsError, ModelMissingError or ModelHashError."""
        from hibari import Hibari

        path = self._path()
        tts = Hibari(voice=self._voice, model=path, threads=self._threads)
        tts.g2p("Zyxt.")  # reads the dictionaries and the net for unknown words now, not later
        self._tts = tts

    def _path(self) -> str:
        from hibari.voices import VOICES, voice_path

        if self._voice not in VOICES:
            raise SettingsError(
                said("hibari has no voice with that name"), given=repr(self._voice), allowed=", ".join(VOICES)
            )
        if self._voice == BUNDLED_VOICE:
            self._registry.store.path("hibari-heart")
        try:
            return str(voice_path(self._voice, download_missing=False))
        except FileNotFoundError as error:
            command = f"hibari --voice {self._voice} Hello -o hello.wav"
            raise ModelMissingError(
                said(
                    "The voice {voice} is not included in the package, "
                    "and Trio does not download voices by itself",
                    voice=self._voice,
                ),
                given=said("{name} is missing", name=error),
                allowed=BUNDLED_VOICE,
                fix=said(
                    "Choose {voice}, or download it with: {command}",
                    voice=BUNDLED_VOICE,
                    command=command,
                ),
            ) from None

    def warm_up(self) -> None:
        """Speak one word, unheard."""
        for _ in self.stream("Hello."):
            pass

    def unload(self) -> None:
        """Free the voice."""
        self._tts = None

    def speaks(self, language: str) -> bool:
        """Whether `language` is English."""
        return base_language(language) == "en"

    def stream(
        self, text: str, *, language: str = "en", speed: float = 1.0, cancel: CancelToken | None = None
    ) -> Iterator[Audio]:
        """Yield float32 sound at 24 kHz, one `Audio` a sentence; nothing where nothing can be said.

        Raises:
            InputError: for another language than English.
            SettingsError: for a speed outside 0.5 to 2.0.
            BackendError: if the voice cannot read the text.
            Cancelled: between two sentences, once `cancel` is set.
        """
        check_speed(speed)
        if not self.speaks(language):
            raise InputError(said("This voice supports English only"), given=language, allowed="en")
        rng = np.random.default_rng(self._seed)
        for sentence in self._sentences(text):
            if cancel is not None:
                cancel.raise_if_cancelled()
            samples = self._synthesise(sentence, speed, rng)
            if len(samples):
                yield Audio(samples, self.sample_rate)

    def _sentences(self, text: str) -> Iterator[str]:
        clean = _LONG_NUMBER.sub(lambda m: " ".join(m.group()), speakable(text))
        for sentence in split_sentences(clean):
            for piece in pieces(spoken_english(sentence), MAX_CHARACTERS):
                if any(c.isalnum() for c in piece):
                    yield piece.translate(_PUNCTUATION)

    def _synthesise(self, sentence: str, speed: float, rng: Any) -> NDArray[np.float32]:
        tts = self._tts
        if tts is None:
            raise BackendError(said("The voice is not loaded"), fix=said("Call load() first"))
        try:
            with self._lock:
                phonemes = tts.g2p(sentence)
            samples = tts.from_ids(tts.ids(phonemes), speed, rng)
        except (LookupError, ValueError, TypeError) as error:
            raise BackendError(
                said("The voice could not read a sentence aloud"), given=f"{sentence[:60]!r} ({error})"
            ) from error
        clipped: NDArray[np.float32] = np.clip(samples, -1.0, 1.0).astype(np.float32, copy=False)
        return clipped
