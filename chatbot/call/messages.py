"""What the page may say in a call, checked, and what the session asks of the world around it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from chatbot.call.call_settings import MAX_PAUSE, MIN_PAUSE
from chatbot.call.sound_buffer import Samples
from chatbot.turn.options import MOST_HOT_WORDS
from chatbot.turn.state import TurnState
from pipelines.core.errors import InputError
from pipelines.core.said import said
from pipelines.core.types import Audio

Json = dict[str, Any]


class State(StrEnum):
    """What a call is doing. `IDLE`: the microphone is closed, or push-to-talk is not held."""

    IDLE = "idle"
    LISTENING = "listening"
    HEARING = "hearing"
    THINKING = "thinking"
    SPEAKING = "speaking"


_Short = Annotated[str, Field(max_length=64)]


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Start(_Message):
    """Begins the call; the first message.

    `voices`: chosen voice by language; `hot_words`: names and words that the caller may say; `push`:
    push-to-talk; `pause`: seconds, None for the setting;
    `language`: of the page. Languages are ISO 639-1 codes.
    """

    type: Literal["start"]
    conversation: Annotated[str, Field(max_length=64)] = ""
    speed: Annotated[float, Field(ge=0.5, le=2.0)] = 1.0
    voices: Annotated[dict[_Short, _Short], Field(max_length=20)] = {}
    hot_words: Annotated[str, Field(max_length=MOST_HOT_WORDS)] = ""
    pause: Annotated[float, Field(ge=MIN_PAUSE, le=MAX_PAUSE)] | None = None
    push: bool = False
    language: Annotated[str, Field(max_length=8)] = ""


class Mute(_Message):
    """Closes or opens the microphone."""

    type: Literal["mute"]
    on: bool


class Push(_Message):
    """Switches push-to-talk."""

    type: Literal["push"]
    on: bool


class Press(_Message):
    """The button is held from now on."""

    type: Literal["press"]


class Release(_Message):
    """The button was let go: the turn has ended."""

    type: Literal["release"]


class Interrupt(_Message):
    """Trio is to stop."""

    type: Literal["interrupt"]


class Played(_Message):
    """Seconds of a turn's sound that have left the loudspeaker so far."""

    type: Literal["played"]
    turn: Annotated[int, Field(ge=0)]
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)]


class End(_Message):
    """Ends the call."""

    type: Literal["end"]


Control = Start | Mute | Push | Press | Release | Interrupt | Played | End
_CONTROL: TypeAdapter[Control] = TypeAdapter(Annotated[Control, Field(discriminator="type")])


def read_control(text: str) -> Control:
    """Return the message in a JSON text. Raises InputError that says what is wrong with it."""
    try:
        return _CONTROL.validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(
            said("A call message is invalid"),
            given=f"{text[:80]} ({where + ': ' if where else ''}{first['msg']})",
            allowed="start, mute, push, press, release, interrupt, played, end, as JSON",
        ) from error


@dataclass(frozen=True)
class Send:
    """Tell the page."""

    message: Json


@dataclass(frozen=True, eq=False)
class Sound:
    """Let the page play a piece of a turn's voice. `samples`: float32 (n,)."""

    turn: int
    samples: Samples
    sample_rate: int


@dataclass(frozen=True, eq=False)
class StartTurn:
    """Let the engine answer."""

    turn: int
    audio: Audio


@dataclass(frozen=True)
class CancelTurn:
    """Stop the engine's work on a turn."""

    turn: int


@dataclass(frozen=True, eq=False)
class Transcribe:
    """Write down what has been said so far; the answer goes to `CallSession.partial`."""

    stretch: int
    audio: Audio


@dataclass(frozen=True)
class CancelTranscribe:
    """The partial transcript is not needed any more."""


@dataclass(frozen=True, eq=False)
class KeepQuestion:
    """Keep what the person has said: the turn has surely ended."""

    turn: int
    audio: Audio


@dataclass(frozen=True)
class KeepHeard:
    """Keep what has been heard of an answer so far."""

    turn: int
    text: str


@dataclass(frozen=True)
class DiscardTurn:
    """Take back what was kept of a turn."""

    turn: int


@dataclass(frozen=True, eq=False)
class SaveTurn:
    """Keep the answer to a turn that has ended. `state` has what was heard of it."""

    turn: int
    audio: Audio
    state: TurnState


Effect = (
    Send
    | Sound
    | StartTurn
    | CancelTurn
    | Transcribe
    | CancelTranscribe
    | KeepQuestion
    | KeepHeard
    | DiscardTurn
    | SaveTurn
)
