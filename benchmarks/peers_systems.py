"""The two systems that `benchmarks.peers` compares, each in a process of its own.

`python -m benchmarks.peers_systems trio|plain FOLDER DATA` loads, says so in a line of JSON, and then answers
a request a line (`Asked`) with a line (`Answer`). FOLDER: the weights of `benchmarks.peers_weights`.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Thread
from typing import Protocol

from benchmarks.common import peak_megabytes
from benchmarks.peers_turns import inputs_of, make_turn
from benchmarks.peers_weights import CAPTIONER, GENERATOR, WHISPER
from chatbot.config.settings import Settings
from pipelines.core.memory import return_freed_memory
from pipelines.core.types import Image, Stage, Turn

CAPTION_TOKENS = 10
"""COCO's captions, which BLIP learned to write, have about ten words."""
_STUCK_SECONDS = 300.0


@dataclass(frozen=True)
class Asked:
    """What to answer.

    Attributes:
        number: Of the turn.
        streamed: Whether text is shown as it is written; Trio always does.
        tokens: How long the reply must be; None for as long as the model wants.
        captions: What the prompt says of the pictures; None for the system's own captions.
    """

    number: int
    streamed: bool = True
    tokens: int | None = None
    captions: Sequence[str] | None = None


@dataclass(frozen=True)
class Answer:
    """Seconds from the turn's start, and what came of it.

    `first_audio`: when the first sound may be played; `first_sentence`: when the voice's first sentence was
    ready, in a system that speaks once the text is complete. `peak`: most memory so far, in megabytes.
    """

    first_text: float
    first_audio: float
    first_sentence: float
    total: float
    tokens: int
    text: str
    transcript: str | None
    captions: Sequence[str]
    peak: float


class System(Protocol):
    """A chatbot."""

    def answer(self, turn: Turn, asked: Asked) -> Answer:
        """Answer a turn that is decoded."""


class Trio:
    """The embedded profile, as `python -m chatbot` runs it."""

    def __init__(self, folder: Path) -> None:
        from chatbot.turn.engine import Chatbot

        del folder
        return_freed_memory()
        self._bot = Chatbot(Settings())
        status = self._bot.wait_until_warm()
        if not status.ready:
            raise RuntimeError(status.errors)

    def answer(self, turn: Turn, asked: Asked) -> Answer:
        """Answer with the engine; its events are timed as they arrive."""
        from chatbot.turn.events import Done, Failed, SpeechChunk, TextDelta

        begun, seen = time.perf_counter(), dict[type, float]()
        for event in self._bot.respond(turn):
            now = time.perf_counter() - begun
            seen.setdefault(type(event), now)
            if isinstance(event, Failed):
                raise RuntimeError(event.message)
            if isinstance(event, Done):
                reply = event.reply
                assert reply.context is not None and reply.finish is not None
                return Answer(
                    seen[TextDelta],
                    seen[SpeechChunk],
                    seen[SpeechChunk],
                    now,
                    reply.finish.reply_tokens,
                    reply.text,
                    reply.context.transcript,
                    list(reply.context.captions),
                    peak_megabytes(),
                )
        raise RuntimeError("the turn did not end")


class Plain:
    """openai-whisper, BLIP, the same chat model in transformers, the voice: one after another."""

    def __init__(self, folder: Path) -> None:
        import torch
        import whisper
        from transformers import (
            AutoModelForCausalLM,
            AutoTokenizer,
            BlipForConditionalGeneration,
            BlipImageProcessor,
        )

        from pipelines.backends import default_registry

        torch.set_num_threads(Settings().threads)
        self._whisper = whisper.load_model(str(folder / WHISPER), device="cpu")
        self._processor = BlipImageProcessor.from_pretrained(folder / CAPTIONER)
        self._captioner = BlipForConditionalGeneration.from_pretrained(folder / CAPTIONER)
        self._tokenizer = AutoTokenizer.from_pretrained(folder / GENERATOR)
        self._generator = AutoModelForCausalLM.from_pretrained(folder / GENERATOR, dtype="auto")
        self._voice = default_registry().get(Stage.SPEAK, "hibari")

    def answer(self, turn: Turn, asked: Asked) -> Answer:
        """Transcribe, describe, write, speak."""
        begun = time.perf_counter()

        def elapsed() -> float:
            return time.perf_counter() - begun

        heard = None
        if turn.audio is not None:
            heard = self._whisper.transcribe(turn.audio.samples, fp16=False)["text"].strip()
        for image in turn.images:
            self.describe(image)
        pictures = [f"Picture: {caption}" for caption in asked.captions or ()]
        prompt = "\n".join([*pictures, *filter(None, (heard, turn.text))])
        pieces: list[str] = []
        first_text = None
        for piece in self._write(prompt, asked):
            if piece and first_text is None:
                first_text = elapsed()
            pieces.append(piece)
        text = "".join(pieces)
        if first_text is None:
            raise RuntimeError(f"the plain way wrote nothing in turn {asked.number}")
        sentences = [elapsed() for _ in self._voice.stream(text)]
        total = elapsed()
        first = sentences[0] if sentences else total
        tokens = len(self._tokenizer(text)["input_ids"])
        return Answer(first_text, total, first, total, tokens, text, heard, [], peak_megabytes())

    def describe(self, image: Image) -> list[int]:
        """Return the tokens of a caption, `CAPTION_TOKENS` of them: random weights never come to an end."""
        from PIL import Image as Pillow

        given = self._processor(images=Pillow.fromarray(image.pixels), return_tensors="pt")
        found = self._captioner.generate(
            **given, min_new_tokens=CAPTION_TOKENS, max_new_tokens=CAPTION_TOKENS
        )
        tokens: list[int] = found[0].tolist()
        return tokens

    def _write(self, prompt: str, asked: Asked) -> Iterator[str]:
        from transformers import TextIteratorStreamer

        given = self._tokenizer.apply_chat_template(
            [{"role": "user", "content": prompt}],
            add_generation_prompt=True,
            return_tensors="pt",
            return_dict=True,
        )
        limit = asked.tokens or Settings().max_reply_tokens
        how = {"do_sample": False, "max_new_tokens": limit, "min_new_tokens": asked.tokens}
        if asked.streamed:
            streamer = TextIteratorStreamer(
                self._tokenizer, skip_prompt=True, timeout=_STUCK_SECONDS, skip_special_tokens=True
            )
            work = Thread(target=self._generator.generate, kwargs={**given, **how, "streamer": streamer})
            work.start()
            yield from streamer
            work.join()
        else:
            found = self._generator.generate(**given, **how)[0, given["input_ids"].shape[1] :]
            yield self._tokenizer.decode(found, skip_special_tokens=True)


SYSTEMS: dict[str, Callable[[Path], System]] = {"trio": Trio, "plain": Plain}


def main() -> None:
    """Load a system and answer. What libraries print goes to standard error."""
    name, folder, data = sys.argv[1:]
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        os.dup2(2, 1)
        system, inputs = SYSTEMS[name](Path(folder)), inputs_of(Path(data))
        print(json.dumps({"peak": peak_megabytes()}), file=out, flush=True)
        for line in sys.stdin:
            asked = Asked(**json.loads(line))
            answer = system.answer(make_turn(asked.number, inputs), asked)
            print(json.dumps(asdict(answer)), file=out, flush=True)


if __name__ == "__main__":
    main()
