"""Many turns in one process: JSON lines in, JSON lines out, going on where an earlier run ended."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from chatbot.engine import Chatbot
from chatbot.inputs import read_turn
from chatbot.record import Json, Outcome, collect, to_line
from pipelines.core.errors import InputError, TrioError
from pipelines.core.open_files import replace_file


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


def read_lines(path: Path) -> list[BatchLine]:
    """Return the input's lines.

    Raises:
        InputError: for a line that is no such object, or an `id` that comes twice; it names the line.
    """
    try:
        texts = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("The input cannot be read", given=f"{path}: {error}") from error
    lines: list[BatchLine] = []
    seen: set[str | int] = set()
    for number, text in enumerate(texts, start=1):
        if not text.strip():
            continue
        line = _parse(text, number)
        if line.id in seen:
            raise InputError(f"The id of line {number} is there twice", given=repr(line.id))
        seen.add(line.id)
        lines.append(line)
    return lines


def _parse(text: str, number: int) -> BatchLine:
    try:
        return BatchLine.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"Line {number} of the input cannot be used: {where + ': ' if where else ''}{first['msg']}",
            given=text[:80],
            allowed='an object with "id" and any of "text", "image" (a path or a list) and "audio"',
        ) from error


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
    for text in out.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            record = json.loads(text)
            name = record["id"]
        except (ValueError, KeyError, TypeError):
            continue
        if retry_failed and "error" in record:
            continue
        kept.append(text)
        ids.add(name)
    draft = out.with_name(f".{out.name}.draft")
    draft.write_text("".join(f"{text}\n" for text in kept), encoding="utf-8")
    replace_file(draft, out)
    return ids


def run_batch(
    chatbot: Chatbot, lines: list[BatchLine], out: Path, base: Path, voices: Path | None
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
    with out.open("a", encoding="utf-8") as file:
        for line in lines:
            record = {"id": line.id, **_answer(chatbot, line, base, voices)}
            file.write(to_line(record) + "\n")
            file.flush()
            yield record


def _answer(chatbot: Chatbot, line: BatchLine, base: Path, voices: Path | None) -> Json:
    from pipelines.speech.wav import write_wav

    try:
        images = [_locate(name, base) for name in line.image]
        turn = read_turn(line.text, images, _locate(line.audio, base) if line.audio else None)
    except TrioError as error:
        return Outcome(error=str(error)).to_json()
    outcome = collect(chatbot.respond(turn, options=chatbot.settings.turn_options(speak=voices is not None)))
    record = outcome.to_json()
    if voices is not None and outcome.speech:
        path = voices / f"{_file_name(line.id)}.wav"
        write_wav(path, outcome.speech)
        record["voice"] = str(path)
    return record


def _locate(name: str, base: Path) -> Path:
    path = Path(name)
    return path if path.exists() or path.is_absolute() else base / path


def _file_name(name: str | int) -> str:
    return "".join(char if char.isalnum() or char in "-_." else "_" for char in str(name)).lstrip(".") or "_"
