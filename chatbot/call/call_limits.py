"""What a page may send in a call, and how many calls there may be."""

from __future__ import annotations

import threading
from urllib.parse import urlsplit

from starlette.websockets import WebSocket

from chatbot.call.call_settings import SAMPLE_RATE
from pipelines.core.errors import LimitError
from pipelines.core.said import said

MAX_SOUND_BYTES = 65_536
MAX_TEXT = 4096
MAX_MESSAGES_A_SECOND = 100
BURST_SECONDS = 30.0
MAX_BAD_MESSAGES = 20


class Slots:
    """So many calls at once."""

    def __init__(self, count: int) -> None:
        self._free = threading.Semaphore(count)

    def take(self) -> bool:
        """Reserve one; False where none is free."""
        return self._free.acquire(blocking=False)

    def give_back(self) -> None:
        """Free one."""
        self._free.release()


class RateLimit:
    """Sound comes at the pace of speech, messages at that of a page; a network's hiccup is forgiven.

    Args:
        now: Seconds on a clock that never goes back.
    """

    def __init__(self, now: float) -> None:
        self._begun = now
        self._sound = 0.0
        self._messages = 0

    def check(self, now: float, sound_bytes: int) -> None:
        """Count a message. Raises LimitError where they come faster than a microphone makes them."""
        self._messages += 1
        self._sound += sound_bytes / 2 / SAMPLE_RATE
        allowed = now - self._begun + BURST_SECONDS
        if self._sound > allowed * 1.1 or self._messages > allowed * MAX_MESSAGES_A_SECOND:
            raise LimitError(
                said("Audio or messages are arriving faster than real time"),
                given=said(
                    "{seconds} s of audio, {count} messages",
                    seconds=format(self._sound, ".0f"),
                    count=self._messages,
                ),
                allowed=said("real time, {count} messages a second", count=MAX_MESSAGES_A_SECOND),
                fix=said("Send the microphone audio in real time"),
            )


def check_size(message: str | bytes) -> None:
    """Raise LimitError for a message that is too large."""
    size, limit = len(message), MAX_TEXT if isinstance(message, str) else MAX_SOUND_BYTES
    if size > limit:
        raise LimitError(
            said("A call message is too large"),
            given=f"{size} {'characters' if isinstance(message, str) else 'bytes'}",
            allowed=str(limit),
        )


def same_origin(websocket: WebSocket) -> bool:
    """Whether the page that calls comes from this server; programs send no origin and may call.

    Browsers let any page open a WebSocket anywhere, cookies included, so that the server has to look.
    """
    origin = websocket.headers.get("origin")
    if origin is None:
        return True
    hosts = {websocket.headers.get("host"), websocket.headers.get("x-forwarded-host")}
    return urlsplit(origin).netloc in hosts
