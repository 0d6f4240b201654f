"""Profiles: one word that picks a back-end for each stage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pipelines.backends_ray import NAME as RAY
from pipelines.core.types import Stage

Profile = Literal["embedded", "quality", "server", "cluster"]
PROFILES: Mapping[Profile, Mapping[Stage, str]] = {
    "embedded": {},
    "quality": {
        Stage.TRANSCRIBE: "whisper",
        Stage.SPEECH_EMOTION: "wav2vec2-emotion",
        Stage.CAPTION: "vlm",
        Stage.TEXT_EMOTION: "transformers",
        Stage.SPEAK: "kokoro",
        Stage.GENERATE: "transformers",
    },
    "server": {
        Stage.TRANSCRIBE: "openai",
        Stage.CAPTION: "openai",
        Stage.SPEAK: "openai",
        Stage.GENERATE: "openai",
    },
    "cluster": dict.fromkeys(Stage, RAY),
}
"""Back-ends by stage; a stage that a profile leaves out has the first of the table, which is embedded."""


def chosen_backends(profile: Profile, backends: Mapping[Stage, str]) -> dict[Stage, str]:
    """Return the back-ends of a profile with some of them replaced, so that profiles mix."""
    return {**PROFILES[profile], **backends}
