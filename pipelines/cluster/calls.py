"""What may be called in the cluster: the methods and attributes of each stage's protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.core.types import Stage

DESCRIBE = "describe"
"""Returns the attributes of a stage's back-end."""


@dataclass(frozen=True)
class Calls:
    """One stage. `methods` return a value, `streams` yield pieces, `attributes` are read once.

    An attribute that a back-end lacks is left out.
    """

    methods: tuple[str, ...] = ()
    streams: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ("model",)


CALLS: Mapping[Stage, Calls] = {
    Stage.TRANSCRIBE: Calls(("transcribe", "encode")),
    Stage.SPEECH_EMOTION: Calls(("classify",)),
    Stage.EMBED: Calls(("embed", "count_tokens")),
    Stage.FEELINGS: Calls(("read",)),
    Stage.SENTIMENT: Calls(("classify",)),
    Stage.TEXT_EMOTION: Calls(("classify",)),
    Stage.DANGER: Calls(("classify",)),
    Stage.IMAGE_FEATURES: Calls(("features",)),
    Stage.CAPTION: Calls(("caption",)),
    Stage.OCR: Calls(("read",)),
    Stage.DETECT: Calls(("detect",)),
    Stage.SPEAK: Calls(("speaks",), ("stream",), ("model", "sample_rate")),
    Stage.GENERATE: Calls(
        ("count_tokens",), ("stream",), ("model", "context_tokens", "continues", "sees", "languages")
    ),
}
