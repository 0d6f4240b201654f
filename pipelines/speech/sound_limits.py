"""What sound is taken, and the errors for what is not."""

from __future__ import annotations

from pipelines.core.errors import LimitError
from pipelines.core.said import Text, said

ALLOWED = said(
    "WAV, MP3, FLAC, Ogg, Opus, WebM, M4A, AAC, AMR, WMA, AIFF, CAF, AU, APE, WavPack or AC-3, "
    "or the sound of MP4, MOV, MKV, AVI, TS or MPG"
)
FIX = said("Send another recording, or save this one again as WAV or MP3")
MAX_CHANNELS = 64
MIN_RATE, MAX_RATE = 1_000, 768_000


def check_form(channels: int, rate: int, name: str) -> None:
    """Check what would make decoding or resampling dear. Raises LimitError."""
    if channels > MAX_CHANNELS or not MIN_RATE <= rate <= MAX_RATE:
        raise LimitError(
            said("This audio format is not supported"),
            given=f"{name}, {channels} channels, {rate} Hz",
            allowed=said(
                "up to {channels} channels, {lowest} to {highest} Hz",
                channels=MAX_CHANNELS,
                lowest=MIN_RATE,
                highest=MAX_RATE,
            ),
            fix=FIX,
        )


def too_long(name: str, given: Text, max_seconds: float) -> LimitError:
    """Return the error for too long a sound."""
    return LimitError(
        said("The recording is too long"),
        given=f"{name}, {given}",
        allowed=said("{count} minutes", count=format(max_seconds / 60, ".0f")),
        fix=said("Trim it and send only the part you need"),
    )
