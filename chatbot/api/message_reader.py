"""A list of messages to what the engine takes: instructions, earlier exchanges and a turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

from chatbot.api.attachments import Attachments
from chatbot.api.errors import ApiError
from chatbot.api.media_codec import from_base64, sound_of
from chatbot.api.schemas_chat import (
    MAX_FILES,
    AssistantMessage,
    AudioPart,
    ChatMessage,
    FilePart,
    ImagePart,
    RefusalPart,
    SystemMessage,
    TextPart,
    ToolMessage,
    UserMessage,
)
from chatbot.api.service import Service, key_of, without_sound
from chatbot.generators.protocol import Message, ToolCall
from chatbot.turn.events import ContextReady, Exchange, FusedContext
from chatbot.turn.options import TurnOptions
from chatbot.turn.prompt import plain, user_message
from chatbot.turn.protocols import TurnRequest
from chatbot.turn.tool_calls import call_text, result_text
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import InputError
from pipelines.core.types import Audio, Image, Turn


@dataclass(frozen=True, eq=False)
class ParsedMessages:
    """A conversation whose last message is to be answered.

    `key`: of that message, for later. `steps`: calls of tools since then. `begun`: the reply's beginning.
    """

    history: tuple[Exchange, ...]
    turn: Turn
    key: str
    steps: tuple[Message, ...] = ()
    begun: str = ""


@dataclass(eq=False)
class _Span:
    """What the person said, the tools that were called for it, and the reply; each with its number."""

    asked: list[tuple[int, UserMessage]] = field(default_factory=list)
    worked: list[tuple[int, AssistantMessage | ToolMessage]] = field(default_factory=list)
    reply: tuple[int, AssistantMessage] | None = None

    def steps(self, given: Callable[[int, ToolMessage], str]) -> tuple[Message, ...]:
        """Return the calls and what they gave, as the model reads them; `given` puts that into words."""
        found: list[Message] = []
        results: list[str] = []
        for number, message in self.worked:
            if isinstance(message, ToolMessage):
                results.append(plain(given(number, message)))
                continue
            found += _told(results)
            results = []
            calls = [
                ToolCall(plain(call.function.name), plain(call.function.arguments))
                for call in message.tool_calls or ()
            ]
            text = plain(_text(message.content or ""))
            found.append({"role": "assistant", "content": call_text(text, calls)})
        return (*found, *_told(results))


def _told(results: Sequence[str]) -> list[Message]:
    return [{"role": "user", "content": result_text(results)}] if results else []


def _spans(messages: Sequence[ChatMessage]) -> list[_Span]:
    """Return the exchanges; the last one may have no reply yet, or its beginning."""
    spans: list[_Span] = []
    for number, message in enumerate(messages):
        if isinstance(message, SystemMessage):
            continue
        if not spans or (spans[-1].reply is not None):
            spans.append(_Span())
        span = spans[-1]
        if isinstance(message, UserMessage):
            if span.worked:  # the person interrupted the work of tools
                spans.append(span := _Span())
            span.asked.append((number, message))
        elif isinstance(message, ToolMessage) or message.tool_calls:
            span.worked.append((number, message))
        else:
            span.reply = (number, message)
    return spans


@dataclass(frozen=True, eq=False)
class Reader:
    """Reads the messages of one person.

    Attributes:
        service: Knows what was understood before.
        user: Whose messages they are.
        options: With which back-ends an earlier picture or recording is understood again.
        cancel: Stops that.
    """

    service: Service
    user: str | None
    options: TurnOptions
    cancel: CancelToken

    def read(self, messages: Sequence[ChatMessage]) -> ParsedMessages:
        """Return the conversation.

        Raises:
            ApiError: if there is nothing of the person's to answer, or something in a message cannot be used.
            Cancelled: when the token is cancelled.
        """
        spans = _spans(messages)
        last = spans.pop() if spans else _Span()
        if not last.asked:
            raise ApiError(400, "There is no user message to answer.", "invalid_value", "messages")
        begun = self._reply(*last.reply) if last.reply else ""
        history = tuple(map(self._exchange, spans))
        steps = last.steps(self._given)
        return ParsedMessages(history, self._turn(last.asked), self._key(last.asked), steps, begun)

    def _exchange(self, span: _Span) -> Exchange:
        """Return an earlier exchange; pictures and recordings count as they were understood then."""
        asked, reply = span.asked, self._reply(*span.reply) if span.reply else ""
        words = "\n".join(filter(None, (_words(message) for _, message in asked)))
        steps = span.steps(self._given)
        if not any(_has_media(message) for _, message in asked):
            return Exchange(words, reply, steps=steps)
        return Exchange(words, reply, self._context(asked), steps=steps)

    def _given(self, number: int, message: ToolMessage) -> str:
        """Return what a tool gave in words; pictures and recordings count as they are understood."""
        if not _has_media(message):
            return _words(message)
        context = self._context([(number, UserMessage(role="user", content=message.content))])
        if context is None:
            return _words(message)
        return user_message(replace(context, emotion=None))  # a tool's feelings are nobody's

    def _context(self, asked: Sequence[tuple[int, UserMessage]]) -> FusedContext | None:
        key = self._key(asked)
        context = self.service.understood.get(key) or self._understand(self._turn(asked))
        if context is not None:
            self.service.understood.put(key, context)
        return context

    def _understand(self, turn: Turn) -> FusedContext | None:
        child = self.cancel.child()  # the turn's token ends with it, the request goes on
        request = TurnRequest(turn, answer=False)
        with closing(self.service.run(request, self.user, child, self.options)) as events:
            for event in events:
                self.cancel.raise_if_cancelled()
                if isinstance(event, ContextReady):
                    return without_sound(event.context)
        return None

    def _reply(self, number: int, message: AssistantMessage) -> str:
        if message.content is None and message.audio is not None:
            text = self.service.spoken.get(key_of(self.user, message.audio.id))
            if text is None:
                raise ApiError(
                    400,
                    "This spoken reply is no longer stored; give its text as `content`.",
                    "unknown_audio",
                    f"messages.{number}.audio.id",
                )
            return text
        return _text(message.content or "")

    def _turn(self, asked: Sequence[tuple[int, UserMessage]]) -> Turn:
        """Return the messages since the last reply as one turn. Raises ApiError."""
        pictures: list[Image] = []
        sounds: list[Audio] = []
        for number, message in asked:
            for place, part in enumerate(() if isinstance(message.content, str) else message.content):
                if isinstance(part, TextPart):
                    continue
                name = f"messages.{number}.content.{place}"
                found = self._decoded(part, name)
                if isinstance(found, Audio):
                    if sounds:
                        raise ApiError(400, "One message takes one recording.", "too_many_recordings", name)
                    sounds.append(found)
                elif len(pictures) >= MAX_FILES:
                    raise ApiError(413, f"There are more than {MAX_FILES} pictures.", "too_large", name)
                else:
                    pictures.append(found)
        words = "\n".join(filter(None, (_words(message) for _, message in asked)))
        try:
            return Turn(words, tuple(pictures), sounds[0] if sounds else None)
        except InputError as error:
            raise ApiError(400, error.said, "empty_message", f"messages.{asked[-1][0]}.content") from error

    def _decoded(self, part: ImagePart | AudioPart | FilePart, name: str) -> Image | Audio:
        attached = Attachments(self.service.files, self.user)
        if isinstance(part, ImagePart):
            return attached.picture(part.image_url.url, f"{name}.image_url.url")
        if isinstance(part, FilePart):
            return attached.file(part.file, f"{name}.file")
        where = f"{name}.input_audio.data"
        return sound_of(from_base64(part.input_audio.data, where), where)

    def _key(self, asked: Sequence[tuple[int, UserMessage]]) -> str:
        return key_of(self.user, "\n".join(message.model_dump_json() for _, message in asked))


def instructions_of(messages: Sequence[ChatMessage]) -> str:
    """Return the text of all the system messages."""
    texts = []
    for message in messages:
        if isinstance(message, SystemMessage):
            content = message.content
            texts += [content] if isinstance(content, str) else [part.text for part in content]
    return "\n".join(text.strip() for text in texts if text.strip())


def _text(content: str | Sequence[TextPart | RefusalPart]) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(part.refusal if isinstance(part, RefusalPart) else part.text for part in content)


def _words(message: UserMessage | ToolMessage) -> str:
    if isinstance(message.content, str):
        return message.content
    return "\n".join(part.text for part in message.content if isinstance(part, TextPart))


def _has_media(message: UserMessage | ToolMessage) -> bool:
    return not isinstance(message.content, str) and any(not isinstance(p, TextPart) for p in message.content)
