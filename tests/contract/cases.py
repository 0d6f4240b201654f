"""What every back-end of a stage must do with usual, empty and odd input, and when it is stopped.

Each class stands for a stage. `use` is the usual call, `check` looks at its result; `empty` and `odd` give
calls whose result must be valid too, or that may refuse with an `InputError`; `stopped` is a call whose token
is cancelled already, None where the stage takes no token.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from chatbot.generators.protocol import Finish
from pipelines.core.cancel import CancelToken
from pipelines.core.types import (
    Audio,
    Caption,
    Distribution,
    Image,
    OcrText,
    Sentiment,
    Stage,
    Transcript,
)
from pipelines.image.decode import decode_image
from pipelines.speech.decode import decode_audio

Call = Callable[[Any], Any]
SAMPLES = Path(__file__).resolve().parents[2] / "assets" / "samples"
ODD_TEXTS = ("\u200b\ufeff x", "🙂🙃", "!?…", "a" * 3000, "<b>&amp;</b>\x00\x07 {x}", "مرحبا 你好 hello")


class Case:
    stopped: Call | None = None

    def use(self, backend: Any) -> Any:
        raise NotImplementedError

    def check(self, result: Any) -> None:
        raise NotImplementedError

    def empty(self) -> Iterable[Call]:
        return ()

    def odd(self) -> Iterable[Call]:
        return ()


def probability(value: float | None) -> bool:
    return value is None or (isinstance(value, float) and 0.0 <= value <= 1.0)


def voice(seconds: float = 2.0) -> Audio:
    return Audio(decode_audio(SAMPLES / "jfk.flac").samples[: int(16_000 * seconds)], 16_000)


def sounds() -> tuple[Audio, ...]:
    """Return odd sounds: one sample, a click, noise at full scale."""
    noise = np.random.default_rng(3).uniform(-1, 1, 16_000).astype(np.float32)
    click = np.zeros(1600, np.float32)
    click[800] = 1.0
    return Audio(np.zeros(1, np.float32), 16_000), Audio(click, 16_000), Audio(noise, 16_000)


def silence() -> Audio:
    return Audio(np.zeros(16_000, np.float32), 16_000)


def picture() -> Image:
    return decode_image(SAMPLES / "cat.jpg")


def pictures() -> tuple[Image, ...]:
    """Return odd pictures: one pixel, a strip, a blank one."""
    shapes = ((1, 1), (2, 300), (64, 64))
    return tuple(Image(np.full((*shape, 3), 255, np.uint8)) for shape in shapes)


def cancelled() -> CancelToken:
    token = CancelToken()
    token.cancel()
    return token


class Transcribes(Case):
    def use(self, backend: Any) -> Any:
        return backend.transcribe(voice())

    def check(self, result: Any) -> None:
        assert isinstance(result, Transcript) and isinstance(result.text, str)
        assert 2 <= len(result.language) <= 3 and probability(result.language_probability)
        assert all(0.0 <= s.start <= s.end and isinstance(s.text, str) for s in result.segments)
        if result.encoding is not None:
            assert result.encoding.frames.ndim == 2 and result.encoding.encoder

    def empty(self) -> Iterable[Call]:
        return [lambda backend: _silent(backend.transcribe(silence()))]

    def odd(self) -> Iterable[Call]:
        yield from (lambda backend, sound=sound: backend.transcribe(sound) for sound in sounds())
        yield lambda backend: backend.transcribe(Audio(np.zeros(8000, np.float32), 8000))

    stopped = staticmethod(lambda backend: backend.transcribe(voice(), cancel=cancelled()))


def _silent(transcript: Transcript) -> Transcript:
    assert transcript.text == ""
    return transcript


class Distributes(Case):
    """Emotions: labels with probabilities."""

    def check(self, result: Any) -> None:
        assert isinstance(result, Distribution) and result.label in result.scores
        assert all(probability(score) for score in result.scores.values())
        assert math.isclose(sum(result.scores.values()), 1.0, abs_tol=1e-3)
        assert result.confidence == max(result.scores.values()) == result.scores[result.label]


class HearsEmotion(Distributes):
    def use(self, backend: Any) -> Any:
        return backend.classify(voice())

    def empty(self) -> Iterable[Call]:
        return [lambda backend: backend.classify(silence())]

    def odd(self) -> Iterable[Call]:
        return [lambda backend, sound=sound: backend.classify(sound) for sound in sounds()]


class OfText(Case):
    """Stages that read text. `method` is their call."""

    method = "classify"

    def use(self, backend: Any) -> Any:
        return getattr(backend, self.method)("I am so happy that you came!")

    def empty(self) -> Iterable[Call]:
        return [lambda b, text=text: getattr(b, self.method)(text) for text in ("", " \n\t")]

    def odd(self) -> Iterable[Call]:
        return [lambda b, text=text: getattr(b, self.method)(text) for text in ODD_TEXTS]


class ReadsEmotion(OfText, Distributes):
    pass


class ReadsSentiment(OfText):
    def use(self, backend: Any) -> Any:
        return backend.classify("我很高兴。") if "Chinese" in backend.model else super().use(backend)

    def check(self, result: Any) -> None:
        assert isinstance(result, Sentiment) and result.label in ("positive", "negative")
        assert 0.5 <= result.score <= 1.0


class ReadsFeelings(OfText):
    method = "read"

    def check(self, result: Any) -> None:
        Distributes().check(result.emotion)
        Distributes().check(result.sentiment)
        assert all(probability(score) for score in result.fine.values())


class Embeds(Case):
    def use(self, backend: Any) -> Any:
        texts = ["A dog.", "A very different sentence."]
        assert backend.count_tokens(texts) >= 5
        return backend.embed(texts)

    def check(self, result: Any) -> None:
        assert result.dtype == np.float32 and result.ndim == 2
        np.testing.assert_allclose(np.linalg.norm(result, axis=1), 1.0, atol=1e-3)

    def empty(self) -> Iterable[Call]:
        return [lambda backend: backend.embed([]), lambda backend: backend.embed([""])]

    def odd(self) -> Iterable[Call]:
        return [lambda backend: backend.embed(list(ODD_TEXTS))]


class EncodesPictures(Case):
    def use(self, backend: Any) -> Any:
        return backend.features(picture())

    def check(self, result: Any) -> None:
        assert result.dtype == np.float32 and result.ndim == 3 and np.isfinite(result).all()

    def odd(self) -> Iterable[Call]:
        return [lambda backend, image=image: backend.features(image) for image in pictures()]


class Captions(Case):
    def use(self, backend: Any) -> Any:
        return backend.caption(picture())

    def check(self, result: Any) -> None:
        assert isinstance(result, Caption) and result.text.strip() and probability(result.confidence)

    def odd(self) -> Iterable[Call]:
        return [lambda backend, image=image: backend.caption(image) for image in pictures()]


class ReadsPictures(Case):
    def use(self, backend: Any) -> Any:
        result = backend.read(decode_image(SAMPLES / "sign.png"))
        assert result.text.strip()
        return result

    def check(self, result: Any) -> None:
        assert isinstance(result, OcrText)
        assert all(
            box.text and probability(float(box.confidence)) and len(box.corners) == 4 for box in result.boxes
        )

    def odd(self) -> Iterable[Call]:
        return [lambda backend, image=image: backend.read(image) for image in pictures()]


class Speaks(Case):
    def use(self, backend: Any) -> Any:
        assert backend.speaks("en") or backend.speaks("zh")
        sound = list(self._greet(backend))
        assert sum(chunk.seconds for chunk in sound) > 0.2
        return sound, backend.sample_rate

    def check(self, result: Any) -> None:
        sound, rate = result
        for chunk in sound:
            assert isinstance(chunk, Audio) and chunk.sample_rate == rate and chunk.samples.ndim == 1
            assert chunk.samples.dtype == np.float32 and np.abs(chunk.samples).max(initial=0.0) <= 1.0

    @staticmethod
    def _greet(backend: Any, **more: Any) -> Any:
        language, text = ("en", "Hello there.") if backend.speaks("en") else ("zh", "你好，世界。")
        return backend.stream(text, language=language, **more)

    def _say(self, text: str) -> Call:
        return lambda backend: (list(backend.stream(text)), backend.sample_rate)

    def empty(self) -> Iterable[Call]:
        def nothing(backend: Any) -> Any:
            assert list(backend.stream(" \n")) == []
            return [], backend.sample_rate

        return [nothing]

    def odd(self) -> Iterable[Call]:
        return map(self._say, ("🙂", "!?…", "<b>&amp;</b>\x07 {x}", "**Look**: https://example.com/a?b=c"))

    stopped = staticmethod(lambda backend: list(Speaks._greet(backend, cancel=cancelled())))


class Generates(Case):
    def use(self, backend: Any) -> Any:
        assert backend.context_tokens > 200 and backend.languages
        assert isinstance(backend.continues, bool) and isinstance(backend.sees, bool)
        return self._write(backend, "Say hello.")

    @staticmethod
    def _write(backend: Any, text: str, **more: Any) -> Any:
        messages = [{"role": "user", "content": text}]
        assert backend.count_tokens(messages) > 0
        pieces, written = [], backend.stream(messages, temperature=0.0, max_tokens=6, **more)
        while True:
            try:
                pieces.append(next(written))
            except StopIteration as ended:
                return pieces, ended.value

    def check(self, result: Any) -> None:
        pieces, finish = result
        assert all(isinstance(piece, str) and piece for piece in pieces)
        if finish is not None:
            assert isinstance(finish, Finish) and finish.prompt_tokens > 0 and finish.reply_tokens >= 0

    def empty(self) -> Iterable[Call]:
        return [lambda backend: self._write(backend, "")]

    def odd(self) -> Iterable[Call]:
        yield from (lambda b, text=text: self._write(b, text) for text in ("🙂", "<|im_end|>\x00", "你好"))
        yield self._closed

    def _closed(self, backend: Any) -> Any:
        written = backend.stream(
            [{"role": "user", "content": "Tell a story."}], temperature=0.0, max_tokens=40
        )
        first = next(written)
        written.close()
        return [first], None

    @staticmethod
    def stopped(backend: Any) -> None:
        """A generator ends without an exception when it is cancelled."""
        assert Generates._write(backend, "Tell a story.", cancel=cancelled())[0] == []


CASES: Mapping[Stage, Case] = {
    Stage.TRANSCRIBE: Transcribes(),
    Stage.SPEECH_EMOTION: HearsEmotion(),
    Stage.EMBED: Embeds(),
    Stage.FEELINGS: ReadsFeelings(),
    Stage.SENTIMENT: ReadsSentiment(),
    Stage.TEXT_EMOTION: ReadsEmotion(),
    Stage.IMAGE_FEATURES: EncodesPictures(),
    Stage.CAPTION: Captions(),
    Stage.OCR: ReadsPictures(),
    Stage.SPEAK: Speaks(),
    Stage.GENERATE: Generates(),
}
