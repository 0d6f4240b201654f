"""Replies by a chat model behind any OpenAI-compatible server: vLLM, Ollama, llama.cpp's server, OpenAI."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field
from pydantic.dataclasses import dataclass

from chatbot.generators.api_messages import api_extras, api_messages, logprobs_of
from chatbot.generators.protocol import Extras, Finish, Message, TokenLogprob
from chatbot.generators.server_facts import context_of, sees_pictures, server_properties
from chatbot.generators.token_estimate import estimate_tokens
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import Cancelled
from pipelines.core.openai_client import errors
from pipelines.core.openai_client.backend import ServerBackend
from pipelines.core.openai_client.client import Ask, OpenAIClient
from pipelines.core.openai_client.options import EndpointOptions
from pipelines.core.registry import Registry
from pipelines.core.types import Stage

CONTEXT_TOKENS = 4096
IMAGE_TOKENS = 1000
LANGUAGES = (
    "en",
    "zh",
    "de",
    "fr",
    "es",
    "it",
    "pt",
    "nl",
    "pl",
    "ru",
    "uk",
    "tr",
    "sv",
    "ja",
    "ko",
    "ar",
    "hi",
)


@dataclass(frozen=True)
class ChatOptions(EndpointOptions):
    """What the server's model can do.

    Attributes:
        vision: Whether it sees pictures; None for what the server says, no where it says nothing.
        context_tokens: Prompt and reply together; None for what the server says, else `CONTEXT_TOKENS`.
        languages: ISO 639-1 codes that it writes, its own first.
    """

    stage: ClassVar[Stage] = Stage.GENERATE

    vision: bool | None = None
    context_tokens: Annotated[int, Field(ge=256)] | None = None
    languages: Annotated[tuple[str, ...], Field(min_length=1)] = LANGUAGES


class OpenAIGenerator(ServerBackend[ChatOptions]):
    """Streams the reply. Closing the stream closes the connection, so that the server stops writing."""

    options_type = ChatOptions
    continues = False
    takes = frozenset({"schema", "logprobs"})

    def __init__(self, registry: Registry, **options: Any) -> None:
        super().__init__(registry, **options)
        self.languages = self.options.languages
        self.sees = bool(self.options.vision)
        self.context_tokens = self.options.context_tokens or CONTEXT_TOKENS

    def _look(self, card: dict[str, Any], client: OpenAIClient) -> None:
        """Learn what the model can do, where the options leave it open."""
        properties: Mapping[str, Any] = {}
        if self.options.vision is None or self.options.context_tokens is None:
            properties = server_properties(client)
        if self.options.vision is None:
            self.sees = sees_pictures(card, properties)
        if self.options.context_tokens is None:
            self.context_tokens = context_of(card, properties) or CONTEXT_TOKENS

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Return an upper estimate."""
        return estimate_tokens(messages, IMAGE_TOKENS)

    def stream(
        self,
        messages: Sequence[Message],
        *,
        temperature: float,
        max_tokens: int,
        cancel: CancelToken | None = None,
        extras: Extras | None = None,
    ) -> Generator[str, None, Finish | None]:
        """Yield the reply in pieces; return how it ended, None where the server does not count tokens.

        Raises:
            BackendError: if the server fails; what was yielded before stays valid.
        """
        reason: str | None = None
        usage: Mapping[str, Any] = {}
        logprobs: list[TokenLogprob] = []
        events = self.client.events(self._ask(messages, temperature, max_tokens, extras), cancel)
        try:
            while True:
                event = next(events)
                choice = _choice(event)
                if text := _text(choice):
                    yield text
                logprobs += logprobs_of(choice)
                reason = choice.get("finish_reason") or reason
                usage = event.get("usage") or usage
        except StopIteration as ended:
            if not ended.value and reason is None:
                raise errors.cut(self.options) from None
        except Cancelled:
            return None
        finally:
            events.close()
        return _finish(reason, usage, logprobs)

    def _ask(
        self, messages: Sequence[Message], temperature: float, max_tokens: int, extras: Extras | None
    ) -> Ask:
        body = {
            "model": self._name,
            "messages": api_messages(messages),
            "max_tokens": max_tokens,
            "temperature": temperature,
            "stream": True,
            "stream_options": {"include_usage": True},
            **api_extras(extras),
        }
        instead: dict[str, dict[str, Any]] = {
            "max_tokens": {"max_completion_tokens": max_tokens},
            "temperature": {},
            "stream_options": {},
        }
        return Ask("/chat/completions", body, instead=instead)


def _choice(event: Mapping[str, Any]) -> Mapping[str, Any]:
    choices = event.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, dict) else {}


def _text(choice: Mapping[str, Any]) -> str:
    delta = choice.get("delta")
    text = delta.get("content") if isinstance(delta, dict) else None
    return text if isinstance(text, str) else ""


def _finish(reason: str | None, usage: Mapping[str, Any], logprobs: Sequence[TokenLogprob]) -> Finish | None:
    counts = usage.get("prompt_tokens"), usage.get("completion_tokens")
    if not isinstance(counts[0], int) or not isinstance(counts[1], int):
        return None
    return Finish("length" if reason == "length" else "stop", counts[0], counts[1], tuple(logprobs))
