"""What a generator of replies must be able to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NotRequired, Protocol, TypedDict

from pipelines.core.cancel import CancelToken
from pipelines.core.protocols import Backend
from pipelines.core.types import Image


class Message(TypedDict):
    """One message of a chat, as chat templates take it.

    `images`: pictures that come before the words; only for a generator that sees.
    """

    role: Literal["system", "user", "assistant"]
    content: str
    images: NotRequired[Sequence[Image]]


@dataclass(frozen=True)
class ToolCall:
    """What the model wants a program to do. `arguments`: a JSON object, as text."""

    name: str
    arguments: str


@dataclass(frozen=True)
class Extras:
    """What a request wants beyond a reply's text; a generator takes those that its `takes` names.

    Attributes:
        schema: JSON schema that the reply keeps to, {} for any JSON object; None for free text.
        logprobs: How many alternatives of each token are told with its log probability; None for no
            probabilities.
        plain: Whether a model that has an adapter for conversation writes without it, as where a program
            offers tools. A wish: a generator whose `takes` does not name it writes as it always does.
    """

    schema: Mapping[str, Any] | None = None
    logprobs: int | None = None
    plain: bool = False

    @property
    def wanted(self) -> frozenset[str]:
        """Names of those that are set and that a generator must take."""
        given = {"schema": self.schema, "logprobs": self.logprobs}
        return frozenset(name for name, value in given.items() if value is not None)


@dataclass(frozen=True)
class TokenLogprob:
    """One token of a reply, its log probability (natural), and the likeliest tokens with theirs."""

    token: str
    logprob: float
    top: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Finish:
    """How a reply's text ended.

    `reason`: "length" where the most tokens were reached, else "stop". Tokens are as the model counts
    them; a generator that does not count gets an estimate. `logprobs`: of each token, where they were
    wanted. `calls`: of tools, read from the text. `repeating`: it was ended, as at a length limit, because it
    said the same again and again.
    """

    reason: Literal["stop", "length"]
    prompt_tokens: int
    reply_tokens: int
    logprobs: tuple[TokenLogprob, ...] = ()
    calls: tuple[ToolCall, ...] = ()
    repeating: bool = False


def takes(generator: object) -> frozenset[str]:
    """Return which of `Extras` a generator takes."""
    names: frozenset[str] = getattr(generator, "takes", frozenset())
    return names


def rereads(generator: object) -> bool:
    """Whether a generator reads every prompt from its first word, and cannot be stopped while it does."""
    return bool(getattr(generator, "rereads", False))


class Generator(Backend, Protocol):
    """Chat messages to text.

    `context_tokens`: how many tokens prompt and reply may have together. `sees`: whether
    messages may hold pictures; known once it is loaded. `continues`: whether a last message of the assistant
    is gone on with, to the letter. `languages`: ISO 639-1 codes that it can write, its own first.
    A generator that takes `Extras` has `takes`, their names, and the argument `extras` of `stream`. One that
    keeps nothing of a prompt that it has read has `rereads`.
    """

    context_tokens: int
    sees: bool
    continues: bool
    languages: tuple[str, ...]

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Return at least as many tokens as the prompt of `messages` has, pictures included."""

    def stream(
        self,
        messages: Sequence[Message],
        *,
        temperature: float,
        max_tokens: int,
        cancel: CancelToken | None = None,
    ) -> Iterator[str]:
        """Yield the reply as it is generated; stops at once when cancelled or closed.

        A generator function may return a `Finish`.

        Raises:
            BackendError: if the model fails.
        """
