"""Names of OpenAI's models and voices, by which clients call what Trio has: the settings' table `aliases`."""

from __future__ import annotations

from collections.abc import Mapping

WHOLE = "trio"
"""The model that is all of Trio."""
AUTO = "auto"
"""The voice that the settings choose."""
_MODELS = (
    "gpt-3.5-turbo gpt-4 gpt-4-turbo gpt-4o gpt-4o-mini gpt-4.1 gpt-4.1-mini gpt-4.1-nano "
    "gpt-5 gpt-5-mini gpt-5-nano "
    "gpt-4o-audio-preview gpt-4o-mini-audio-preview gpt-audio gpt-audio-mini o1 o1-mini o3 o3-mini o4-mini "
    "tts-1 tts-1-hd gpt-4o-mini-tts whisper-1 gpt-4o-transcribe gpt-4o-mini-transcribe "
    "text-embedding-3-small text-embedding-3-large text-embedding-ada-002"
)
_VOICES = "alloy ash ballad coral echo fable marin cedar nova onyx sage shimmer verse"
ALIASES: Mapping[str, str] = {
    **dict.fromkeys(_MODELS.split(), WHOLE),
    **dict.fromkeys(_VOICES.split(), AUTO),
}
"""What holds where the settings say nothing else."""


def resolve_alias(name: str, table: Mapping[str, str]) -> str:
    """Return what a name of a model or a voice stands for; itself where it is no alias.

    Args:
        name: As a client gives it.
        table: The settings' aliases, which come before `ALIASES`; an empty text takes one of those away.
    """
    return table.get(name, ALIASES.get(name, "")) or name
