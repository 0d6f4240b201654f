"""Writing files whole or not at all, and replacing and removing those that others may have open.

Windows refuses the latter, other systems do not.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

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


@contextlib.contextmanager
def atomic_file(target: Path, mode: int = 0o644) -> Iterator[BinaryIO]:
    """Give a file to write that is on disk, and in the place of `target`, once the block has ended well.

    Where it ends with an error, `target` stays as it was and nothing else is left.

    Args:
        target: The file; its folder is there.
        mode: Who may read and write it.

    Raises:
        OSError: if it cannot be written.
    """
    handle, name = tempfile.mkstemp(prefix=".trio-", suffix=".part", dir=target.absolute().parent)
    try:
        with open(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, mode)
        replace_file(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
