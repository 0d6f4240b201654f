"""Opening and running ONNX graphs whose weights stay in somebody else's file.

A graph in `assets/models` is a few kilobytes: its large initialisers are ONNX *external data*, each a
(file, offset, length) that points straight into the published weight file, safetensors or other. The
bytes have been verified by the weight store; ONNX Runtime copies the slices it needs, nothing is
unpickled and nothing is kept twice. A graph that holds its weights itself is opened by its path: a session
keeps the bytes that it is given for as long as it lives.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.core.errors import ModelError
from pipelines.core.programs import TRIO
from pipelines.core.said import said

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

DEFAULT_THREADS = 2
_VERIFY_COMMAND = f"{TRIO} models verify"


class Session:
    """An ONNX Runtime session whose runs take their memory from an arena, and give it back at their end.

    Without an arena the system maps and clears every large tensor anew: the Mandarin voice took 2.6 times as
    long, finding objects 2.3 times. One that kept what it has would keep the most that any input ever took.

    Args:
        session: Opened with an arena.
    """

    def __init__(self, session: InferenceSession) -> None:
        from onnxruntime import RunOptions

        self._session, self._options = session, RunOptions()
        self._options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")

    def run(self, outputs: Sequence[str] | None, inputs: Mapping[str, Any]) -> list[Any]:
        """Return the named outputs, or all of them, as arrays."""
        return list(self._session.run(outputs, inputs, self._options))


@contextmanager
def map_file(path: Path) -> Iterator[mmap.mmap]:
    """Map a file into memory for reading, so that its pages need not be held twice."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        yield view


def open_session(
    graph: Path | bytes,
    weights: Mapping[str, bytes | mmap.mmap] | None = None,
    threads: int = DEFAULT_THREADS,
) -> Session:
    """Return a session on the CPU.

    Args:
        graph: The graph's file, or its bytes.
        weights: Contents of the files that the graph names as external data, by that name. They are
            not needed any more once this function has returned.
        threads: Threads inside one operator. They sleep when idle (no spinning), because several
            back-ends share the cores.

    Raises:
        ModelError: if the graph cannot be read or does not fit the weights.
    """
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # shapes differ from call to call
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if weights:
        names, buffers = list(weights), list(weights.values())
        options.add_external_initializers_from_files_in_memory(names, buffers, [len(b) for b in buffers])
    try:
        source = str(graph) if isinstance(graph, Path) else graph
        return Session(ort.InferenceSession(source, options, providers=["CPUExecutionProvider"]))
    except Exception as error:  # ONNX Runtime raises a dozen classes of its own, all of them from here
        raise ModelError(
            said("An ONNX graph could not be opened"),
            given=f"{graph if isinstance(graph, Path) else 'bytes'}: {_first_line(error)}",
            fix=said("Verify the models with: {command}", command=_VERIFY_COMMAND),
        ) from error


def open_mapped(graph: Path, weights: Path, threads: int = DEFAULT_THREADS) -> Session:
    """Return `open_session` of a graph whose external data all lies in the file `weights`."""
    with map_file(weights) as view:
        return open_session(graph, {weights.name: view}, threads)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200]
