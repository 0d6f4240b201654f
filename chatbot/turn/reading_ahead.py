"""What the next prompt begins with is read into the model's cache before the prompt is there."""

from __future__ import annotations

from collections.abc import Sequence

from chatbot.generators.protocol import Generator
from chatbot.turn.events import Exchange, FusedContext
from chatbot.turn.options import TurnOptions
from chatbot.turn.prompt import first_messages
from pipelines.core.cancel import CancelToken
from pipelines.core.registry import Registry, Selection
from pipelines.core.types import Stage


def loaded_generator(registry: Registry, options: TurnOptions) -> Generator | None:
    """Return the generator that `options` choose, None where it is not loaded."""
    chosen = Selection(registry, options.backends)
    if not registry.is_loaded(Stage.GENERATE, chosen.name(Stage.GENERATE)):
        return None
    generator: Generator = chosen.get(Stage.GENERATE)
    return generator


def read_ahead(
    registry: Registry,
    options: TurnOptions,
    history: Sequence[Exchange],
    cancel: CancelToken,
    context: FusedContext | None = None,
) -> None:
    """Let the model read what the next prompt begins with, if it is in this program and loaded.

    Where nothing has been said yet there is only the system text, which the warm-up has read. A model
    elsewhere would be sent, and may charge for, a prompt that nobody has asked for yet.

    Args:
        registry: The back-ends.
        options: How the next turn is answered.
        history: The turns before it.
        cancel: Ends it.
        context: What is understood of the next turn already; None for nothing.

    Raises:
        Cancelled: when the token is cancelled.
        TrioError: if the model fails.
    """
    if not history and context is None:
        return
    name = Selection(registry, options.backends).name(Stage.GENERATE)
    generator = loaded_generator(registry, options)
    if generator is None or registry.spec(Stage.GENERATE, name).kind != "embedded":
        return
    messages = first_messages(history, generator, options, context)
    if generator.count_tokens(messages) < generator.context_tokens:
        list(generator.stream(messages, temperature=0.0, max_tokens=1, cancel=cancel))
    cancel.raise_if_cancelled()
