"""What each trained model costs beside the one that it took the place of: `python -m benchmarks.models`.

Both are measured in turn in one run, on new inputs each time, so that no stage answers from memory. Writes
docs/results/models.json and the table in docs/training.md.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.common import DOCS, alternately, busy, machine, median, put_table, write_result
from chatbot.config.backends import chatbot_registry
from chatbot.config.mind import LARGE, SMALL
from chatbot.config.settings import Settings
from chatbot.generators.protocol import Generator, Message
from pipelines.core.assets import SAMPLES
from pipelines.core.memory import return_freed_memory
from pipelines.core.registry import Registry
from pipelines.core.types import Image, Stage
from pipelines.image.decode import decode_image
from pipelines.speech.decode import decode_audio
from pipelines.text.turns import SeenPicture, system_text, turn_text

REPEATS, WARM_UP = 30, 3
REPLIES = 10
PICTURES = ("cat.jpg", "astronaut.jpg", "coffee.jpg")
CLIPS = ("jfk.flac", "lj.flac", "librivox.flac")
WORDS = "I waited {} minutes in the rain, and then the driver was so kind that I forgot all about it."
CHINESE = "等了{}分钟。房间很干净。服务也很好。下次还会再来。"
CAPTION = "A brown dog carries {} sticks over the snow while a man in a red jacket looks on."
QUESTION = "What is the dog doing, and who is with it?"
Work = Callable[[int], Any]


@dataclass(frozen=True)
class Comparison:
    """The back-ends of some stages beside earlier ones.

    Attributes:
        previous: Name of the earlier back-end in each stage; None where there is none.
        current: Name of the one that is measured; None for the default.
    """

    name: str
    stages: tuple[Stage, ...]
    previous: str | None
    prepare: Callable[[Registry, Sequence[Any]], Work]
    current: str | None = None

    def earlier(self, registry: Registry) -> str | None:
        """Return the earlier back-end's name, None where it is still the default."""
        return None if self.previous == registry.name(self.stages[0]) else self.previous


def captioning(registry: Registry, backends: Sequence[Any]) -> Work:
    """Return the work of describing a picture."""
    pictures = [decode_image(SAMPLES / name) for name in PICTURES]
    return lambda number: backends[0].caption(Image(pictures[number % len(pictures)].pixels))


def reading(text: str) -> Callable[[Registry, Sequence[Any]], Work]:
    """Return what prepares the work of classifying one text with every back-end."""

    def prepare(registry: Registry, backends: Sequence[Any]) -> Work:
        return lambda number: [backend.classify(text.format(number)) for backend in backends]

    return prepare


def listening(registry: Registry, backends: Sequence[Any]) -> Work:
    """Return the work of judging a voice that has been transcribed already, as the app does."""
    transcriber = registry.get(Stage.TRANSCRIBE)
    clips = [decode_audio(SAMPLES / name) for name in CLIPS]
    heard = [(clip, transcriber.encode(clip)) for clip in clips]
    return lambda number: backends[0].classify(*heard[number % len(heard)])


COMPARISONS = (
    Comparison("caption of a picture", (Stage.CAPTION,), "labels", captioning),
    Comparison(
        "sentiment and emotion of a text",
        (Stage.SENTIMENT, Stage.TEXT_EMOTION),
        "minilm-head",
        reading(WORDS),
    ),
    Comparison("sentiment of a Chinese text", (Stage.SENTIMENT,), None, reading(CHINESE), "chinese"),
    Comparison(
        "emotion of a voice, after its transcription", (Stage.SPEECH_EMOTION,), "whisper-head", listening
    ),
)


def compare(registry: Registry, comparison: Comparison) -> dict[str, Any]:
    """Return milliseconds an input, sizes, and how many times the earlier one's time the default takes."""
    ours = _timed(registry, comparison, comparison.current)
    earlier = comparison.earlier(registry)
    if earlier is None:
        seconds = [ours(number) for number in range(WARM_UP + REPEATS)][WARM_UP:]
        return {"default": _row(registry, comparison.stages, comparison.current, seconds)}
    theirs = _timed(registry, comparison, earlier)
    pairs = alternately(ours, theirs, REPEATS, WARM_UP)
    return {
        "default": _row(registry, comparison.stages, comparison.current, [a for a, _ in pairs]),
        "previous": _row(registry, comparison.stages, earlier, [b for _, b in pairs]),
        "time_ratio": median((a / b for a, b in pairs), 2),
    }


def _timed(registry: Registry, comparison: Comparison, name: str | None) -> Callable[[int], float]:
    work = comparison.prepare(registry, [registry.get(stage, name) for stage in comparison.stages])

    def seconds(number: int) -> float:
        begun = time.perf_counter()
        work(number)
        return time.perf_counter() - begun

    return seconds


def _row(
    registry: Registry, stages: Sequence[Stage], name: str | None, seconds: Sequence[float]
) -> dict[str, Any]:
    return {**describe(registry, stages, name), "milliseconds": median((1000 * s for s in seconds), 1)}


