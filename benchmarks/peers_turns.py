"""The turns that both systems of `benchmarks.peers` answer, each with inputs of its own.

An input that came twice would be answered from memory by some stages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.core.assets import SAMPLES
from pipelines.core.types import Audio, Image, Turn
from pipelines.image.decode import decode_image
from pipelines.speech.decode import decode_audio

TURNS = 20
KINDS = ("text", "picture", "voice", "all")
WARM_UP = TURNS
"""Number of one more turn, of all three, which is answered first and not counted."""
PICTURES = ("cat.jpg", "astronaut.jpg", "coffee.jpg")
CLIPS = ("lj.flac", "librivox.flac", "jfk.flac")
QUESTIONS = {
    "text": (
        "What can I cook with eggs and spinach?",
        "I slept badly and have an exam today.",
        "How do bees make honey?",
        "We won the match yesterday!",
        "Tell me something about the moon.",
    ),
    "picture": (
        "What do you see?",
        "Who is in the picture?",
        "What is happening here?",
        "Describe this to somebody who cannot see it.",
        "Where could this have been taken?",
    ),
    "all": (
        "Does what I say fit the picture?",
        "What do you think of both?",
        "Answer what I say, and tell me what you see.",
        "I recorded this there. What is it about?",
        "Which of the two is more cheerful?",
        "Look at this and listen.",
    ),
}


@dataclass(frozen=True)
class Inputs:
    """Files of pictures and of English speech, and where they come from."""

    pictures: Sequence[Path]
    clips: Sequence[Path]
    source: str


def inputs_of(data: Path) -> Inputs:
    """Return Flickr8k's and the speech corpora's files in `data`, or Trio's own samples without them."""
    pictures = sorted((data / "flickr8k" / "hires").glob("*.jpg"))
    clips = sorted([*(data / "asr" / "lj").glob("*.flac"), *(data / "asr" / "librivox").glob("*.flac")])
    if len(pictures) > TURNS // 2 and len(clips) > TURNS // 2:
        return Inputs(pictures, clips, "Flickr8k dev, LJ Speech, LibriVox")
    return Inputs([SAMPLES / n for n in PICTURES], [SAMPLES / n for n in CLIPS], "assets/samples")


def kind_of(number: int) -> str:
    """Return what turn `number` consists of."""
    return "all" if number == WARM_UP else KINDS[number % len(KINDS)]


def make_turn(number: int, inputs: Inputs) -> Turn:
    """Return turn `number`, decoded; the same for every system.

    Where there are fewer files than turns, a file that comes again is cut by some pixels or milliseconds.
    """
    kind, of_kind = kind_of(number), number // len(KINDS)
    once = 2 * of_kind + (kind == "all")  # of the pictures, and of the clips, which two kinds share
    text = QUESTIONS[kind][of_kind] if kind in QUESTIONS else None
    images = (_picture(inputs.pictures, once),) if kind in ("picture", "all") else ()
    return Turn(text, images, _clip(inputs.clips, once) if kind in ("voice", "all") else None)


def _picture(files: Sequence[Path], number: int) -> Image:
    again, at = divmod(number, len(files))
    pixels = decode_image(files[at]).pixels
    return Image(pixels[again:, again:])


def _clip(files: Sequence[Path], number: int) -> Audio:
    again, at = divmod(number * 7 if len(files) > TURNS else number, len(files))
    audio = decode_audio(files[at])
    return Audio(audio.samples[again * 160 :], audio.sample_rate)
