"""Twenty conversations of six turns with the whole of Trio, unpicked: `python -m benchmarks.talks`.

Half are Chinese; pictures are samples and photos of Flickr8k's dev split, voices are made by the English
voice or are samples. Writes docs/conversations.md: what was given, what was understood, what was answered,
with the seconds to the first word.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tqdm import tqdm

from benchmarks.common import DATA, DOCS, busy, machine
from chatbot.config.settings import Settings
from chatbot.turn.engine import Chatbot
from chatbot.turn.events import Done, Exchange, Failed, Reply
from chatbot.turn.options import TurnOptions
from pipelines.core.assets import SAMPLES
from pipelines.core.types import Audio, Image, Stage, Turn
from pipelines.image.decode import decode_image
from pipelines.speech.decode import audio_from_array, decode_audio
from pipelines.speech.wav import concatenate

TABLE = Path(__file__).with_name("talks.jsonl")
PAGE = DOCS / "conversations.md"


def main() -> None:
    """Hold the conversations and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument(
        "--only", type=int, nargs="*", help="numbers of conversations; the page stays as it is"
    )
    given = parser.parse_args()
    talks = [json.loads(line) for line in TABLE.read_text("utf-8").splitlines()]
    with Chatbot(Settings(speak=False)) as bot:
        bot.wait_until_warm()
        model = bot.registry.get(Stage.GENERATE).model
        lines = [*_head(model)]
        for number, talk in enumerate(tqdm(talks, unit="conversation"), start=1):
            if given.only and number not in given.only:
                continue
            lines += [f"## {number}. {talk['title']}", "", *hold(bot, talk, given.data)]
    text = "\n".join(lines).rstrip() + "\n"
    print(text) if given.only else PAGE.write_text(text, "utf-8")


def _head(model: str) -> Iterator[str]:
    here = machine()
    yield from (
        "# Twenty conversations, unpicked",
        "",
        f"Made by `python -m benchmarks.talks` on {here['machine']}{busy(here)}, replies by {model}.",
        "Every turn was written before any reply was seen; none is left out, odd replies are left as they",
        "came. In brackets: what the model was told beside the words.",
        "",
    )


def hold(bot: Chatbot, talk: dict[str, Any], data: Path) -> Iterator[str]:
    """Yield the lines of one conversation."""
    history: list[Exchange] = []
    options: TurnOptions = bot.turn_options(instructions=talk.get("instructions", ""))
    for asked in talk["turns"]:
        turn = turn_of(bot, asked, data)
        reply = answered(bot, turn, history, options)
        history.append(Exchange(turn.text or "", reply.text, reply.context))
        yield from _shown(asked, reply)


def turn_of(bot: Chatbot, asked: dict[str, Any], data: Path) -> Turn:
    """Return what a person sent: `text`, `picture` and `voice` (a file), or `say` (spoken by the voice)."""
    images: tuple[Image, ...] = ()
    if "picture" in asked:
        images = (decode_image(_path(asked["picture"], data)),)
    audio: Audio | None = None
    if "voice" in asked:
        audio = decode_audio(_path(asked["voice"], data))
    elif "say" in asked:
        said = concatenate(list(bot.registry.get(Stage.SPEAK).stream(asked["say"], language="en")))
        audio = audio_from_array(said.samples, said.sample_rate)
    return Turn(asked.get("text"), images, audio, tuple(asked.get("unread", ())))


def _path(name: str, data: Path) -> Path:
    kind, _, rest = name.partition("/")
    return SAMPLES / rest if kind == "samples" else data / "flickr8k" / kind / rest


def answered(bot: Chatbot, turn: Turn, history: list[Exchange], options: TurnOptions) -> Reply:
    """Return the reply to a turn. Raises RuntimeError where it failed."""
    for event in bot.respond(turn, history, options=options):
        if isinstance(event, Failed):
            raise RuntimeError(event.message)
        if isinstance(event, Done):
            return event.reply
    raise RuntimeError("the turn did not end")


def _shown(asked: dict[str, Any], reply: Reply) -> Iterator[str]:
    from chatbot.turn.prompt import user_message

    assert reply.context is not None
    told = [line for line in user_message(reply.context).splitlines() if line.startswith("[")]
    files = [Path(asked[kind]).name for kind in ("picture", "voice") if kind in asked]
    given = " · ".join([*files, *([asked["text"]] if "text" in asked else [])])
    heard = f" said: “{reply.context.transcript}”" if reply.context.transcript else ""
    first = reply.timings.first_text
    yield f"**{given}{heard}**  "
    if told:
        yield f"<sub>{' '.join(told)}</sub>"
    yield ""
    yield from (f"> {line}".rstrip() for line in reply.text.splitlines())
    yield f"> <sub>{first:.2f} s</sub>" if first is not None else ">"
    yield ""


if __name__ == "__main__":
    main()
