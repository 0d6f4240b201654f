"""What every back-end of a stage must do with usual, empty and odd input, and when it is stopped.

Each class stands for a stage. `use` is the usual call, `other` one with another input, `check` looks at a
result, and `gist` is what tells the results of the two apart; `empty` and `odd` give calls whose result must be
valid too, or that refuse: as empty, or in words that `refusals` knows; `stopped` is a call whose token is
cancelled already, None where the stage takes no token.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from chatbot.generators.protocol import Finish
from pipelines.core.types import (
    Audio,
    Caption,
    Detections,
    OcrText,
    Stage,
    Transcript,
)
from tests.contract.inputs import (
    Call,
    Case,
    Gist,
    cancelled,
    picture,
    pictures,
    probability,
    silence,
    sounds,
    voice,
)
from tests.contract.text_cases import Distributes, Embeds, ReadsEmotion, ReadsFeelings, ReadsSentiment


class Transcribes(Case):
    refusals = "16 kHz|sample rate"

    def use(self, backend: Any) -> Any:
        return backend.transcribe(voice())

    def other(self, backend: Any) -> Any:
        return backend.transcribe(voice(5.0, 3.0))

    def gist(self, result: Any) -> Gist:
        return str(result.text)

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


class HearsEmotion(Distributes):
    def use(self, backend: Any) -> Any:
        return backend.classify(voice())

    def other(self, backend: Any) -> Any:
        return backend.classify(voice(5.0, 3.0))

    def empty(self) -> Iterable[Call]:
        return [lambda backend: backend.classify(silence())]

    def odd(self) -> Iterable[Call]:
        return [lambda backend, sound=sound: backend.classify(sound) for sound in sounds()]

    stopped = staticmethod(lambda backend: backend.classify(voice(), cancel=cancelled()))


class EncodesPictures(Case):
    def use(self, backend: Any) -> Any:
        return backend.features(picture())

    def other(self, backend: Any) -> Any:
        return backend.features(picture("sign.png"))

    def gist(self, result: Any) -> Gist:
        return np.asarray(result, np.float32)

    def check(self, result: Any) -> None:
        assert result.dtype == np.float32 and result.ndim == 3 and np.isfinite(result).all()

    def odd(self) -> Iterable[Call]:
        return [lambda backend, image=image: backend.features(image) for image in pictures()]


class Captions(Case):
    def use(self, backend: Any) -> Any:
        return backend.caption(picture())

    def other(self, backend: Any) -> Any:
        return backend.caption(picture("sign.png"))

    def gist(self, result: Any) -> Gist:
        return str(result.text)

    def check(self, result: Any) -> None:
        assert isinstance(result, Caption) and result.text.strip() and probability(result.confidence)

    def odd(self) -> Iterable[Call]:
        return [lambda backend, image=image: backend.caption(image) for image in pictures()]

    stopped = staticmethod(lambda backend: backend.caption(picture(), cancel=cancelled()))


class ReadsPictures(Case):
    def use(self, backend: Any) -> Any:
        result = backend.read(picture("sign.png"))
        assert result.text.strip()
        return result

    def other(self, backend: Any) -> Any:
        return backend.read(picture())

    def gist(self, result: Any) -> Gist:
        return str(result.text)

    def check(self, result: Any) -> None:
        assert isinstance(result, OcrText)
        assert all(
            box.text and probability(float(box.confidence)) and len(box.corners) == 4 for box in result.boxes
        )

    def odd(self) -> Iterable[Call]:
        return [lambda backend, image=image: backend.read(image) for image in pictures()]

    stopped = staticmethod(lambda backend: backend.read(picture("sign.png"), cancel=cancelled()))


class FindsObjects(Case):
    def use(self, backend: Any) -> Any:
        return backend.detect(picture())

    def other(self, backend: Any) -> Any:
        return backend.detect(picture("sign.png"))

    def gist(self, result: Any) -> Gist:
        return " ".join(f"{item.label} {item.score:.2f}" for item in result.objects)

    def check(self, result: Any) -> None:
        assert isinstance(result, Detections) and result.width > 0 and result.height > 0
        scores = [item.score for item in result.objects]
        assert scores == sorted(scores, reverse=True) and all(map(probability, scores))
        for item in result.objects:
            left, top, right, bottom = item.box
            assert item.label and 0 <= left < right <= result.width and 0 <= top < bottom <= result.height

    def odd(self) -> Iterable[Call]:
        return [lambda backend, image=image: backend.detect(image) for image in pictures()]

    stopped = staticmethod(lambda backend: backend.detect(picture(), cancel=cancelled()))


class Speaks(Case):
    def use(self, backend: Any) -> Any:
        assert backend.speaks("en") or backend.speaks("zh")
        sound = list(self._greet(backend))
        assert sum(chunk.seconds for chunk in sound) > 0.2
        return sound, backend.sample_rate

    def other(self, backend: Any) -> Any:
        return self._say("A much longer sentence follows now, with very many words in it.")(backend)

    def gist(self, result: Any) -> Gist:
        return np.array([sum(chunk.seconds for chunk in result[0])], np.float32)

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

    def other(self, backend: Any) -> Any:
        return self._write(backend, "Name the colours of the rainbow.")

    def gist(self, result: Any) -> Gist:
        return "".join(result[0])

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
    Stage.DANGER: ReadsEmotion(),
    Stage.IMAGE_FEATURES: EncodesPictures(),
    Stage.CAPTION: Captions(),
    Stage.OCR: ReadsPictures(),
    Stage.DETECT: FindsObjects(),
    Stage.SPEAK: Speaks(),
    Stage.GENERATE: Generates(),
}
