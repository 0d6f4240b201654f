"""Replacing and removing files that others may have open: Windows refuses that, other systems do not."""

from __future__ import annotations

import os
import time
from pathlib import Path

TRIES = 40
PAUSE_SECONDS = 0.05


def replace_file(source: Path | str, target: Path | str) -> None:
    """Move `source` over `target` in one step; waits up to two seconds for those who have `target` open.

    Raises:
        OSError: if that cannot be done.
    """
    for left in reversed(range(TRIES)):
        try:
            os.replace(source, target)
            return
        except PermissionError:
            if os.name != "nt" or left == 0:
                raise
        time.sleep(PAUSE_SECONDS)


def remove_file(path: Path) -> bool:
    """Remove a file that may be gone; return False where somebody has it open and it stays.

    Raises:
        OSError: if it cannot be removed for another reason.
    """
    try:
        path.unlink(missing_ok=True)
    except PermissionError:
        if os.name != "nt":
            raise
        return False
    return True
