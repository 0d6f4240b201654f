"""Which of the packaged models writes the replies: the larger, unless the machine has too little memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Mind = Literal["auto", "large", "small"]
LARGE, SMALL = "qwen-1.5b", "qwen-0.5b"
"""Names of their back-ends."""
LEAST_BYTES = 6 * 1024**3
"""A machine with less memory gets the small model: the whole app with the large one takes about 3.1 GB."""
_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


@dataclass(frozen=True)
class Writer:
    """Which packaged model writes the replies, and why.

    Attributes:
        backend: Its back-end.
        automatic: Whether the memory decided, and not the settings.
        memory: Bytes of memory that this program may use.
    """

    backend: str
    automatic: bool
    memory: int

    @property
    def small(self) -> bool:
        """Whether it is the smaller one."""
        return self.backend == SMALL

    @property
    def gigabytes(self) -> float:
        """The memory in GB of 2**30 bytes."""
        return self.memory / 1024**3

    @property
    def least(self) -> float:
        """The GB that the larger model needs."""
        return LEAST_BYTES / 1024**3

    def reason(self) -> str:
        """Return which model it is and why, for the log and `doctor`."""
        said = f"{self.backend} writes the replies where nothing else is chosen"
        if not self.automatic:
            return f"{said}: the setting mind names it"
        less = "less" if self.small else "no less"
        return f"{said}: there are {self.gigabytes:.1f} GB of memory, {less} than {self.least:.0f} GB"


def writer_of(mind: Mind, memory: int | None = None) -> Writer:
    """Return the model that `mind` means on this machine.

    Args:
        mind: "auto" decides by the memory.
        memory: Bytes of memory; None for those of this machine.
    """
    memory = machine_memory() if memory is None else memory
    small = mind == "small" or (mind == "auto" and memory < LEAST_BYTES)
    return Writer(SMALL if small else LARGE, mind == "auto", memory)


def chosen_mind(mind: Mind, memory: int | None = None) -> str:
    """Return the back-end of the model that `mind` means on this machine, see `writer_of`."""
    return writer_of(mind, memory).backend


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
