"""What one turn may choose for itself, without changing what others use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chatbot.generators.protocol import Extras, Message
from chatbot.turn.tool_calls import Tool
from pipelines.core.errors import SettingsError
from pipelines.core.said import Text, said
from pipelines.core.types import Stage

SPEEDS = (0.5, 2.0)
TEMPERATURES = (0.0, 2.0)
REPLY_TOKENS = (1, 4096)
TEMPERATURE = 0.4
AGAIN_TEMPERATURE = 0.8
"""At least this for a reply that is asked for again, so that it is another one."""
LONGEST_REPLY = 600
MOST_HOT_WORDS = 500
"""Characters; Whisper reads about 220 tokens before what it writes."""


@dataclass(frozen=True)
class TurnOptions:
    """How to answer one turn.

    Attributes:
        temperature: Of the reply's sampling; 0 takes the likeliest token always.
        max_reply_tokens: Longest reply.
        speak: Whether to speak the reply.
        speed: Pace of the voice; 1.0 is its own.
        reply_language: ISO 639-1 code of the reply; None for the person's own, where the generator of
            replies can write it.
        backends: Back-end of each stage, where it is not the registry's choice.
        voices: Chosen voice by ISO 639-1 language, where the back-end that speaks has several.
        instructions: More for the model to follow, told after Trio's own instructions.
        stops: Texts at which the reply ends; they are left out of it.
        begun: The beginning of the reply, which is there already: it goes on from there.
        steps: What came after the person's message: calls of tools, and what they gave.
        tools: What the model may call.
        extras: What is wanted beyond the reply's text.
        follow_ups: Whether questions to ask next are suggested after it.
        hot_words: Names and words that recordings may hold, spelled as they are written.

    Raises:
        SettingsError: for a number outside its limits.
    """

    temperature: float = TEMPERATURE
    max_reply_tokens: int = LONGEST_REPLY
    speak: bool = True
    speed: float = 1.0
    reply_language: str | None = None
    backends: Mapping[Stage, str] = field(default_factory=dict)
    voices: Mapping[str, str] = field(default_factory=dict)
    instructions: str = ""
    stops: tuple[str, ...] = ()
    begun: str = ""
    steps: tuple[Message, ...] = ()
    tools: tuple[Tool, ...] = ()
    extras: Extras = field(default_factory=Extras)
    follow_ups: bool = False
    hot_words: str = ""

    def __post_init__(self) -> None:
        _check(said("temperature"), self.temperature, TEMPERATURES)
        _check(said("reply length"), self.max_reply_tokens, REPLY_TOKENS)
        _check(said("speaking speed"), self.speed, SPEEDS)


def _check(name: Text, value: float, limits: tuple[float, float]) -> None:
    if not limits[0] <= value <= limits[1]:
        raise SettingsError(
            said("The {name} is out of range", name=name),
            given=str(value),
            allowed=said("{lowest} to {highest}", lowest=limits[0], highest=limits[1]),
        )
