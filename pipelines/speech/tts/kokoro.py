"""Mandarin voice: Kokoro-82M v1.0 (Apache-2.0), int8, 88 MB, 24 kHz, through ONNX Runtime.

Source: https://huggingface.co/hexgrad/Kokoro-82M. The voices come with Trio.
"""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from pipelines.core.cancel import CancelToken
from pipelines.core.errors import BackendError, InputError, ModelError, SettingsError
from pipelines.core.onnx import Session, open_session
from pipelines.core.registry import Registry
from pipelines.core.said import said
from pipelines.core.types import Audio
from pipelines.speech.tts.chinese import spoken_chinese
from pipelines.speech.tts.join import at_loudness, trimmed, with_pause
from pipelines.speech.tts.mandarin import phonemes
from pipelines.speech.tts.runs import clauses
from pipelines.speech.tts.text import base_language, check_speed, speakable
from pipelines.text.stops import split_sentences

GRAPH, VOCABULARY, VOICES = "kokoro-v1.0.int8.onnx", "vocab.json", "voices.npz"
DEFAULT_VOICE = "zf_xiaoyi"
PACE = 1.0
MAX_CHARACTERS = 60
MAX_TOKENS = 500


class KokoroChinese:
    """Speaks Mandarin.

    Args:
        registry: Where verified weights come from.
        voice: One of the packaged voices, or several joined by "+", whose styles are averaged.
        threads: ONNX Runtime threads.
        pace: Kokoro's own speed at the speed 1.0 of Trio.
        third_tones: Whether the first of two third tones in a word is written as a second one.
    """

    sample_rate = 24_000

    def __init__(
        self,
        registry: Registry,
        voice: str = DEFAULT_VOICE,
        threads: int = 1,
        pace: float = PACE,
        third_tones: bool = False,
    ) -> None:
        self._registry, self._voice, self._threads = registry, voice, threads
        self._pace, self._third_tones = pace, third_tones
        self._session: Session | None = None
        self._vocabulary: dict[str, int] = {}
        self._style: NDArray[np.float32] = np.zeros((0, 1, 0), np.float32)
        self._lock = threading.Lock()
        self.model = f"Kokoro-82M {voice}"

    def load(self) -> None:
        """Read the graph and the voice. Raises SettingsError, ModelMissingError or ModelHashError."""
        folder = self._registry.store.path("kokoro")
        self._style = self._read(self._voice)
        self._vocabulary = json.loads((folder / VOCABULARY).read_text("utf-8"))["vocab"]
        self._session = open_session(folder / GRAPH, threads=self._threads)

    def warm_up(self) -> None:
        """Speak two words, unheard, which reads the dictionaries too."""
        for _ in self.stream("你好。", language="zh"):
            pass

    def unload(self) -> None:
        """Free the voice."""
        self._session = None

    def with_voices(self, chosen: Mapping[str, str]) -> Self:
        """Return this speaker with the voice chosen for "zh", on the same graph. Raises SettingsError."""
        name = chosen.get("zh", self._voice)
        if name == self._voice:
            return self
        other = copy.copy(self)
        other._voice, other.model = name, f"Kokoro-82M {name}"
        other._style = self._read(name)
        return other

    def _read(self, voice: str) -> NDArray[np.float32]:
        return read_style(self._registry.store.path("kokoro-voices") / VOICES, voice)

    def speaks(self, language: str) -> bool:
        """Whether `language` is Mandarin."""
        return base_language(language) in {"zh", "cmn"}

    def stream(
        self,
        text: str,
        *,
        language: str = "zh",
        speed: float = 1.0,
        cancel: CancelToken | None = None,
        joined: bool = False,
    ) -> Iterator[Audio]:
        """Yield float32 sound at 24 kHz, one `Audio` a sentence, the clauses of a long sentence apart.

        `joined`: the sentence goes on in another voice, so that no pause follows a text without a mark.

        Raises:
            InputError: for another language than Mandarin.
            SettingsError: for a speed outside 0.5 to 2.0.
            BackendError: if the voice fails.
            Cancelled: between two pieces, once `cancel` is set.
        """
        check_speed(speed)
        if not self.speaks(language):
            raise InputError(said("This voice supports Mandarin only"), given=language, allowed="zh")
        for sentence in split_sentences(speakable(text)):
            for piece in clauses(spoken_chinese(sentence), MAX_CHARACTERS):
                if cancel is not None:
                    cancel.raise_if_cancelled()
                samples = self._synthesise(phonemes(piece, third_tones=self._third_tones), speed)
                if len(samples):
                    spoken = at_loudness(trimmed(samples, self.sample_rate))
                    yield Audio(with_pause(spoken, piece, self.sample_rate, joined), self.sample_rate)

    def _synthesise(self, spelled: str, speed: float) -> NDArray[np.float32]:
        session = self._session
        if session is None:
            raise BackendError(said("The voice is not loaded"), fix=said("Call load() first"))
        tokens = [self._vocabulary[char] for char in spelled if char in self._vocabulary][:MAX_TOKENS]
        if not any(char.isalpha() for char in spelled) or not tokens:
            return np.zeros(0, np.float32)
        given = {
            "tokens": np.array([[0, *tokens, 0]], np.int64),
            "style": self._style[len(tokens) - 1],
            "speed": np.array([speed * self._pace], np.float32),
        }
        try:
            with self._lock:
                (sound,) = session.run(None, given)
        except RuntimeError as error:
            raise BackendError(
                said("Kokoro could not read a sentence aloud"), given=str(error)[:200]
            ) from error
        return np.asarray(sound, np.float32).ravel()


@lru_cache(maxsize=8)
def read_style(path: Path, voice: str) -> NDArray[np.float32]:
    """Return the styles of a voice by number of tokens, float32 (510, 1, 256); "a+b" is the mean of two.

    Raises:
        SettingsError: for a name that is not there.
        ModelError: where the file cannot be read.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            names = list(archive.files)
            wanted = voice.split("+")
            if missing := [name for name in wanted if name not in names]:
                raise SettingsError(
                    said("Kokoro has no voice with that name"),
                    given=repr(missing[0]),
                    allowed=", ".join(names) + ', or several joined by "+"',
                )
            styles = [np.asarray(archive[name], np.float32) for name in wanted]
    except (OSError, ValueError) as error:
        raise ModelError(said("Kokoro's voices cannot be read"), given=str(error)) from error
    return np.asarray(np.mean(styles, axis=0), np.float32)
