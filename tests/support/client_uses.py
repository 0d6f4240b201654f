"""What the tests of other people's clients share: the scripted replies, and what they are asked."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Iterator
from pathlib import Path

import pydantic

from pipelines.core.types import Stage
from tests.support.api_server import Served, png, served, wav
from tests.support.loopback import alone

HELLO = "Hello there. How are you?"
PERSON = '{"name": "Ann", "age": 7}'
PICTURE = base64.b64encode(png()).decode()
PICTURE_URL = f"data:image/png;base64,{PICTURE}"
SOUND = base64.b64encode(wav()).decode()
SEEN = "a cat on a mat"
HEARD = "I am here."


class Person(pydantic.BaseModel):
    """A person."""

    name: str
    age: int


ANN = Person(name="Ann", age=7)


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """Serve a scripted Trio to clients that may speak with nobody else."""
    with alone(), served(folder) as server:
        server.backend(Stage.GENERATE).context_tokens = 50_000  # this one counts letters
        yield server


def says(trio: Served, *pieces: str) -> None:
    """Say what the model writes from now on; without pieces, `HELLO`."""
    options = trio.backend(Stage.GENERATE).options
    if pieces:
        options["pieces"] = list(pieces)
    else:
        options.pop("pieces", None)


def told(trio: Served) -> str:
    """Return the last message that the model was given."""
    return trio.backend(Stage.GENERATE).calls[-1][-1]["content"]


def held(trio: Served) -> object:
    """Return the JSON schema that the last reply was held to; None without one."""
    extras = trio.backend(Stage.GENERATE).extras
    return None if extras is None else extras.schema
