"""What a person sends (text and files) to a `Turn`; a bad file never costs the rest of the message."""

from __future__ import annotations

import logging
import mimetypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from chatbot.ui.words import Words
from pipelines.core.errors import DecodeError, TrioError
from pipelines.core.said import Text, changed
from pipelines.core.types import Audio, Image, Turn

MAX_FILES = 10
MAX_SECONDS = 600.0
PAUSE_SECONDS = 0.5
_log = logging.getLogger(__name__)
Kind = Literal["picture", "recording"]


@dataclass(frozen=True)
class Problem:
    """A file that could not be used. `message`: what is wrong and what is allowed, in the words given."""

    name: str
    message: Callable[[Words], str]


@dataclass(frozen=True)
class Remark:
    """What is to be said of a file that was used: a part not heard, or which track was."""

    name: str
    message: Callable[[Words], str]


class _NeitherError(Exception):
    """A file is neither a picture nor a recording."""


@dataclass(frozen=True, eq=False)
class Attachment:
    """A file that could be read; `content` is what it holds."""

    name: str
    path: Path
    content: Image | Audio


@dataclass(frozen=True, eq=False)
class Draft:
    """A message as it was sent, files read. `attachments` and `problems` are in the order of the files."""

    text: str
    attachments: tuple[Attachment, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What is to be said of the files that could be read."""
        return tuple(
            Remark(item.name, _said(note))
            for item in self.attachments
            if isinstance(item.content, Audio)
            for note in item.content.notes
        )

    @property
    def empty(self) -> bool:
        """Whether there is nothing at all, not even a file that could not be used."""
        return not self.text.strip() and not self.attachments and not self.problems

    @property
    def answerable(self) -> bool:
        """Whether something is left to answer."""
        return bool(self.text.strip() or self.attachments)

    def turn(self) -> Turn:
        """Return the turn for the engine; several recordings are joined with a short pause.

        Raises:
            EmptyInputError: if nothing usable is left.
        """
        contents = [attachment.content for attachment in self.attachments]
        sounds = [content for content in contents if isinstance(content, Audio)]
        return Turn(
            text=self.text.strip() or None,
            images=tuple(content for content in contents if isinstance(content, Image)),
            audio=_join(sounds) if sounds else None,
            unread=tuple(problem.name for problem in self.problems),
        )


def read_draft(
    text: str | None,
    paths: Sequence[str | Path],
    before: Draft = Draft(""),
) -> Draft:
    """Read the files of a message.

    A file that cannot be used becomes a `Problem`; this function raises nothing for bad files.

    Args:
        text: What was typed.
        paths: The files.
        before: The draft as it was: its files are not read again.
    """
    known = {attachment.path: attachment for attachment in before.attachments}
    attachments: list[Attachment] = []
    problems: list[Problem] = []
    seconds = 0.0
    for number, path in enumerate(map(Path, paths)):
        if number >= MAX_FILES:
            problems.append(Problem(path.name, _too_many_files))
            continue
        result = known.get(path) or _read(path)
        if isinstance(result, Problem):
            problems.append(result)
        elif isinstance(result.content, Audio) and seconds + result.content.seconds > MAX_SECONDS:
            problems.append(Problem(path.name, _too_much_sound))
        else:
            seconds += result.content.seconds if isinstance(result.content, Audio) else 0.0
            attachments.append(result)
    return Draft(text or "", tuple(attachments), tuple(problems))


def _read(path: Path) -> Attachment | Problem:
    try:
        return Attachment(path.name, path, _decode(path))
    except _NeitherError:
        return Problem(path.name, _neither)
    except TrioError as error:
        message = changed(error.said, lambda value: value.replace(str(path), path.name))
        return Problem(path.name, lambda words: words.say(message))
    except Exception:
        _log.exception("reading %s failed in a way that no decoder foresaw", path.name)
        return Problem(path.name, _unreadable)


def _said(note: Text) -> Callable[[Words], str]:
    return lambda words: words.say(note)


def _neither(words: Words) -> str:
    return f"{words.messages.no_picture_or_sound} {words.messages.allowed}"


def _unreadable(words: Words) -> str:
    return f"{words.messages.unreadable} {words.messages.allowed}"


def _too_many_files(words: Words) -> str:
    return words.messages.too_many_files(MAX_FILES)


def _too_much_sound(words: Words) -> str:
    return words.messages.too_much_sound(round(MAX_SECONDS / 60))


def _decode(path: Path) -> Image | Audio:
    kind = _kind(path)
    if kind == "picture":
        return _picture(path)
    if kind == "recording":
        return _sound(path)
    for decode in (_picture, _sound):
        try:
            return decode(path)
        except DecodeError:
            continue
    raise _NeitherError


def _kind(path: Path) -> Kind | None:
    """Return what the name promises; None where it promises nothing that Trio takes."""
    family = (mimetypes.guess_type(path.name)[0] or "").partition("/")[0]
    kinds: dict[str, Kind] = {"image": "picture", "audio": "recording", "video": "recording"}
    return kinds.get(family)


def _picture(path: Path) -> Image:
    from pipelines.image.decode import decode_image

    return decode_image(path)


def _sound(path: Path) -> Audio:
    from pipelines.speech.decode import decode_audio

    return decode_audio(path)


def _join(sounds: Sequence[Audio]) -> Audio:
    import numpy as np

    from pipelines.speech.wav import concatenate

    rate = sounds[0].sample_rate
    pause = Audio(np.zeros(int(PAUSE_SECONDS * rate), dtype=np.float32), rate)
    parts = [part for sound in sounds for part in (sound, pause)][:-1]
    whole = concatenate(parts)
    return replace(whole, notes=tuple(note for sound in sounds for note in sound.notes))
