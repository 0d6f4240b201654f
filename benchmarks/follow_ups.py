"""How long the first word of later messages takes: typed ones, and those on a picture understood before.

`python -m benchmarks.turn` measures it.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.common import median
from chatbot.turn.engine import Chatbot
from chatbot.turn.events import Done, Exchange
from pipelines.core.assets import SAMPLES
from pipelines.core.types import Evidence, Turn
from pipelines.image.decode import decode_image

FOLLOW_UPS = (
    "Hi, I'm Ada. What is a good breakfast before a long walk?",
    "And what should I take along to drink?",
    "How many hours do I need for 15 kilometres?",
    "Is it a good idea to take my dog?",
    "Thanks! What was my name again?",
    "Which shoes would you wear?",
)
ABOUT_PICTURES = (
    "What do you see in this picture?",
    "Is there a person in it?",
    "Give it a title, please.",
    "What could the animal be thinking?",
)


def follow_ups(bot: Chatbot) -> dict[str, float]:
    """Return median and worst seconds to the first word of later turns: typed, and on a known picture."""
    return {
        **named("typed", first_words(bot, [Turn(words) for words in FOLLOW_UPS], ())),
        **named("picture_known", first_words(bot, *_about_a_known_picture(bot))),
    }


def _about_a_known_picture(bot: Chatbot) -> tuple[list[Turn], list[Evidence]]:
    picture = decode_image(SAMPLES / "cat.jpg")
    found = list(bot.understand(Turn(None, (picture,))))[-1]
    assert isinstance(found, Done) and found.reply.context is not None
    turns = [Turn(words, (picture,)) for words in ABOUT_PICTURES]
    return turns, list(found.reply.context.evidence)


def first_words(bot: Chatbot, turns: Sequence[Turn], known: Sequence[Evidence]) -> list[float]:
    """Return the seconds to the first word of each turn of one conversation but the first."""
    history: list[Exchange] = []
    seconds = []
    for turn in turns:
        done = list(bot.respond(turn, history, known=known))[-1]
        assert isinstance(done, Done) and done.reply.timings.first_text is not None
        seconds.append(done.reply.timings.first_text)
        history.append(Exchange(turn.text or "", done.reply.text, done.reply.context))
    return seconds[1:]


def named(name: str, seconds: list[float]) -> dict[str, float]:
    """Return the median and the worst of some seconds, under a name."""
    return {name: median(seconds), f"{name}_worst": round(max(seconds), 3)}
