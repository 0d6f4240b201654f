"""An engine round an engine: everything but the answer is the inner one's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from chatbot.turn.protocols import ConversationEngine, WarmUpProgress
from pipelines.core.registry import Registry

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class WrappedChatbot:
    """Passes everything on; a subclass answers in its own way.

    Args:
        chatbot: The engine inside.
    """

    def __init__(self, chatbot: ConversationEngine) -> None:
        self.chatbot = chatbot

    def __getattr__(self, name: str) -> Any:
        return getattr(self.chatbot, name)

    @property
    def registry(self) -> Registry:
        """The back-ends that can be chosen."""
        return self.chatbot.registry

    def status(self) -> WarmUpProgress:
        """Tell how far the models are."""
        return self.chatbot.status()

    def start_warm_up(self) -> None:
        """Load the models in the background."""
        self.chatbot.start_warm_up()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the meaning of each text."""
        return self.chatbot.embed(texts)
