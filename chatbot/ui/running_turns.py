"""Which session is being answered right now, so that Stop and a closed tab reach the turn."""

from __future__ import annotations

import threading

from pipelines.core.cancel import CancelToken


class RunningTurns:
    """One cancel token a session at a time. Thread-safe; owned by one page."""

    def __init__(self) -> None:
        """Start with no session running."""
        self._lock = threading.Lock()
        self._tokens: dict[str, CancelToken] = {}

    def start(self, session: str) -> CancelToken | None:
        """Reserve the session for a turn and return its token; None while another one is running."""
        with self._lock:
            if session in self._tokens:
                return None
            token = self._tokens[session] = CancelToken()
            return token

    def get(self, session: str) -> CancelToken | None:
        """Return the token of the session's running turn."""
        with self._lock:
            return self._tokens.get(session)

    def finish(self, session: str, token: CancelToken) -> None:
        """Free the session, unless another turn has taken it since."""
        with self._lock:
            if self._tokens.get(session) is token:
                del self._tokens[session]

    def stop(self, session: str) -> None:
        """Cancel the session's turn, if any; the session stays taken until the turn has ended."""
        with self._lock:
            token = self._tokens.get(session)
        if token is not None:
            token.cancel()

    def leave(self, session: str) -> None:
        """Cancel the session's turn and free the session at once; nobody waits for the turn's end."""
        with self._lock:
            token = self._tokens.pop(session, None)
        if token is not None:
            token.cancel()

    def __len__(self) -> int:
        """Return the number of sessions that are being answered."""
        with self._lock:
            return len(self._tokens)
