"""Speech to text by an OpenAI-compatible server."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, TypeGuard

from pydantic.dataclasses import dataclass

from pipelines.core.cancel import CancelToken
from pipelines.core.errors import BackendError, InputError
from pipelines.core.openai_client.backend import ServerBackend
from pipelines.core.openai_client.client import Ask
from pipelines.core.openai_client.options import EndpointOptions
from pipelines.core.said import said
from pipelines.core.types import Audio, Segment, SpeechEncoding, Stage, Transcript
from pipelines.speech.vad import SAMPLE_RATE, find_speech
from pipelines.speech.wav import to_wav_bytes
from pipelines.text.language import detect_language

NAMES: Mapping[str, str] = {
    "arabic": "ar",
    "chinese": "zh",
    "czech": "cs",
    "danish": "da",
    "dutch": "nl",
    "english": "en",
    "finnish": "fi",
    "french": "fr",
    "german": "de",
    "greek": "el",
    "hebrew": "he",
    "hindi": "hi",
    "hungarian": "hu",
    "indonesian": "id",
    "italian": "it",
    "japanese": "ja",
    "korean": "ko",
    "norwegian": "no",
    "polish": "pl",
    "portuguese": "pt",
    "romanian": "ro",
    "russian": "ru",
    "spanish": "es",
    "swedish": "sv",
    "thai": "th",
    "turkish": "tr",
    "ukrainian": "uk",
}
"""Names that Whisper's servers write in full, to ISO 639-1."""


@dataclass(frozen=True)
class TranscribeOptions(EndpointOptions):
    """Where the server is."""

    stage: ClassVar[Stage] = Stage.TRANSCRIBE


class OpenAITranscriber(ServerBackend[TranscribeOptions]):
    """Sends the recording as WAV. Silence is not sent: Whisper would make words of it."""

    options_type = TranscribeOptions

    def transcribe(
        self,
        audio: Audio,
        *,
        language: str | None = None,
        hot_words: str = "",
        cancel: CancelToken | None = None,
    ) -> Transcript:
        """Return the words of 16 kHz audio; empty text where nobody speaks.

        There is no encoding; where the server does not say the language, it is that of the words.

        Args:
            audio: The recording.
            language: ISO 639-1 code; None to let the server detect it.
            hot_words: Sent as the prompt.
            cancel: Ends the request.

        Raises:
            InputError: for another sample rate.
            BackendError: if the server fails.
            Cancelled: when the token is cancelled.
        """
        if audio.sample_rate != SAMPLE_RATE:
            given = f"{audio.sample_rate} Hz"
            raise InputError(
                said("The audio has a different sample rate"), given=given, allowed=f"{SAMPLE_RATE} Hz"
            )
        if not find_speech(audio).spans:
            return Transcript("", language or "en", 0.0)
        fields = {"model": self._name, "response_format": "verbose_json"}
        if language:
            fields["language"] = language
        if hot_words:
            fields["prompt"] = hot_words
        files = {"file": ("voice.wav", to_wav_bytes(audio), "audio/wav")}
        ask = Ask("/audio/transcriptions", fields, files, instead={"response_format": {}})
        return self._read(self.client.json(ask, cancel), language)

    def _read(self, found: Mapping[str, Any], language: str | None) -> Transcript:
        text = found.get("text")
        if not isinstance(text, str):
            raise BackendError(said("The server {host} returned no transcript", host=self.options.host))
        text = " ".join(text.split())
        told = str(found.get("language") or "").lower()
        known = NAMES.get(told, told if len(told) == 2 else "")
        probability = found.get("language_probability")
        return Transcript(
            text,
            language or known or detect_language(text),
            float(probability) if _is_number(probability) else None,
            tuple(_segment(item) for item in found.get("segments") or () if _timed(item)),
        )

    def encode(self, audio: Audio, *, cancel: CancelToken | None = None) -> SpeechEncoding:
        """Raise BackendError: the API gives no encoder output."""
        del audio, cancel
        raise BackendError(
            said("The server {host} returns only text, no encoder output", host=self.options.host)
        )


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and math.isfinite(value)


def _timed(item: Any) -> bool:
    return isinstance(item, dict) and _is_number(item.get("start")) and _is_number(item.get("end"))


def _segment(item: Mapping[str, Any]) -> Segment:
    return Segment(float(item["start"]), float(item["end"]), str(item.get("text") or "").strip())
