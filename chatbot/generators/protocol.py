"""What a generator of replies must be able to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NotRequired, Protocol, TypedDict

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
class Finish:
    """How a reply's text ended.

    `reason`: "length" where the most tokens were reached, else "stop". Tokens are as the model counts
    them; a generator that does not count gets an estimate.
    """

    reason: Literal["stop", "length"]
    prompt_tokens: int
    reply_tokens: int


class Generator(Backend, Protocol):
    """Chat messages to text.

    `context_tokens`: how many tokens prompt and reply may have together. `sees`: whether
    messages may hold pictures; known once it is loaded. `continues`: whether a last message of the assistant
    is gone on with, to the letter. `languages`: ISO 639-1 codes that it can write, its own first.
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
