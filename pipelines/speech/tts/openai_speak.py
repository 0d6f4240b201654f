"""Text to speech by an OpenAI-compatible server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from pipelines.core.cancel import CancelToken
from pipelines.core.errors import BackendError, InputError
from pipelines.core.openai_client.backend import ServerBackend
from pipelines.core.openai_client.client import Ask, Head
from pipelines.core.openai_client.options import EndpointOptions
from pipelines.core.said import said
from pipelines.core.types import Audio, Stage
from pipelines.speech.tts.text import base_language, check_speed, pieces, speakable

CHUNK_SECONDS = 0.5
MAX_CHARACTERS = 2000
_RAW = frozenset({"audio/pcm", "audio/l16", "application/octet-stream", ""})


@dataclass(frozen=True)
class SpeakOptions(EndpointOptions):
    """How the server speaks.

    Attributes:
        voice: Its name of the voice.
        sample_rate: Of its raw sound, in Hz.
        format: "pcm" is played while it comes; the others once a sentence is whole.
        languages: ISO 639-1 codes that the voice speaks; none for any.
    """

    stage: ClassVar[Stage] = Stage.SPEAK

    voice: str = "alloy"
    sample_rate: Annotated[int, Field(ge=8000, le=48_000)] = 24_000
    format: Literal["pcm", "wav", "flac", "mp3", "opus"] = "pcm"
    languages: tuple[str, ...] = ()


class OpenAISpeaker(ServerBackend[SpeakOptions]):
    """Plays raw sound as it comes."""

    options_type = SpeakOptions

    @property
    def sample_rate(self) -> int:
        """Of all the sound, in Hz."""
        return self.options.sample_rate

    def speaks(self, language: str) -> bool:
        """Whether the options say that the voice can speak this ISO 639-1 language, or nothing about it."""
        return not self.options.languages or base_language(language) in self.options.languages

    def stream(
        self, text: str, *, language: str = "en", speed: float = 1.0, cancel: CancelToken | None = None
    ) -> Iterator[Audio]:
        """Yield float32 sound as it comes; nothing where nothing can be said.

        Raises:
            InputError: for a language that the voice does not speak.
            SettingsError: for a speed outside 0.5 to 2.0.
            BackendError: if the server fails; what was yielded before stays valid.
            Cancelled: once `cancel` is set; the connection is closed.
        """
        check_speed(speed)
        if not self.speaks(language):
            allowed = ", ".join(self.options.languages)
            raise InputError(
                said("The server's voice does not support that language"), given=language, allowed=allowed
            )
        for piece in pieces(speakable(text), MAX_CHARACTERS):
            if any(char.isalnum() for char in piece):
                yield from self._spoken(piece, speed, cancel)

    def _spoken(self, text: str, speed: float, cancel: CancelToken | None) -> Iterator[Audio]:
        body: dict[str, Any] = {
            "model": self._name,
            "input": text,
            "voice": self.options.voice,
            "response_format": self.options.format,
            "speed": speed,
        }
        items = self.client.exchange(Ask("/audio/speech", body, instead={"speed": {}}), cancel)
        try:
            head = next(items)
            assert isinstance(head, Head)
            sound = (item for item in items if isinstance(item, bytes))
            if self.options.format == "pcm" and head.kind in _RAW:
                yield from self._raw(sound)
            else:
                yield self._decoded(b"".join(sound), head.kind)
        finally:
            items.close()

    def _raw(self, sound: Iterator[bytes]) -> Iterator[Audio]:
        """Yield 16-bit little-endian samples in chunks of at least `CHUNK_SECONDS`, but for the last."""
        enough, buffer = 2 * int(CHUNK_SECONDS * self.sample_rate), b""
        for data in sound:
            buffer += data
            if len(buffer) >= enough:
                whole = len(buffer) // 2 * 2
                yield self._audio(buffer[:whole])
                buffer = buffer[whole:]
        if len(buffer) >= 2:
            yield self._audio(buffer[: len(buffer) // 2 * 2])

    def _audio(self, data: bytes) -> Audio:
        samples = np.frombuffer(data, "<i2").astype(np.float32)
        return Audio(samples / np.float32(32_768), self.sample_rate)

    def _decoded(self, data: bytes, kind: str) -> Audio:
        from pipelines.speech.decode import decode_audio

        try:
            return decode_audio(data, sample_rate=self.sample_rate)
        except InputError as error:
            raise BackendError(
                said("The server {host} returned no readable audio", host=self.options.host),
                given=said("{kind}, {count} bytes", kind=kind or said("no media type"), count=len(data)),
            ) from error