def describe(registry: Registry, stages: Sequence[Stage], name: str | None) -> dict[str, Any]:
    """Return back-end, model, and megabytes: in the repository, and of all the files that it reads."""
    specs = [registry.spec(stage, name) for stage in stages]
    entries = {model: registry.store.entry(model) for spec in specs for model in spec.models}
    shipped = sum(entry.size for entry in entries.values() if entry.kind == "asset")
    return {
        "backend": name or ", ".join(dict.fromkeys(registry.name(stage) for stage in stages)),
        "model": " + ".join(dict.fromkeys(registry.get(stage, name).model for stage in stages)),
        "repository_megabytes": round(shipped / 1e6, 2),
        "all_megabytes": round(sum(entry.size for entry in entries.values()) / 1e6, 1),
    }


@dataclass(frozen=True)
class Written:
    """A reply: seconds to its first token, its tokens, and seconds from first to last."""

    first: float
    tokens: int
    rest: float

    @property
    def rate(self) -> float:
        """Tokens a second after the first."""
        return (self.tokens - 1) / self.rest if self.tokens > 1 else 0.0


def write_reply(generator: Generator, messages: Sequence[Message]) -> Written:
    """Write a reply, greedy; llama.cpp hands over a token at a time."""
    begun = time.perf_counter()
    times = [
        time.perf_counter() - begun
        for _ in generator.stream(messages, temperature=0.0, max_tokens=Settings().max_reply_tokens)
    ]
    if not times:
        raise RuntimeError("the model wrote nothing")
    return Written(times[0], len(times), times[-1] - times[0])


def compare_replies() -> dict[str, Any]:
    """Return first token and tokens a second of the large and of the small model, with the same threads."""
    registries = {
        name: chatbot_registry(Settings(backends={Stage.GENERATE: name})) for name in (LARGE, SMALL)
    }

    def writes(name: str) -> Callable[[int], Written]:
        generator = registries[name].get(Stage.GENERATE)
        system = system_text(generator.model, datetime.date(2026, 1, 1))

        def write(number: int) -> Written:
            asked = turn_text(QUESTION, [SeenPicture(CAPTION.format(number))])
            messages: list[Message] = [
                {"role": "system", "content": system},
                {"role": "user", "content": asked},
            ]
            return write_reply(generator, messages)

        return write

    pairs = alternately(writes(LARGE), writes(SMALL), REPLIES)
    sides: dict[str, list[Written]] = {"default": [a for a, _ in pairs], "previous": [b for _, b in pairs]}
    rows = {
        side: {
            **describe(registries[name], (Stage.GENERATE,), None),
            "first_token_milliseconds": median((1000 * reply.first for reply in replies), 1),
            "tokens_a_second": median((reply.rate for reply in replies), 1),
            "tokens_a_reply": median((reply.tokens for reply in replies), 0),
        }
        for (side, replies), name in zip(sides.items(), registries, strict=True)
    }
    return {
        **rows,
        "first_token_ratio": median((a.first / b.first for a, b in pairs), 2),
        "tokens_a_second_ratio": median((a.rate / b.rate for a, b in pairs), 2),
    }


def table(found: dict[str, Any]) -> list[str]:
    """Return the results as the lines of a Markdown table."""
    lines = [
        f"On {found['machine']}{busy(found)}:",
        "",
        "| work | default | the one before | times its time | MB shipped |",
        "|---|---|---|---|---|",
    ]
    for name, row in found["comparisons"].items():
        lines.append(_line(name, row, "milliseconds", "ms", row.get("time_ratio", "")))
    reply = found.get("reply")
    if reply is None:
        return lines
    slower = round(1 / reply["tokens_a_second_ratio"], 2)
    first = _line(
        "first token of a reply", reply, "first_token_milliseconds", "ms", reply["first_token_ratio"]
    )
    return [*lines, first, _line("its other tokens", reply, "tokens_a_second", "a second", slower)]


def _line(work: str, row: dict[str, Any], key: str, unit: str, ratio: float | str) -> str:
    sides = [row[side] for side in ("default", "previous") if side in row]
    values = [f"{side[key]} {unit} (`{side['backend']}`)" for side in sides]
    sizes = " / ".join(str(side["repository_megabytes"]) for side in sides)
    return f"| {work} | {values[0]} | {values[1] if len(values) > 1 else ''} | {ratio} | {sizes} |"


def main() -> None:
    """Measure, print and write."""
    return_freed_memory()
    registry = chatbot_registry(Settings())
    found: dict[str, Any] = {**machine(), "repeats": REPEATS, "replies": REPLIES}
    found["comparisons"] = {c.name: compare(registry, c) for c in COMPARISONS}
    registry.unload()
    found["reply"] = compare_replies()
    write_result("models", found)
    put_table(DOCS / "training.md", "models", table(found))
    print("\n".join(table(found)))


if __name__ == "__main__":
    main()
