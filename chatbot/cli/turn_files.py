"""Files named on a command line to a `Turn`, and the turn to its end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chatbot.turn.protocols import TurnContext, TurnRequest
from chatbot.turn.service import TurnService
from chatbot.turn.state import TurnState, collect
from pipelines.core.errors import InputError
from pipelines.core.said import said
from pipelines.core.types import Turn

if TYPE_CHECKING:
    from chatbot.turn.engine import Chatbot


PERSON = "local"
"""Who asks on the command line."""


def read_turn(text: str | None, images: Sequence[Path] = (), audio: Path | None = None) -> Turn:
    """Read and decode what the person gave.

    Raises:
        InputError: for a file that is missing or cannot be used (the message names it), or no input.
    """
    from pipelines.image.decode import decode_image
    from pipelines.speech.decode import decode_audio

    pictures = tuple(decode_image(existing(path)) for path in images)
    return Turn(text, pictures, decode_audio(existing(audio)) if audio is not None else None)


def existing(path: Path) -> Path:
    """Return `path` if it is a file. Raises InputError."""
    if not path.is_file():
        what = "This is a folder, not a file" if path.is_dir() else "The file was not found"
        raise InputError(what, given=str(path), fix=said("Check the name and the folder"))
    return path


def run_once(chatbot: Chatbot, turn: Turn, *, speak: bool) -> TurnState:
    """Answer a turn that no other one comes before; return how it ended."""
    context = TurnContext(PERSON, "", chatbot.settings.turn_options(speak=speak))
    return collect(TurnService(chatbot).run(TurnRequest(turn), context))
