"""`python -m training manners`: the hand-written dialogues as chats, as the app's prompts have them."""

from __future__ import annotations

import datetime
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipelines.text.seen import SeenObjects
from pipelines.text.turns import SeenPicture, system_text, turn_text

FOLDER = Path(__file__).parent / "dialogues"
MODEL = "Qwen2.5-Coder-1.5B-Instruct"
SEED = 7
DAYS = 40
"""So many dates in all: dialogues of one day share their first message, which is read once for several."""
_FIRST_DAY, _RANGE = datetime.date(2026, 1, 1), 4 * 365
Feeling = Literal["happy", "loving", "sad", "angry", "fearful", "disgusted", "surprised"]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Picture(_Row):
    """A picture of a dialogue; see `SeenPicture`. `failed`: it could not be looked at."""

    caption: str = ""
    sure: float | None = None
    objects: dict[str, int] = {}
    text: str = ""
    failed: bool = False

    def seen(self) -> SeenPicture:
        """Return it as the prompt takes it."""
        if self.failed:
            return SeenPicture("", None)
        objects = SeenObjects({name: [""] * many for name, many in self.objects.items()})
        return SeenPicture(self.caption, self.text, self.sure, objects if self.objects else None)


class DialogueTurn(_Row):
    """One turn: what the person gave, what was noticed, and the good reply to it."""

    typed: str = ""
    spoken: str = ""
    pictures: tuple[Picture, ...] = ()
    silent: bool = False
    unread: tuple[str, ...] = ()
    feeling: Feeling | None = None
    voice: Feeling | None = None
    danger: Literal["self-harm", "violence", "emergency"] | None = None
    reply: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _holds_something(self) -> DialogueTurn:
        if not (self.typed or self.spoken or self.pictures or self.silent or self.unread):
            raise ValueError("a turn holds words, a picture, a recording or a file")
        return self

    def asked(self) -> str:
        """Return the person's message."""
        return turn_text(
            " ".join(part for part in (self.typed, self.spoken) if part),
            [picture.seen() for picture in self.pictures],
            spoken=bool(self.spoken),
            silent=self.silent,
            unread=self.unread,
            feeling=self.feeling,
            voice=self.voice,
            danger=self.danger,
        )


class Dialogue(_Row):
    """A conversation; `date`: the day that it plays on, where a reply depends on it."""

    kind: Literal["who", "feelings", "danger", "missing", "memory", "plain", "picture", "length"]
    language: Literal["en", "zh"]
    date: datetime.date | None = None
    instructions: str = ""
    turns: Annotated[tuple[DialogueTurn, ...], Field(min_length=1)]

    def messages(self, day: datetime.date) -> list[dict[str, str]]:
        """Return the chat, system text first; `day` where the dialogue names none."""
        system = system_text(MODEL, self.date or day, self.instructions)
        found = [{"role": "system", "content": system}]
        for turn in self.turns:
            found.append({"role": "user", "content": turn.asked()})
            found.append({"role": "assistant", "content": turn.reply.replace("{model}", MODEL)})
        return found


def dialogues(folder: Path = FOLDER) -> Iterator[Dialogue]:
    """Yield every dialogue of the folder's `.jsonl` files. Raises ValueError for a line of another form."""
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            try:
                yield Dialogue.model_validate_json(line)
            except ValueError as error:
                raise ValueError(f"{path.name}, line {number}: {error}") from error


def manners(
    out: Annotated[Path, typer.Argument(help="File to write, one chat a line.")] = Path("runs/manners.jsonl"),
    kinds: Annotated[str, typer.Option(help="Those alone, separated by commas; all without any.")] = "",
) -> None:
    """Write the dialogues as chats for `python -m training lora`."""
    wanted = set(filter(None, kinds.split(",")))
    rng = random.Random(SEED)
    days = [_FIRST_DAY + datetime.timedelta(days=rng.randrange(_RANGE)) for _ in range(DAYS)]
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("w", encoding="utf-8") as file:
        for dialogue in dialogues():
            if wanted and dialogue.kind not in wanted:
                continue
            messages = dialogue.messages(rng.choice(days))
            row = {"kind": dialogue.kind, "language": dialogue.language, "messages": messages}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    typer.echo(f"Wrote {out}.")
