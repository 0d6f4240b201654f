"""One process that decodes, and the messages to it: JSON and plain bytes through its pipes, never pickle.

A message is a length (8 bytes, big-endian), that many bytes of JSON, then the bytes that the JSON announces.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO, TypeVar

import numpy as np
from numpy.typing import NDArray

PACKED_ERROR = "error"
UNEXPECTED = "unexpected"
READY = b"R"
MOST_HEADER = 1_000_000
MOST_ARRAYS = 2_000_000_000
_DTYPES = frozenset({"float32", "uint8"})
_T = TypeVar("_T")
_LENGTH = struct.Struct(">Q")
_START_SECONDS = 120.0
_END_SECONDS = 30.0
_CODE = "import sys; sys.path[:] = {path!r}; from pipelines.core.isolated import main; main()"
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class WorkerStartError(Exception):
    """The process could not be started: no fault of a file."""


class WorkerDiedError(Exception):
    """The process ended during a file. `late`: because it was ended, the file took too long."""

    def __init__(self, *, late: bool) -> None:
        super().__init__("too late" if late else "died")
        self.late = late


class Worker:
    """A process that has started and imported the decoders; used by one thread at a time.

    Raises:
        WorkerStartError: if it cannot be started.
    """

    def __init__(self) -> None:
        self.files, self._ended = 0, False
        code = _CODE.format(path=[os.path.abspath(entry) for entry in sys.path])
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", code],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **_ONE_THREAD},
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise WorkerStartError(str(error)) from error
        try:
            ready = self._within(_START_SECONDS, lambda: self._output.read(1))
        except WorkerDiedError:
            ready = b""
        if ready != READY:
            self.close()
            raise WorkerStartError(f"it ended with code {self._process.returncode}")

    @property
    def process_id(self) -> int:
        """Id of the process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs and may be asked; one that was just ended may not have gone yet."""
        return not self._ended and self._process.poll() is None

    @property
    def _output(self) -> BinaryIO:
        assert self._process.stdout is not None
        return self._process.stdout  # type: ignore[return-value]

    def ask(
        self, function: Callable[..., Any], data: bytes, args: Sequence[Any], seconds: float
    ) -> tuple[dict[str, Any], list[NDArray[Any]]]:
        """Return what the function gives for the bytes.

        Raises:
            WorkerDiedError: if the process died or was ended because it took more than `seconds`.
        """
        self.files += 1
        place = f"{function.__module__}:{function.__qualname__}"
        header = {"function": place, "args": list(args), "bytes": len(data)}
        return self._within(seconds, lambda: self._exchange(header, data))

    def _exchange(self, header: dict[str, Any], data: bytes) -> tuple[dict[str, Any], list[NDArray[Any]]]:
        assert self._process.stdin is not None
        write_message(self._process.stdin, header, [data])  # type: ignore[arg-type]
        fields = read_header(self._output)
        if fields is None:
            raise EOFError
        return fields["fields"], read_arrays(self._output, fields["arrays"])

    def _within(self, seconds: float, work: Callable[[], _T]) -> _T:
        late = threading.Event()

        def end() -> None:
            late.set()
            self._process.kill()

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        timer.start()
        try:
            return work()
        except (OSError, EOFError, ValueError, LookupError, TypeError) as error:
            self._ended = True
            self._process.kill()
            raise WorkerDiedError(late=late.is_set()) from error
        finally:
            timer.cancel()

    def close(self) -> None:
        """End the process and wait for its end."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # what was not written yet has nobody to read it
                    pipe.close()
        self._process.wait(_END_SECONDS)


def write_message(file: BinaryIO, header: dict[str, Any], blobs: Sequence[Any]) -> None:
    """Write a header and the bytes that it announces."""
    text = json.dumps(header).encode("ascii")
    file.write(_LENGTH.pack(len(text)) + text)
    for blob in blobs:
        file.write(blob)
    file.flush()


def read_header(file: BinaryIO) -> dict[str, Any] | None:
    """Return a header; None at the end of the file. Raises EOFError or ValueError."""
    head = file.read(_LENGTH.size)
    if not head:
        return None
    if len(head) < _LENGTH.size or (length := _LENGTH.unpack(head)[0]) > MOST_HEADER:
        raise EOFError
    text = file.read(length)
    if len(text) < length:
        raise EOFError
    header: dict[str, Any] = json.loads(text)
    return header


def array_header(array: NDArray[Any]) -> dict[str, Any]:
    """Return what `read_arrays` needs to know of an array."""
    return {"dtype": array.dtype.name, "shape": list(array.shape)}


def read_arrays(file: BinaryIO, headers: Sequence[dict[str, Any]]) -> list[NDArray[Any]]:
    """Return the arrays; what a header says is checked before memory is spent.

    Raises:
        ValueError: for a header that announces what is not taken.
        EOFError: if the file ends early.
    """
    arrays, left = [], MOST_ARRAYS
    for header in headers:
        dtype, shape = str(header["dtype"]), [int(side) for side in header["shape"]]
        if dtype not in _DTYPES or min(shape, default=0) < 0:
            raise ValueError(f"an array of {dtype}, {shape}")
        left -= math.prod(shape) * np.dtype(dtype).itemsize
        if left < 0:
            raise ValueError("the arrays are too large")
        array = np.empty(shape, dtype)
        flat: Any = array.reshape(-1).view(np.uint8)
        view = memoryview(flat)
        done = 0
        while done < len(view):
            if not (count := file.readinto(view[done:])):  # type: ignore[attr-defined]
                raise EOFError
            done += count
        arrays.append(array)
    return arrays
