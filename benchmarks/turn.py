"""A turn against the plain way: the same models one after another, the whole reply voiced at the end.

`python -m benchmarks.turn` prints, writes docs/results/turn.json and the README's rows. Each turn goes three
ways in the same run: sent with everything at once; sent three seconds after its picture and its recording
were attached, as `chatbot.ui.draft_preparation` prepares them; and plainly. Every turn has a picture, a
recording and words of its own, so that nothing is known from another. `benchmarks.follow_ups` is measured
besides.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from operator import methodcaller
from typing import Any

from benchmarks.common import (
    ROOT,
    busy,
    machine,
    median,
    peak_megabytes,
    put_row,
    write_result,
)
from benchmarks.follow_ups import follow_ups, named
from chatbot.config.settings import Settings
from chatbot.turn.early_work import as_they_come
from chatbot.turn.engine import Chatbot
from chatbot.turn.events import Failed, FusedContext, SpeechChunk, TurnEvent
from chatbot.turn.fusion import fuse
from chatbot.turn.prompt import build_messages
from chatbot.turn.reading_ahead import read_ahead
from chatbot.turn.understanding import confidence_of
from pipelines.core.assets import SAMPLES
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import Cancelled
from pipelines.core.memory import return_freed_memory
from pipelines.core.types import Audio, Evidence, Image, Stage, Turn
from pipelines.image.decode import decode_image
from pipelines.speech.decode import decode_audio
from pipelines.speech.wav import concatenate

QUESTIONS = (
    "Tell me a story about this animal in four sentences, and then say what you think of my words.",
    "What do you see, and how does it go together with what I said?",
    "Write three sentences about the picture, and one about the recording.",
    "Describe the mood of the picture, and tell me who is known for these words.",
    "Give the picture a title, explain it, and answer what I said.",
)
TURNS = 20
PAUSE = 3.0
"""Seconds from attaching to Send."""
SETTINGS = Settings(temperature=0.0, max_reply_tokens=60)
ROW = "first sound of a reply to text + picture + voice, everything sent at once"
ROW_ATTACHED = "the same, sent 3 s after picture and recording were attached"
EMOTION_REPEATS = 10


@dataclass(frozen=True)
class Run:
    """One answered turn. `total`: seconds from its start to its end."""

    total: float
    text: str
    stages: dict[str, float]


def real_turn(number: int) -> Turn:
    """Return words, a picture and a recording from the samples, a little different for each number."""
    image, audio = decode_image(SAMPLES / "cat.jpg"), decode_audio(SAMPLES / "jfk.flac")
    return Turn(
        QUESTIONS[number % len(QUESTIONS)],
        (Image(image.pixels[number + 1 :]),),
        replace(audio, samples=audio.samples[160 * (number + 1) :]),
    )


def trio(bot: Chatbot, turn: Turn) -> float:
    """Answer with the engine until it is heard; return the seconds."""
    return _first_sound(bot.respond(turn))


def attached(bot: Chatbot, turn: Turn) -> float:
    """Do the same `PAUSE` seconds after picture and recording were attached; return the seconds from Send."""
    options, given, draft = bot.turn_options(), replace(turn, text=None), CancelToken()
    coming = bot.early.prepare("benchmark", "box", given, options)

    def follow() -> None:
        with suppress(Cancelled):
            context = fuse(given, list(as_they_come(coming, draft)), "en")
            bot.idle.put("draft", lambda cancel: read_ahead(bot.registry, options, (), cancel, context))

    threading.Thread(target=follow, daemon=True).start()
    time.sleep(PAUSE)
    sent, token = time.perf_counter(), CancelToken()
    draft.cancel()
    taken = bot.early.take("benchmark", turn, options, token)
    _first_sound(bot.respond(turn, coming=taken, cancel=token))
    return time.perf_counter() - sent


def _first_sound(events: Generator[TurnEvent, None, None]) -> float:
    begun = time.perf_counter()
    with closing(events):
        for event in events:
            if isinstance(event, Failed):
                raise RuntimeError(event.message)
            if isinstance(event, SpeechChunk):
                return time.perf_counter() - begun
    raise RuntimeError("nothing was said")


def plain(bot: Chatbot, turn: Turn) -> Run:
    """Answer with the same models in sequence; the voice gets the whole reply when it is complete.

    Nothing is heard before the end.
    """
    registry, start = bot.registry, time.perf_counter()
    evidence, stages = _understand(bot, turn)
    context: FusedContext = fuse(turn, evidence, "en")
    generator = registry.get(Stage.GENERATE)
    options = bot.turn_options()
    begun = time.perf_counter()
    messages = build_messages(context, (), generator, options)
    stream = generator.stream(messages, temperature=options.temperature, max_tokens=options.max_reply_tokens)
    text = "".join(stream)
    stages["generate"], begun = time.perf_counter() - begun, time.perf_counter()
    concatenate(list(registry.get(Stage.SPEAK).stream(text)))
    stages["speak"] = time.perf_counter() - begun
    total = time.perf_counter() - start
    return Run(total, text, stages)


def _understand(bot: Chatbot, turn: Turn) -> tuple[list[Evidence], dict[str, float]]:
    registry = bot.registry
    evidence: list[Evidence] = []

    def step(kind: Stage, source: str, work: Callable[[Any], Any]) -> Any:
        begun = time.perf_counter()
        value = work(registry.get(kind))
        seconds = time.perf_counter() - begun
        evidence.append(Evidence(kind, source, value, confidence_of(value), "", seconds))
        return value

    audio, image, text = turn.audio, turn.images[0], turn.text
    assert audio is not None
    heard = step(Stage.TRANSCRIBE, "voice", lambda b: b.transcribe(audio))
    step(Stage.SPEECH_EMOTION, "voice", lambda b: b.classify(audio, heard.encoding))
    for source, words in (("text", text), ("voice", heard.text)):
        step(Stage.SENTIMENT, source, methodcaller("classify", words))
        step(Stage.TEXT_EMOTION, source, methodcaller("classify", words))
    fresh = Image(image.pixels)
    step(Stage.CAPTION, "picture 1", lambda b: b.caption(fresh))
    step(Stage.OCR, "picture 1", lambda b: b.read(fresh))
    step(Stage.DETECT, "picture 1", lambda b: b.detect(fresh))
    return evidence, {f"{e.kind} {e.source}": e.seconds for e in evidence}


def transcription(bot: Chatbot) -> dict[str, float]:
    """Return seconds of sound, median seconds of transcription, and the share that emotion adds."""
    audio = decode_audio(SAMPLES / "jfk.flac")
    clip = Audio(audio.samples[: 10 * audio.sample_rate], audio.sample_rate)
    transcriber, head = bot.registry.get(Stage.TRANSCRIBE), bot.registry.get(Stage.SPEECH_EMOTION)
    words, emotion = [], []
    for _ in range(EMOTION_REPEATS):
        begun = time.perf_counter()
        transcript = transcriber.transcribe(clip)
        words.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        head.classify(clip, transcript.encoding)
        emotion.append(time.perf_counter() - begun)
    seconds = statistics.median(words)
    return {
        "audio_seconds": clip.seconds,
        "seconds": round(seconds, 3),
        "real_time_factor": round(seconds / clip.seconds, 3),
        "emotion_adds": round(statistics.median(emotion) / seconds, 4),
    }


def measure(bot: Chatbot) -> dict[str, Any]:
    """Return the seconds of the three ways, median and worst; the ratios are medians of the turns' ratios."""
    at_once, after, plainly, runs = list[float](), list[float](), list[float](), list[Run]()
    for number in range(-1, TURNS):  # the first one warms up
        turn = real_turn(number + 1)
        seconds = trio(bot, turn), attached(bot, turn)
        run = plain(bot, turn)
        if number >= 0:
            at_once.append(seconds[0])
            after.append(seconds[1])
            plainly.append(run.total)
            runs.append(run)
    return {
        "models": {str(stage): bot.registry.get(stage).model for stage in (Stage.CAPTION, Stage.GENERATE)},
        "reply": runs[0].text,
        **named("at_once", at_once),
        **named("attached_before", after),
        **named("plain", plainly),
        "at_once_ratio": median((b / a for a, b in zip(at_once, plainly, strict=True)), 2),
        "attached_before_ratio": median((b / a for a, b in zip(after, plainly, strict=True)), 2),
        "stages_plain": {name: median(run.stages[name] for run in runs) for name in runs[0].stages},
    }


