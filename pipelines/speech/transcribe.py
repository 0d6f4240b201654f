"""Speech to text with Whisper (Radford et al., 2022, arXiv:2212.04356) through faster-whisper."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipelines.core.cancel import CancelToken
from pipelines.core.errors import BackendError, EmptyInputError, InputError
from pipelines.core.registry import Registry
from pipelines.core.said import said
from pipelines.core.types import Audio, SpeechEncoding, Transcript
from pipelines.speech.hot_words import hot_words_of, named_in, primed, was_heard
from pipelines.speech.languages import SURE, Stretch, stretches
from pipelines.speech.vad import SAMPLE_RATE, Speech, find_speech
from pipelines.speech.windows import Window, windows
from pipelines.speech.written import COMPRESSION, PROMPTS, SILENT, Written, goes_over, tidy

if TYPE_CHECKING:
    from pipelines.speech.whisper_model import EncoderRecorder, SharedEncoderModel

BEAM_SIZE = 5
TEMPERATURES = (0.0, 0.4)
NO_SPEECH = 0.6
LOG_PROBABILITY = -1.0

__all__ = [
    "COMPRESSION",
    "PROMPTS",
    "SILENT",
    "WhisperTinyEnglish",
    "WhisperTranscriber",
    "speech_of",
    "tidy",
]


class WhisperTranscriber:
    """Whisper base, multilingual. One encoder pass a 30 s window serves language, words and emotion.

    Args:
        registry: Where the verified weights come from.
        beam_size: Of the beam search.
        threads: Of the model.
    """

    weights = "whisper-base"
    graph: str | None = "whisper-encoder"
    model = "Whisper base (encoder ONNX float32, decoder CTranslate2 int8)"

    def __init__(self, registry: Registry, *, beam_size: int = BEAM_SIZE, threads: int = 2) -> None:
        self._store, self._beam_size, self._threads = registry.store, beam_size, threads
        self._whisper: SharedEncoderModel | None = None

    def load(self) -> None:
        """Verify and load the weights. Raises ModelError."""
        folder = self._store.path(self.weights)
        self._store.path("silero-vad")
        from pipelines.speech.whisper_model import SharedEncoderModel

        whisper = SharedEncoderModel(
            str(folder), device="cpu", compute_type="int8", cpu_threads=self._threads, local_files_only=True
        )
        if self.graph is not None:
            from pipelines.speech.whisper_encoder import WhisperEncoder

            graph = self._store.path(self.graph)
            whisper.encoder = WhisperEncoder(
                graph / "graph.onnx", folder / "model.bin", graph / "silence.npz", self._threads
            )
        self._whisper = whisper

    def warm_up(self) -> None:
        """Load the voice activity detector and encode one window of silence."""
        silence = Audio(np.zeros(SAMPLE_RATE, np.float32), SAMPLE_RATE)
        find_speech(silence)
        whisper = self.whisper
        whisper.encode(next(whisper.windows(silence.samples)))

    def unload(self) -> None:
        """Free the weights."""
        self._whisper = None

    @property
    def whisper(self) -> SharedEncoderModel:
        """The loaded model. Raises BackendError before `load`."""
        if self._whisper is None:
            raise BackendError(
                said("The transcriber is not loaded"), fix=said("Load it through the registry")
            )
        return self._whisper

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
            language: ISO 639-1 code; None to detect it, for each stretch of speech in another one.
            hot_words: Names and words that may be said, spelled as they are to be written.
            cancel: Checked before every 30 s window and every segment.

        Raises:
            InputError: for another sample rate or a language that the model does not know.
            Cancelled: when the token is cancelled.
        """
        *_, whole = self.stream(audio, language=language, hot_words=hot_words, cancel=cancel)
        return whole

    def stream(
        self,
        audio: Audio,
        *,
        language: str | None = None,
        hot_words: str = "",
        cancel: CancelToken | None = None,
    ) -> Iterator[Transcript]:
        """Yield the transcript as it grows, segment by segment; the last is what `transcribe` returns.

        The text of each begins with that of the one before. Read it in one thread. Arguments and errors are
        those of `transcribe`.
        """
        speech = speech_of(audio)
        if not speech.spans:
            yield SILENT
            return
        whisper, cancel = self.whisper, cancel or CancelToken()
        self._check(whisper, language)
        with whisper.recorder() as recorder:
            written = Written(speech)
            for window in windows(speech):
                cancel.raise_if_cancelled()
                whisper.encode(next(whisper.windows(window.samples)))
                kept = len(recorder.windows)
                for stretch in self._stretches(whisper, recorder, window, language, written.language):
                    written.begin(stretch)
                    first = round(window.start * SAMPLE_RATE)
                    ends = first + stretch.start, first + stretch.end
                    names = hot_words_of(hot_words, stretch.language)
                    for offset, found in self._heard(whisper, speech, ends, stretch.language, names, cancel):
                        if written.add(found, offset, stretch.language):
                            yield written.transcript()
                recorder.keep(kept)
            yield written.transcript(recorder.encoding(speech.samples, self.weights))

    def _heard(
        self,
        whisper: SharedEncoderModel,
        speech: Speech,
        ends: tuple[int, int],
        language: str,
        names: list[str],
        cancel: CancelToken,
    ) -> Iterator[tuple[float, Any]]:
        """Yield the model's segments with the seconds at which its time begins.

        Where a segment would go over a long silence that was cut out, each side is written by itself.
        """
        cuts = [cut for cut in speech.cuts if ends[0] < cut < ends[1]]
        held = []
        for found in self._spelled(whisper, speech.samples[ends[0] : ends[1]], language, names, cancel):
            cancel.raise_if_cancelled()
            if cuts:
                held.append(found)
            else:
                yield ends[0] / SAMPLE_RATE, found
        if not any(goes_over(found, cut - ends[0]) for found in held for cut in cuts):
            yield from ((ends[0] / SAMPLE_RATE, found) for found in held)
            return
        for part in pairwise((ends[0], *cuts, ends[1])):
            yield from self._heard(whisper, speech, part, language, names, cancel)

    def _check(self, whisper: SharedEncoderModel, language: str | None) -> None:
        known = whisper.supported_languages
        if language is not None and language not in known:
            raise InputError(
                said("The transcriber does not support this language"),
                given=repr(language),
                allowed=", ".join(known),
            )

    def _stretches(
        self,
        whisper: SharedEncoderModel,
        recorder: EncoderRecorder,
        window: Window,
        language: str | None,
        before: str | None,
    ) -> list[Stretch]:
        """Return the stretches of the window that was encoded last; `before`: language of the last one."""
        end = len(window.samples)
        if language is not None or not whisper.model.is_multilingual:
            return [Stretch(0, end, language or "en", 1.0)]
        found, probability = whisper.language_of(next(whisper.windows(window.samples)))
        if before is not None and probability < SURE:
            found = before
        return stretches(
            window.samples, recorder.windows[-1].frames, (found, probability), whisper.languages_of_parts
        )

    def _spelled(
        self,
        whisper: SharedEncoderModel,
        samples: NDArray[np.float32],
        language: str,
        names: list[str],
        cancel: CancelToken,
    ) -> Iterator[Any]:
        """Yield the model's segments, spelled by the names unless one of them stands there unheard."""
        if not names:
            yield from self._segments(whisper, samples, language, primed(language, []))
            return

        def written(told: list[str]) -> tuple[list[Any], str]:
            found = []
            for segment in self._segments(whisper, samples, language, primed(language, told)):
                cancel.raise_if_cancelled()
                found.append(segment)
            return found, " ".join(segment.text for segment in found)

        found, text = written(names)
        if named := named_in(text, names):
            plain, heard = written([])
            found = found if all(was_heard(name, text, heard) for name in named) else plain
        yield from found

    def _segments(
        self, whisper: SharedEncoderModel, samples: NDArray[np.float32], language: str, prompt: str | None
    ) -> Any:
        segments, _ = whisper.transcribe(
            samples,
            language=language,
            beam_size=self._beam_size,
            temperature=list(TEMPERATURES),
            no_speech_threshold=NO_SPEECH,
            log_prob_threshold=LOG_PROBABILITY,
            compression_ratio_threshold=COMPRESSION,
            condition_on_previous_text=False,
            initial_prompt=prompt,
            vad_filter=False,
        )
        return segments

    def encode(self, audio: Audio, *, cancel: CancelToken | None = None) -> SpeechEncoding:
        """Return the encoder's output over the speech of 16 kHz audio, without writing the words.

        Raises:
            EmptyInputError: where nobody speaks.
            InputError: for another sample rate.
            Cancelled: when the token is cancelled.
        """
        speech = speech_of(audio)
        if not speech.spans:
            raise EmptyInputError(
                said("No speech was found in the recording"),
                given=said("{seconds} s", seconds=format(audio.seconds, ".1f")),
            )
        whisper, cancel = self.whisper, cancel or CancelToken()
        with whisper.recorder() as recorder:
            for window in whisper.windows(speech.samples):
                cancel.raise_if_cancelled()
                whisper.encode(window)
            return recorder.encoding(speech.samples, self.weights)


class WhisperTinyEnglish(WhisperTranscriber):
    """Whisper tiny.en: English only, about three times as fast."""

    weights = "whisper-tiny.en"
    graph = None
    model = "Whisper tiny.en (CTranslate2, int8)"


def speech_of(audio: Audio) -> Speech:
    """Return the speech of 16 kHz audio. Raises InputError for another sample rate."""
    if audio.sample_rate != SAMPLE_RATE:
        raise InputError(
            said("The transcriber needs 16 kHz audio"),
            given=f"{audio.sample_rate} Hz",
            fix=said("Use pipelines.speech.decode, which resamples"),
        )
    return find_speech(audio)
