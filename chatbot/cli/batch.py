"""Many turns in one process: JSON lines in, JSON lines out, going on where an earlier run ended."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from chatbot.cli.turn_files import existing, run_once
from chatbot.turn.engine import Chatbot
from chatbot.turn.record import Json, to_line, turn_json
from pipelines.core.errors import InputError, TrioError
from pipelines.core.open_files import atomic_file
from pipelines.core.types import Audio, Image, Turn

_MARK = b"\xef\xbb\xbf"
_log = logging.getLogger(__name__)


class BatchLine(BaseModel):
    """One line of the input: `id` and any of `text`, `image` (a path or several) and `audio`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str | int, Field(union_mode="left_to_right")]
    text: str | None = None
    image: tuple[str, ...] = ()
    audio: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_image_or_several(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and isinstance(data.get("image"), str):
            return {**data, "image": (data["image"],)}
        if isinstance(data, Mapping) and data.get("image", ()) is None:
            return {**data, "image": ()}
        return data


@dataclass(frozen=True)
class BadLine:
    """A line that cannot be used. `id`: what its record is known by, its own id or "line N"."""

    id: str | int
    error: str


def read_lines(path: Path) -> list[BatchLine | BadLine]:
    """Return the input's lines; one that is no such object, or whose `id` comes twice, says what is wrong.

    Raises:
        InputError: if the file cannot be read.
    """
    try:
        texts = path.read_bytes().split(b"\n")
    except OSError as error:
        raise InputError("The input cannot be read", given=f"{path}: {error}") from error
    lines: list[BatchLine | BadLine] = []
    seen: set[str | int] = set()
    for number, text in enumerate(texts, start=1):
        if text.strip():
            line = _parse(text.removeprefix(_MARK) if number == 1 else text, number)
            if line.id in seen:
                said = str(InputError(f"The id in line {number} is used twice", given=repr(line.id)))
                line = BadLine(f"line {number}", said)
            seen.add(line.id)
            lines.append(line)
    return lines


def _parse(text: bytes, number: int) -> BatchLine | BadLine:
    try:
        return BatchLine.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        said = InputError(
            f"Line {number} of the input is invalid: {where + ': ' if where else ''}{first['msg']}",
            given=text[:80].decode("utf-8", "replace"),
            allowed='an object with "id" and any of "text", "image" (a path or a list) and "audio"',
        )
        return BadLine(_id_of(text) or f"line {number}", str(said))


def _id_of(text: bytes) -> str | int | None:
    """Return the id of a line that is wrong in another way."""
    try:
        name = json.loads(text)["id"]
        return name if type(name) in (str, int) and str(name).encode() else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def finished_ids(out: Path, *, retry_failed: bool = False) -> set[str | int]:
    """Return the ids that `out` already answers, after dropping a line that was cut off.

    Args:
        out: Output of an earlier run; need not exist.
        retry_failed: Drop the lines with an error too, so that they are tried again.
    """
    if not out.exists():
        return set()
    kept: list[str] = []
    ids: set[str | int] = set()
    for text in out.read_text(encoding="utf-8", errors="replace").split("\n"):
        try:
            record = json.loads(text)
            name = record["id"]
        except (ValueError, KeyError, TypeError):
            continue
        if retry_failed and "error" in record:
            continue
        kept.append(text)
        ids.add(name)
    with atomic_file(out) as file:
        file.write("".join(f"{text}\n" for text in kept).encode())
    return ids


def run_batch(
    chatbot: Chatbot, lines: Sequence[BatchLine | BadLine], out: Path, base: Path, voices: Path | None
) -> Iterator[Json]:
    """Answer the lines, append each record to `out` as soon as it is there, and yield it.

    Args:
        chatbot: The engine.
        lines: What is still to answer.
        out: Where the records go.
        base: Folder that relative paths are looked for in when they are not found from here.
        voices: Folder for one WAV a line; None for no voice.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    if voices is not None:
        voices.mkdir(parents=True, exist_ok=True)
    with out.open("a", encoding="utf-8", errors="replace") as file:
        for line in lines:
            record = {"id": line.id, **_record(chatbot, line, base, voices)}
            file.write(_written(record) + "\n")
            file.flush()
            yield record


def _written(record: Json) -> str:
    try:
        return to_line(record)
    except (ValueError, TypeError) as error:  # a number that JSON does not have
        return to_line({"id": record["id"], "reply": "", "error": f"The record cannot be written: {error}."})


def _record(chatbot: Chatbot, line: BatchLine | BadLine, base: Path, voices: Path | None) -> Json:
    """Return a line's record; whatever happens to it, the others go on."""
    if isinstance(line, BadLine):
        return {"reply": "", "error": line.error}
    try:
        return _answer(chatbot, line, base, voices)
    except TrioError as error:
        return {"reply": "", "error": str(error)}
    except Exception as error:
        _log.exception("a line of the batch failed")
        message = f"The line failed unexpectedly ({type(error).__name__}: {error})."
        return {"reply": "", "error": message}


def _answer(chatbot: Chatbot, line: BatchLine, base: Path, voices: Path | None) -> Json:
    from pipelines.speech.wav import write_wav

    turn, problems = _read(line, base)
    state = run_once(chatbot, turn, speak=voices is not None)
    record = turn_json(state)
    if problems:
        record["unread"] = problems
    if voices is not None and state.speech:
        path = voices / f"{_file_name(line.id)}.wav"
        write_wav(path, state.sound)
        record["voice"] = str(path)
    return record


def _read(line: BatchLine, base: Path) -> tuple[Turn, list[str]]:
    """Return a line as a turn, and what is wrong with files that are left out of it.

    Raises:
        InputError: if nothing of it can be used.
    """
    pictures: list[Image] = []
    sound: Audio | None = None
    problems: list[str] = []
    unread: list[str] = []
    for name, kind in [
        *((name, Image) for name in line.image),
        *([(line.audio, Audio)] if line.audio else []),
    ]:
        try:
            found = _decoded(name, base, kind)
        except (InputError, OSError, ValueError) as error:
            problems.append(f"{name}: {error}")
            unread.append(Path(name).name)
            continue
        if isinstance(found, Audio):
            sound = found
        else:
            pictures.append(found)
    if problems and not (pictures or sound or (line.text or "").strip()):
        raise InputError(" ".join(problems).rstrip("."))
    return Turn(line.text, tuple(pictures), sound, tuple(unread)), problems


def _decoded(name: str, base: Path, kind: type) -> Image | Audio:
    from pipelines.image.decode import decode_image
    from pipelines.speech.decode import decode_audio

    path = existing(_locate(name, base))
    return decode_audio(path) if kind is Audio else decode_image(path)


def _locate(name: str, base: Path) -> Path:
    path = Path(name)
    return path if path.exists() or path.is_absolute() else base / path


def _file_name(name: str | int) -> str:
    return "".join(char if char.isalnum() or char in "-_." else "_" for char in str(name)).lstrip(".") or "_"