def main() -> None:
    """Measure, print and write."""
    return_freed_memory()
    found: dict[str, Any] = {**machine(), "turns": TURNS, "questions": QUESTIONS}
    with Chatbot(SETTINGS) as bot:
        status = bot.wait_until_warm()
        assert status.ready, status.errors
        found["as_it_ships"] = measure(bot)
        found["transcription"] = transcription(bot)
        found["follow_ups"] = follow_ups(bot)
        found["peak_megabytes"] = peak_megabytes()
    write_result("turn", found)
    for row in rows(found):
        put_row(ROOT / "README.md", *row, above="transcription of 10 s of speech")


def rows(found: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return the README's rows."""
    heard, turn, later = found["transcription"], found["as_it_ships"], found["follow_ups"]
    return [
        (
            ROW,
            f"{turn['at_once']:.2f} s",
            f"worst of {found['turns']} {turn['at_once_worst']:.2f} s; {turn['plain']:.2f} s for the same "
            "models one after another, a reply of at most 60 tokens voiced at the end: "
            f"Trio is {turn['at_once_ratio']:.2f} times sooner{busy(found)}",
        ),
        (
            ROW_ATTACHED,
            f"{turn['attached_before']:.2f} s",
            f"worst {turn['attached_before_worst']:.2f} s; "
            f"{turn['attached_before_ratio']:.2f} times sooner{busy(found)}",
        ),
        (
            "first word of a typed follow-up; of a question on a picture that was understood before",
            f"{later['typed']:.2f} s; {later['picture_known']:.2f} s",
            f"worst {later['typed_worst']:.2f} s; {later['picture_known_worst']:.2f} s{busy(found)}",
        ),
        (
            "peak memory of the whole app, every model loaded",
            f"{found['peak_megabytes']:,.0f} MB",
            "the 1.1 GB of the model counted",
        ),
        (
            "transcription of 10 s of speech",
            f"{heard['real_time_factor']:.3f} of real time; the emotion of the voice adds "
            f"{heard['emotion_adds']:.1%}{busy(found)}",
            "",
        ),
    ]


if __name__ == "__main__":
    main()
