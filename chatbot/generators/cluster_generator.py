"""Replies by a generator that runs in the Ray cluster, see docs/cluster.md."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from chatbot.generators.protocol import Finish, Message
from pipelines.cluster.stages import ClusterStage
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import Cancelled
from pipelines.core.types import Stage


class ClusterGenerator(ClusterStage):
    """Chat messages to text."""

    stage = Stage.GENERATE
    types = (Finish,)

    @property
    def context_tokens(self) -> int:
        """How many tokens prompt and reply may have together."""
        return int(self.attribute("context_tokens"))

    @property
    def continues(self) -> bool:
        """Whether a last message of the assistant is gone on with."""
        return bool(self.attribute("continues"))

    @property
    def sees(self) -> bool:
        """Whether messages may hold pictures."""
        return bool(self.attribute("sees"))

    @property
    def languages(self) -> tuple[str, ...]:
        """ISO 639-1 codes that it can write, its own first."""
        return tuple(self.attribute("languages"))

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Return at least as many tokens as the prompt has. Raises what `ClusterClient.call` raises."""
        return int(self.client.call("count_tokens", list(messages)))

    def stream(
        self,
        messages: Sequence[Message],
        *,
        temperature: float,
        max_tokens: int,
        cancel: CancelToken | None = None,
    ) -> Generator[str, None, Finish | None]:
        """Yield the reply in pieces; return how it ended, None where it was stopped.

        Raises:
            BackendError: where the cluster is away, or its model fails.
        """
        try:
            finish: Finish | None = yield from self.client.stream(
                "stream", list(messages), temperature=temperature, max_tokens=max_tokens, cancel=cancel
            )
        except Cancelled:
            return None
        return finish
