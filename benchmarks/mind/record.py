"""The record of a run: every prompt, reply and verdict, saved as it grows, so that a stopped run goes on."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks.common import ROOT
from benchmarks.mind.prompts import Prompt

RUNS = ROOT / "runs" / "mind"
SAVE_SECONDS = 10.0


class Record:
    """The replies of one model. Safe to use from several threads.

    Args:
        name: Of the model; the file is runs/mind/NAME.json.
        folder: Where it is.
    """

    def __init__(self, name: str, folder: Path = RUNS) -> None:
        self.path = folder / f"{name.replace('/', '_')}.json"
        self._lock, self._saved = threading.Lock(), time.monotonic()
        kept = json.loads(self.path.read_text("utf-8")) if self.path.exists() else {}
        self.seconds: float = kept.get("seconds", 0.0)
        self.entries: dict[str, dict[str, Any]] = kept.get("entries", {})

    def has(self, prompt: Prompt) -> bool:
        """Whether this very prompt was answered."""
        entry = self.entries.get(prompt.key)
        return bool(entry) and entry is not None and entry["messages"] == list(prompt.messages)

    def add(self, prompt: Prompt, reply: str, tokens: int) -> None:
        """Put a reply down; saved every ten seconds."""
        with self._lock:
            self.entries[prompt.key] = {
                "part": prompt.part,
                "kind": prompt.kind,
                "language": prompt.language,
                "messages": list(prompt.messages),
                "reply": reply,
                "tokens": tokens,
                "broken": prompt.judge(reply),
            }
            if time.monotonic() - self._saved > SAVE_SECONDS:
                self._write()

    def judge(self, prompt: Prompt) -> None:
        """Judge a reply again, as the rules are now."""
        entry = self.entries[prompt.key]
        entry["broken"] = prompt.judge(entry["reply"])

    def save(self) -> None:
        """Write the file."""
        with self._lock:
            self._write()

    def _write(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(
            {"seconds": round(self.seconds, 1), "entries": self.entries}, ensure_ascii=False, indent=1
        )
        part = self.path.with_suffix(".part")
        part.write_text(text, encoding="utf-8")
        part.replace(self.path)
        self._saved = time.monotonic()
