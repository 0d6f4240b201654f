"""Text to speech by Trio's own voice, heard again by its own transcriber: how many words come through.

Source: hibari (https://pypi.org/project/hibari-tts); intelligibility as the word error rate of a recogniser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from pipelines.core.errors import EmptyInputError
from pipelines.core.foundation import Fields
from pipelines.core.protocols import Speaker, Transcriber
from pipelines.core.types import Audio, Stage
from pipelines.speech.decode import audio_from_array
from pipelines.speech.wav import concatenate, write_wav
from pipelines.textfile import read_text

_WORD = re.compile(r"[\w']+")


def speak_and_hear(path: Path, out: Path) -> Fields:
    """Speak a text file, one sentence a line, into a WAV file, and transcribe each line again.

    Fields `path`, `audio_seconds`, `lines`, `words`, `wrong` (substituted, left out or put in),
    `word_error_rate`, and `heard`.

    Raises:
        InputError: if the file is no text, or there is nothing to say in it.
    """
    from pipelines.backends import default_registry

    registry = default_registry()
    speaker: Speaker = registry.get(Stage.SPEAK, "hibari")
    transcriber: Transcriber = registry.get(Stage.TRANSCRIBE)
    lines = [line for line in read_text(path).splitlines() if _WORD.search(line)]
    if not lines:
        raise EmptyInputError("There is nothing to read aloud in the file", given=path.name)
    target = out / f"{path.stem}-spoken.wav"
    heard: list[str] = []

    def spoken() -> Iterator[Audio]:
        for line in lines:
            sound = concatenate(speaker.stream(line))
            heard.append(
                transcriber.transcribe(audio_from_array(sound.samples, sound.sample_rate), language="en").text
            )
            yield sound

    seconds = write_wav(target, spoken())
    wrong = sum(word_errors(words_of(line), words_of(text)) for line, text in zip(lines, heard, strict=True))
    total = sum(len(words_of(line)) for line in lines)
    return {
        "path": str(target),
        "audio_seconds": round(seconds, 3),
        "lines": len(lines),
        "words": total,
        "wrong": wrong,
        "word_error_rate": round(wrong / total, 4),
        "heard": "\n".join(heard),
    }


def words_of(text: str) -> list[str]:
    """Return the words of a text in small letters, without punctuation."""
    return _WORD.findall(text.lower())


def word_errors(wanted: list[str], found: list[str]) -> int:
    """Return the edit distance of two word lists (Levenshtein, 1966)."""
    row = list(range(len(found) + 1))
    for at, word in enumerate(wanted, start=1):
        previous, row[0] = row[0], at
        for column, other in enumerate(found, start=1):
            previous, row[column] = (
                row[column],
                min(row[column] + 1, row[column - 1] + 1, previous + (word != other)),
            )
    return row[-1]
