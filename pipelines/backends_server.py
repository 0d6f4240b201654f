"""The table of back-ends behind an OpenAI-compatible server."""

from __future__ import annotations

from pipelines.core.registry import BackendSpec, Table
from pipelines.core.types import Stage

ENDPOINT_OPTIONS = ("url", "model", "api_key", "api_key_env", "timeout", "retries", "offline")
"""Options that each of these back-ends takes; `pipelines.core.openai_client.options` explains them."""


def server_spec(target: str, description: str, *options: str) -> BackendSpec:
    """Return the row of a back-end behind a server; `options` are those beyond `ENDPOINT_OPTIONS`."""
    return BackendSpec(
        target,
        "server",
        description,
        options=(*ENDPOINT_OPTIONS, *options),
        address="url",
        address_variable="OPENAI_BASE_URL",
    )


SERVER_TABLE: Table = {
    Stage.TRANSCRIBE: {
        "openai": server_spec(
            "pipelines.speech.openai_transcribe:OpenAITranscriber",
            "Any OpenAI-compatible server, POST /audio/transcriptions",
        ),
    },
    Stage.CAPTION: {
        "openai": server_spec(
            "pipelines.image.openai_caption:OpenAICaptioner",
            "A chat model that sees, behind any OpenAI-compatible server",
            "prompt",
            "max_tokens",
        ),
    },
    Stage.SPEAK: {
        "openai": server_spec(
            "pipelines.speech.tts.openai_speak:OpenAISpeaker",
            "Any OpenAI-compatible server, POST /audio/speech",
            "voice",
            "sample_rate",
            "format",
            "languages",
        ),
    },
}
