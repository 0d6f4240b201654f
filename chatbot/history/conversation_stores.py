"""Where conversations are kept: the data folder, or a folder that goes when the program ends."""

from __future__ import annotations

import contextlib
import tempfile
import threading
from pathlib import Path
from typing import Self

from chatbot.history import History, HistoryError, NotFoundError, StoredMedia


class ConversationStores:
    """The kept conversations, and beside them those that are forgotten. Thread-safe; closes itself.

    Args:
        data_dir: Folder of the kept ones; None to keep none.
    """

    def __init__(self, data_dir: Path | None) -> None:
        self.kept = History(data_dir) if data_dir is not None else None
        self._lock = threading.Lock()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._forgotten: History | None = None
        self._by_tab: dict[str, list[tuple[str, str]]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def of(self, *, temporary: bool) -> History:
        """Return the conversations that are kept, or those that are not.

        Raises:
            HistoryError: if the folder cannot be made.
        """
        if not temporary and self.kept is not None:
            return self.kept
        with self._lock:
            if self._forgotten is None:
                self._folder = tempfile.TemporaryDirectory(prefix="trio-")
                self._forgotten = History(Path(self._folder.name) / "data", kept=False)
            return self._forgotten

    def forget_later(self, tab: str, user: str, conversation: str) -> None:
        """Note that a conversation that is not kept goes with its tab."""
        with self._lock:
            self._by_tab.setdefault(tab, []).append((user, conversation))

    def forget(self, tab: str) -> tuple[str, ...]:
        """Delete a tab's conversations that are not kept; return their ids."""
        with self._lock:
            gone, history = self._by_tab.pop(tab, []), self._forgotten
        for user, conversation in gone:
            with contextlib.suppress(HistoryError):
                if history is not None:
                    history.delete(user, conversation)
        return tuple(conversation for _, conversation in gone)

    def media(self, user: str, media: str) -> StoredMedia:
        """Return a file of a person's conversations. Raises NotFoundError."""
        for history in (self.kept, self._forgotten):
            with contextlib.suppress(NotFoundError):
                if history is not None:
                    return history.open_media(user, media)
        raise NotFoundError("file", media)

    def close(self) -> None:
        """Put everything on disk; delete what is not kept."""
        if self.kept is not None:
            self.kept.close()
        if self._forgotten is not None:
            self._forgotten.close()
        if self._folder is not None:
            self._folder.cleanup()
