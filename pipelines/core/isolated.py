"""What runs in a process for decoding: it reads a file's bytes, decodes them and writes the arrays back.

The process has limits of its own: memory (Linux), no core dumps, and it is the first that the system ends
when memory is short. It ends when its standard input does, so it never outlives the program.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
from typing import Any, BinaryIO

import numpy as np

from pipelines.core.errors import LimitError, TrioError
from pipelines.core.isolation_worker import (
    PACKED_ERROR,
    READY,
    UNEXPECTED,
    array_header,
    read_header,
    write_message,
)
from pipelines.core.packed_errors import pack_error
from pipelines.core.said import said

MOST_MEMORY = 3_000_000_000
"""Bytes of address space beyond what the process has once it is ready."""
_IMPORTS = ("pipelines.image.pixels", "pipelines.speech.tracks", "PIL.Image", "av")
_SCORE = "500"
"""On Linux's scale from -1000 to 1000: ended before the program is."""


def main() -> None:
    """Answer until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C goes to the whole group; the program decides
    source, target = sys.stdin.buffer, _own_output()
    for name in _IMPORTS:
        importlib.import_module(name)
    _limit()
    target.write(READY)
    target.flush()
    while (header := read_header(source)) is not None:
        data = source.read(header["bytes"])
        fields, arrays = _answer(header["function"], data, header["args"])
        arrays = [np.ascontiguousarray(array) for array in arrays]
        reply = {"fields": fields, "arrays": [array_header(array) for array in arrays]}
        write_message(target, reply, [memoryview(array.reshape(-1).view(np.uint8)) for array in arrays])


def _own_output() -> BinaryIO:
    """Return standard output for ourselves; what native code prints goes to standard error."""
    own = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return os.fdopen(own, "wb")


def _answer(place: str, data: bytes, args: list[Any]) -> tuple[dict[str, Any], list[Any]]:
    module, _, name = place.partition(":")
    try:
        fields, arrays = getattr(importlib.import_module(module), name)(data, *args)
    except TrioError as error:
        return {PACKED_ERROR: pack_error(error)}, []
    except MemoryError:
        limit = LimitError(
            said("The file needs more memory than is allowed for one file"), given=str(args[0])
        )
        return {PACKED_ERROR: pack_error(limit)}, []
    except Exception as error:
        return {UNEXPECTED: f"{type(error).__name__}: {error}"[:500]}, []
    return fields, arrays


def _limit() -> None:
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:
        score.write(_SCORE)
    with contextlib.suppress(ImportError, OSError, ValueError):  # Windows has none; macOS keeps to none
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if sys.platform == "linux":
            with open("/proc/self/statm", encoding="ascii") as file:
                now = int(file.read().split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (now + MOST_MEMORY, now + MOST_MEMORY))
