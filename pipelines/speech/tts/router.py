"""The default voice: the language of each sentence decides which back-end speaks it."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Self

import numpy as np

from pipelines.core.cancel import CancelToken
from pipelines.core.errors import InputError, MissingPackageError
from pipelines.core.protocols import Speaker
from pipelines.core.registry import Registry
from pipelines.core.said import Said, phrase, said
from pipelines.core.types import Audio, Stage
from pipelines.speech.resample import resample
from pipelines.speech.tts.join import at_loudness, trimmed, with_pause
from pipelines.speech.tts.runs import mixed_runs
from pipelines.speech.tts.text import base_language, check_speed, language_runs, speakable
from pipelines.text.stops import split_sentences

if TYPE_CHECKING:
    from pipelines.speech.tts.kokoro import KokoroChinese

MANDARIN = {"zh", "cmn"}


class VoiceRouter:
    """English goes to hibari, Mandarin to Kokoro, the rest to espeak-ng where that is installed.

    English words in a Chinese sentence are spoken by the English voice. Kokoro is loaded by
    `warm_up_for("zh")`, or when Mandarin is first spoken;
    espeak-ng is looked for when a language first needs it, once.
    All the sound comes out at 24 kHz.
    """

    sample_rate = 24_000

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._lock = threading.Lock()
        self._refusal: Said | None = None
        self._voices: Mapping[str, str] = {}
        self.model = "hibari heart; Kokoro for Mandarin, espeak-ng for other languages"

    def load(self) -> None:
        """Load the English voice. Raises ModelMissingError or ModelHashError."""
        self.model = f"{self._english().model}; Kokoro for Mandarin, espeak-ng for other languages"

    def warm_up(self) -> None:
        """Warm the English voice."""
        self._english().warm_up()

    def warm_up_for(self, language: str) -> None:
        """Load and warm the Chinese voice for Mandarin. Raises ModelMissingError or ModelHashError."""
        if base_language(language) in MANDARIN:
            self._chinese().warm_up()

    def with_voices(self, chosen: Mapping[str, str]) -> Self:
        """Return this router with the voice chosen for "zh"; it is looked up when Mandarin is spoken."""
        other = copy.copy(self)
        other._voices = chosen
        return other

    def unload(self) -> None:
        """Forget that espeak-ng was missing; the registry frees the voices themselves."""
        self._refusal = None

    def _english(self) -> Speaker:
        speaker: Speaker = self._registry.get(Stage.SPEAK, "hibari")
        return speaker

    def _chinese(self) -> KokoroChinese:
        speaker: KokoroChinese = self._registry.get(Stage.SPEAK, "kokoro-zh")
        return speaker.with_voices(self._voices)

    def _foreign(self) -> Speaker | None:
        with self._lock:
            if self._refusal is not None:
                return None
            try:
                speaker: Speaker = self._registry.get(Stage.SPEAK, "espeak")
            except MissingPackageError as error:
                self._refusal = error.said
                return None
            return speaker

    def _find(self, language: str) -> Speaker | None:
        base = base_language(language)
        if base == "en":
            return self._english()
        if base in MANDARIN:
            return self._chinese()
        speaker = self._foreign()
        return speaker if speaker is not None and speaker.speaks(language) else None

    def _voice(self, language: str) -> Speaker:
        speaker = self._find(language)
        if speaker is not None:
            return speaker
        if self._refusal is not None:
            raise InputError(
                said("No installed voice supports {language}", language=repr(language)),
                fix=phrase(self._refusal),
            )
        raise InputError(said("None of the voices supports that language"), given=language)

    def speaks(self, language: str) -> bool:
        """Whether a voice for `language` is installed."""
        return self._find(language) is not None

    def models_for(self, text: str, language: str = "en") -> str:
        """Return the names of the voices that `stream` would use, in order, joined by ' + '."""
        runs = (run for runs in self._sentences(text, language) for run in runs)
        names = [self._voice(code).model for code, _ in runs]
        return " + ".join(dict.fromkeys(names)) or self.model

    def stream(
        self, text: str, *, language: str = "en", speed: float = 1.0, cancel: CancelToken | None = None
    ) -> Iterator[Audio]:
        """Yield float32 sound at 24 kHz, sentence by sentence; nothing where nothing can be said.

        Args:
            text: May hold markdown, emoji and several languages.
            language: Of the text, where its script does not tell (French and English, say).
            speed: 0.5 to 2.0.
            cancel: Checked between sentences.

        Raises:
            InputError: if some sentence's language has no voice; says why, before anything is spoken.
            SettingsError: for a speed outside 0.5 to 2.0.
            Cancelled: once `cancel` is set.
        """
        check_speed(speed)
        sentences = self._sentences(text, language)
        for code, _ in (run for runs in sentences for run in runs):
            self._voice(code)
        for runs in sentences:
            if len(runs) == 1:
                yield from self._plain(*runs[0], speed, cancel)
            else:
                yield from self._mixed(runs, speed, cancel)

    @staticmethod
    def _sentences(text: str, language: str) -> list[list[tuple[str, str]]]:
        """Return the (language, text) that follow each other without a pause, sentence by sentence."""
        found: list[list[tuple[str, str]]] = []
        for code, run in language_runs(speakable(text), language):
            base = "zh" if base_language(code) in MANDARIN else base_language(code)
            if len(mixed_runs(run, base)) == 1:
                found.append([(code, run)])
            else:
                found += [mixed_runs(sentence, base) for sentence in split_sentences(run)]
        return found

    def _plain(self, code: str, text: str, speed: float, cancel: CancelToken | None) -> Iterator[Audio]:
        for audio in self._voice(code).stream(text, language=code, speed=speed, cancel=cancel):
            yield self._at_own_rate(audio)

    def _mixed(
        self, runs: list[tuple[str, str]], speed: float, cancel: CancelToken | None
    ) -> Iterator[Audio]:
        """Speak a sentence of several languages, its words joined at one loudness."""
        for number, (code, text) in enumerate(runs, start=1):
            joined = number < len(runs)
            if base_language(code) in MANDARIN:
                yield from self._chinese().stream(text, speed=speed, cancel=cancel, joined=joined)
                continue
            for audio in self._plain(code, text, speed, cancel):
                samples = at_loudness(trimmed(audio.samples, audio.sample_rate))
                yield Audio(with_pause(samples, text, audio.sample_rate, joined), audio.sample_rate)

    def _at_own_rate(self, audio: Audio) -> Audio:
        if audio.sample_rate == self.sample_rate:
            return audio
        samples = resample(audio.samples, audio.sample_rate, self.sample_rate)
        return Audio(np.clip(samples, -1.0, 1.0), self.sample_rate)
