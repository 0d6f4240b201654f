"""Which texts the parts of the page carry, so that all of them can change their language at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from chatbot.ui.words import Words

Texts = Callable[[Words], dict[str, Any]]


class Labels:
    """The texts of the page's parts, each as a function from words to the part's arguments."""

    def __init__(self) -> None:
        self._texts: list[tuple[Any, Texts]] = []

    def add(self, part: Any, texts: Texts) -> Any:
        """Register a part and return it."""
        self._texts.append((part, texts))
        return part

    @property
    def parts(self) -> list[Any]:
        """The registered parts: outputs of every event that relabels."""
        return [part for part, _ in self._texts]

    def updates(self, words: Words) -> dict[Any, Any]:
        """Return what each part becomes in these words."""
        return {part: gr.update(**texts(words)) for part, texts in self._texts}
