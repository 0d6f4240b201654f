"""Chats to learn from: JSON lines, `{"messages": [{"role": ..., "content": ...}, ...]}`."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipelines.core.errors import InputError

FORM = '{"messages": [{"role": "system" | "user" | "assistant" | "tool", "content": "..."}, ...]}'


class ChatMessage(BaseModel):
    """One message."""

    model_config = ConfigDict(frozen=True)
    role: Annotated[str, Field(pattern="^(system|user|assistant|tool)$")]
    content: str


class Chat(BaseModel):
    """A conversation, of which every message of the assistant is learnt.

    `kind`: what the held-back chats are drawn evenly from. Other keys are ignored.
    """

    model_config = ConfigDict(frozen=True)
    messages: tuple[ChatMessage, ...]
    kind: str = ""

    @model_validator(mode="after")
    def _has_a_reply(self) -> Chat:
        if not any(m.role == "assistant" and m.content.strip() for m in self.messages):
            raise ValueError("a chat has at least one message of the assistant that is not empty")
        return self

    def plain(self) -> list[dict[str, str]]:
        """Return the messages as chat templates take them."""
        return [{"role": m.role, "content": m.content} for m in self.messages]


def read_chats(paths: Sequence[Path]) -> list[Chat]:
    """Return the chats of all files. Raises InputError for a missing file, and a line of another form."""
    found = []
    for path in paths:
        if not path.is_file():
            raise InputError("The file of chats is not there", given=str(path), fix="Check --chats")
        for number, line in enumerate(path.read_text("utf-8").split("\n"), start=1):
            if line.strip():
                found.append(_read(line, path, number))
    return found


def _read(line: str, path: Path, number: int) -> Chat:
    try:
        return Chat.model_validate_json(line)
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(str(part) for part in problem["loc"])
        message = f"{place}: {problem['msg']}" if place else problem["msg"]
        raise InputError(
            "A line of the chats cannot be used",
            given=f"{path}, line {number}: {message}",
            allowed=FORM,
            fix="Correct the line or take it out",
        ) from error


def split(chats: Sequence[Chat], held_back: int, seed: int) -> tuple[list[Chat], list[Chat]]:
    """Return chats to learn from and `held_back` others, which have the same shares of each `kind`.

    Raises InputError where nothing would be left to learn from.
    """
    if held_back >= len(chats):
        raise InputError(
            "No chats are left to learn from",
            given=f"{len(chats)} chats, {held_back} of them held back",
            fix="Add chats, or lower --held-back",
        )
    by_kind = defaultdict(list)
    for index in random.Random(seed).sample(range(len(chats)), len(chats)):
        by_kind[chats[index].kind].append(index)
    placed = [
        ((at + 0.5) / len(group), index) for group in by_kind.values() for at, index in enumerate(group)
    ]
    kept = {index for _, index in sorted(placed)[:held_back]}
    return (
        [chat for index, chat in enumerate(chats) if index not in kept],
        [chat for index, chat in enumerate(chats) if index in kept],
    )
