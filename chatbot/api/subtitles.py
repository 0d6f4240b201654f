"""A transcript's segments as subtitles: SubRip and WebVTT."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.core.types import Segment


def srt(segments: Sequence[Segment]) -> str:
    """Return SubRip text."""
    blocks = (
        f"{number}\n{_time(s.start, ',')} --> {_time(s.end, ',')}\n{s.text}\n"
        for number, s in enumerate(segments, start=1)
    )
    return "\n".join(blocks)


def vtt(segments: Sequence[Segment]) -> str:
    """Return WebVTT text (https://www.w3.org/TR/webvtt1/)."""
    blocks = (f"{_time(s.start, '.')} --> {_time(s.end, '.')}\n{_plain(s.text)}\n" for s in segments)
    return "WEBVTT\n\n" + "\n".join(blocks)


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _time(seconds: float, point: str) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d}{point}{rest % 1000:03d}"
