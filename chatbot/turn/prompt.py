"""What was understood, as a chat for the model that writes the replies: what stays the same first.

The system text, the summary of old turns and the past turns are told in the same words from turn to turn, so
that llama.cpp and servers have read them already; only the last message is new.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Sequence

from chatbot.generators.protocol import Generator, Message
from chatbot.turn.events import Exchange, FusedContext
from chatbot.turn.fusion import disagreeing
from chatbot.turn.options import TurnOptions
from chatbot.turn.seen_objects import asks_for_objects, seen_objects
from chatbot.turn.tool_calls import Tool, told
from chatbot.turn.understanding import PICTURE_STAGES, danger_in
from pipelines.core.errors import LimitError, SettingsError
from pipelines.core.said import said
from pipelines.core.types import Caption, Detections, Evidence, Image, OcrText, Stage, Transcript
from pipelines.text.turns import SeenPicture, system_text, turn_text

NEUTRAL = frozenset({"neutral", "calm"})
FEELING_CONFIDENCE = 0.45
GO_ON = "Go on exactly where you stopped, without repeating anything."
_CONTROL = re.compile(
    r"<(?=\|[^|<>\s]{1,60}\|>|/?(?:s|bos|eos|unk|pad|tool_call|tool_response|start_of_turn|end_of_turn)>|<SYS>>|</SYS>>)"
    r"|\[(?=/?INST\])"
)
_INVISIBLE = "\u200b"


def build_messages(
    context: FusedContext,
    history: Sequence[Exchange],
    generator: Generator,
    options: TurnOptions,
    images: Sequence[Image] = (),
    today: datetime.date | None = None,
) -> list[Message]:
    """Return the prompt; turns that do not fit are left out, the oldest first.

    Turns up to the last one with a summary are told by it. A generator that sees gets the turn's `images`
    in place of their captions; of pictures of earlier turns it gets the captions, as every generator does.
    Where `options.begun` is the beginning of a reply, the prompt asks to go on with it.

    Raises:
        LimitError: if the message alone does not fit the model's context.
    """
    language = options.reply_language
    head, history = _head(history, generator, options, today)
    last = [_last_message(context, tuple(images) if generator.sees else (), language), *options.steps]
    if options.begun:
        last.append(_message("assistant", options.begun))
        if not generator.continues:
            last.append(_message("user", GO_ON))
    room = generator.context_tokens - longest_reply(options, generator) - generator.count_tokens(head + last)
    if room < 0 and options.begun:
        raise LimitError(
            said("The reply is too long for the chat model to continue"),
            given=said("about {count} tokens, including the message", count=generator.count_tokens(last)),
            allowed=said("about {count} tokens", count=generator.count_tokens(last) + room),
            fix=said("Ask for the rest in a new message"),
        )
    if room < 0:
        raise LimitError(
            said("The message is too long for the chat model"),
            given=said("about {count} tokens", count=generator.count_tokens(last)),
            allowed=said("about {count} tokens", count=generator.count_tokens(last) + room),
            fix=said("Shorten the message, or split it into several"),
        )
    return head + _fitting(history, generator, room, language) + last


def longest_reply(options: TurnOptions, generator: Generator) -> int:
    """Return the longest reply in tokens: no more than half of what the model can hold."""
    return min(options.max_reply_tokens, generator.context_tokens // 2)


def first_messages(
    history: Sequence[Exchange],
    generator: Generator,
    options: TurnOptions,
    context: FusedContext | None = None,
) -> list[Message]:
    """Return what the prompt of the next turn begins with, were there room for all of it.

    Args:
        history: The turns before.
        generator: The model that will write.
        options: How it will answer.
        context: What is understood of the next turn already; None for nothing.
    """
    head, history = _head(history, generator, options)
    pairs = [_pair(exchange, options.reply_language) for exchange in history]
    past = head + [message for pair in pairs for message in pair]
    return past if context is None else [*past, _last_message(context, (), None)]


def _head(
    history: Sequence[Exchange],
    generator: Generator,
    options: TurnOptions,
    today: datetime.date | None = None,
) -> tuple[list[Message], Sequence[Exchange]]:
    """Return what is told first, and the turns that are told after it."""
    summary, history = _summarised(history)
    today = today or datetime.date.today()
    system = system_text(generator.model, today, options.instructions, summary)
    first = _message("system", system)
    if options.tools:
        first["content"] += "\n\n" + told(_plain_tools(options.tools))
    return [first], history


def _pair(exchange: Exchange, language: str | None) -> list[Message]:
    return [
        _message("user", _past_message(exchange, language)),
        *exchange.steps,
        _message("assistant", exchange.reply),
    ]


def _fitting(
    history: Sequence[Exchange], generator: Generator, room: int, language: str | None
) -> list[Message]:
    past: list[Message] = []
    for exchange in reversed(history):
        pair = _pair(exchange, language)
        room -= generator.count_tokens(pair)
        if room < 0:
            break
        past = pair + past
    return past


def _summarised(history: Sequence[Exchange]) -> tuple[str, Sequence[Exchange]]:
    """Return the newest summary and the turns after it."""
    for at in range(len(history) - 1, -1, -1):
        if summary := history[at].summary:
            return summary, history[at + 1 :]
    return "", history


def reply_language(context: FusedContext, generator: Generator, wanted: str | None) -> str:
    """Return the ISO 639-1 code of the reply: `wanted`, else the person's, else the generator's own.

    Raises:
        SettingsError: if the generator cannot write the language that is wanted.
    """
    if wanted is not None and wanted not in generator.languages:
        raise SettingsError(
            said("The model {model} cannot reply in that language", model=generator.model),
            given=wanted,
            allowed=", ".join(generator.languages),
            fix=said("Choose another reply language or chat model in the settings"),
        )
    if wanted is not None:
        return wanted
    return context.language if context.language in generator.languages else generator.languages[0]


def user_message(context: FusedContext, language: str | None = None) -> str:
    """Return one turn as the model reads it; `language`: to answer in, where the person did not choose it."""
    return _told(context, _pictures(context), language)


def plain(text: str) -> str:
    """Return text in which no control token of a chat template is one: an invisible space splits it.

    People, pictures and recordings may say `<|im_end|>`; to the model that is text like any other.
    """
    return _CONTROL.sub(lambda found: found[0] + _INVISIBLE, text)


def _plain_tools(tools: Sequence[Tool]) -> list[Tool]:
    """Return tools in whose descriptions no control token is one."""
    return [json.loads(plain(json.dumps(tool, ensure_ascii=False))) for tool in tools]


def _last_message(context: FusedContext, images: Sequence[Image], language: str | None) -> Message:
    if not images:
        return _message("user", user_message(context, language))
    message = _message("user", _told(context, (), language))
    message["images"] = images
    return message


def _told(context: FusedContext, pictures: Sequence[SeenPicture], language: str | None) -> str:
    heard = _evidence(context, Stage.TRANSCRIBE, "voice")
    failed = heard is not None and heard.error is not None
    silent = heard is not None and isinstance(heard.value, Transcript) and not heard.value.text.strip()
    return turn_text(
        context.words,
        pictures,
        spoken=bool(context.transcript.strip()),
        silent=silent,
        unread=(*context.unread, *(["a recording"] if failed else [])),
        feeling=_feeling(context),
        voice=_voice(context),
        danger=_danger(context),
        language=language,
    )


def _pictures(context: FusedContext) -> list[SeenPicture]:
    return [
        _picture(context, number, caption, text)
        for number, (caption, text) in enumerate(zip(context.captions, context.ocr, strict=True), start=1)
    ]


def _picture(context: FusedContext, number: int, caption: str, text: str) -> SeenPicture:
    seen, read, found = (_evidence(context, stage, f"picture {number}") for stage in PICTURE_STAGES)
    sure = seen.value.confidence if seen is not None and isinstance(seen.value, Caption) else None
    unread = not text.strip() and read is not None and not isinstance(read.value, OcrText)
    objects = None
    if found is not None and isinstance(found.value, Detections):
        asked = not caption.strip() or asks_for_objects(context.words)
        objects = seen_objects(found.value) if asked else None
    return SeenPicture(_phrase(caption), None if unread else text, sure, objects)


def _phrase(caption: str) -> str:
    """Return a caption as part of a sentence: no full stop, no capital letter of an article."""
    caption = caption.strip().rstrip(".")
    first, _, rest = caption.partition(" ")
    return (
        f"{first.lower()} {rest}"
        if first in {"A", "An", "The", "Two", "Three", "Some", "Several"}
        else caption
    )


def _evidence(context: FusedContext, kind: Stage, source: str) -> Evidence | None:
    return next((e for e in context.evidence if e.kind == kind and e.source == source), None)


def _past_message(exchange: Exchange, language: str | None) -> str:
    return user_message(exchange.context, language) if exchange.context is not None else exchange.user


def _message(role: str, content: str) -> Message:
    return {"role": role, "content": plain(content)}  # type: ignore[typeddict-item]


def _feeling(context: FusedContext) -> str | None:
    emotion = context.emotion
    if emotion is None or not context.words or emotion.label in NEUTRAL:
        return None
    return emotion.label if emotion.confidence >= FEELING_CONFIDENCE else None


def _danger(context: FusedContext) -> str | None:
    """Return the danger that the words, typed or spoken, speak of."""
    return next((danger for item in context.evidence if (danger := danger_in(item))), None)


def _voice(context: FusedContext) -> str | None:
    """Return how the voice sounds where it differs from the words."""
    pair = disagreeing(context.emotion.sources) if context.emotion is not None else None
    return pair[1].label if pair is not None and pair[1].label != _feeling(context) else None
