"""Which of the packaged models writes the replies: the larger, unless the machine has too little memory."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

Mind = Literal["auto", "large", "small"]
LARGE, SMALL = "qwen-1.5b", "qwen-0.5b"
"""Names of their back-ends."""
LEAST_BYTES = 6 * 1024**3
"""A machine with less memory gets the small model: the whole app with the large one takes up to 3 GB."""
_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def chosen_mind(mind: Mind, memory: int | None = None) -> str:
    """Return the back-end of the model that `mind` means on this machine.

    Args:
        mind: "auto" decides by the memory.
        memory: Bytes of memory; None for those of this machine.
    """
    if mind == "auto":
        mind = "small" if (machine_memory() if memory is None else memory) < LEAST_BYTES else "large"
    return SMALL if mind == "small" else LARGE


def machine_memory() -> int:
    """Return the bytes of memory that this program may use: the machine's, or a container's limit."""
    import psutil

    limits = [int(text) for path in _LIMITS if (text := _read(path)).isdigit()]
    return min([psutil.virtual_memory().total, *limits])


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except OSError:
        return ""
