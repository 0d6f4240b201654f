"""Decoding in a process of its own: results pass whole, and a death, a delay or an error costs one file."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pipelines.core.isolation as isolation_module
from pipelines.core.errors import DecodeError, EmptyInputError, LimitError
from pipelines.core.isolation import Workers, isolation
from pipelines.core.isolation_worker import read_arrays
from pipelines.image.decode import decode_image
from pipelines.speech.decode import decode_audio


def dies(data: bytes, name: str) -> tuple[dict[str, Any], list[np.ndarray]]:
    os.kill(os.getpid(), signal.SIGSEGV)
    return {}, []


def hangs(data: bytes, name: str) -> tuple[dict[str, Any], list[np.ndarray]]:
    time.sleep(60)
    return {}, []


def refuses(data: bytes, name: str) -> tuple[dict[str, Any], list[np.ndarray]]:
    raise EmptyInputError("There is nothing", given=name)


def blunders(data: bytes, name: str) -> tuple[dict[str, Any], list[np.ndarray]]:
    print("a native library writes to standard output", flush=True)
    os.write(1, b"and past Python")
    raise KeyError("unforeseen")


def hoards(data: bytes, name: str) -> tuple[dict[str, Any], list[np.ndarray]]:
    return {}, [np.ones(5_000_000_000, np.uint8)]


def identity(data: bytes, name: str) -> tuple[dict[str, Any], list[np.ndarray]]:
    return {"process": os.getpid(), "name": name}, [
        np.frombuffer(data, np.uint8),
        np.zeros((0, 3), np.float32),
    ]


@pytest.fixture
def workers() -> Any:
    found = Workers(most=1, seconds=100)
    yield found
    found.close()


def test_bytes_and_arrays_pass_whole(workers: Workers) -> None:
    data = np.random.default_rng(0).bytes(3_000_000)
    fields, (same, empty) = workers.call(identity, data, "n\u00e4me")
    assert same.tobytes() == data and empty.shape == (0, 3)
    assert fields["name"] == "n\u00e4me" and fields["process"] != os.getpid()


def test_one_process_serves_many_files(workers: Workers) -> None:
    assert len({workers.call(identity, b"x", "a")[0]["process"] for _ in range(5)}) == 1


def test_a_death_costs_one_file(workers: Workers) -> None:
    with pytest.raises(DecodeError, match="decoder crash") as caught:
        workers.call(dies, b"x", "a.jpg")
    assert "a.jpg" in str(caught.value)
    assert workers.call(identity, b"y", "b")[1][0].tobytes() == b"y"


def test_a_file_that_takes_too_long_is_given_up() -> None:
    workers = Workers(most=1, seconds=1.0)
    with pytest.raises(LimitError, match="too long"):
        workers.call(hangs, b"x", "a.jpg")
    workers._seconds = 100.0  # a busy machine needs more than the second to import this file
    assert workers.call(identity, b"y", "b")[0]["name"] == "b"
    workers.close()


def test_errors_of_the_decoder_come_through(workers: Workers) -> None:
    with pytest.raises(EmptyInputError, match="There is nothing"):
        workers.call(refuses, b"", "a")
    with pytest.raises(RuntimeError, match="unforeseen"):
        workers.call(blunders, b"", "a")
    assert workers.call(identity, b"y", "b")[0]["name"] == "b"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps to the limit of memory")
def test_memory_is_limited(workers: Workers) -> None:
    with pytest.raises(LimitError, match="memory"):
        workers.call(hoards, b"", "a")
    assert workers.call(identity, b"y", "b")[0]["name"] == "b"


def test_a_process_is_replaced_after_many_files(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation_module, "MOST_FILES", 2)
    assert len({workers.call(identity, b"x", "a")[0]["process"] for _ in range(4)}) == 2


def test_calls_of_many_threads_keep_apart() -> None:
    workers, wrong = Workers(most=2), list[int]()

    def work(number: int) -> None:
        data = bytes([number]) * 10_000
        if workers.call(identity, data, str(number))[1][0].tobytes() != data:
            wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    workers.close()
    assert wrong == []


def test_what_a_process_announces_is_checked_before_memory_is_spent() -> None:
    for header in (
        {"dtype": "object", "shape": [1]},
        {"dtype": "uint8", "shape": [10**12]},
        {"dtype": "uint8", "shape": [-1]},
    ):
        with pytest.raises(ValueError):
            read_arrays(io.BytesIO(b""), [header])
    with pytest.raises(EOFError):
        read_arrays(io.BytesIO(b"123"), [{"dtype": "uint8", "shape": [4]}])


def test_the_decoders_give_the_same_with_and_without(samples: Path) -> None:
    picture, sound = samples / "sign.png", samples / "aishell.flac"
    plain = decode_image(picture).pixels, decode_audio(sound).samples
    with isolation():
        apart = decode_image(picture).pixels, decode_audio(sound).samples
        with pytest.raises(DecodeError, match="not a readable picture"):
            decode_image(b"no picture")
    assert all(map(np.array_equal, plain, apart))


def test_decoding_goes_on_where_no_process_can_be_started(
    samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with isolation():
        assert decode_image(samples / "sign.png").width > 10


def test_isolation_starts_nothing_before_it_is_needed_and_ends_what_it_started(samples: Path) -> None:
    with isolation(), isolation():
        workers = isolation_module._State.workers
        assert workers is not None and not workers._idle
        decode_image(samples / "sign.png")
        (worker,) = workers._idle
    assert not worker.alive and isolation_module._State.workers is None


def test_the_process_imports_neither_the_app_nor_models() -> None:
    code = (
        "import sys; from pipelines.core.isolated import _IMPORTS; import importlib\n"
        "[importlib.import_module(name) for name in _IMPORTS]; print(*sys.modules)"
    )
    names = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"chatbot", "gradio", "onnxruntime", "faster_whisper", "ctranslate2", "scipy"} & set(names)


def test_the_process_ends_with_the_program() -> None:
    code = (
        "import os, sys; from pipelines.core.isolation_worker import Worker\n"
        "worker = Worker(); print(worker.process_id, flush=True); os._exit(0)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    process = int(told.stdout)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return
        if sys.platform == "linux" and " Z " in Path(f"/proc/{process}/stat").read_text("ascii"):
            return  # ended; whoever took it over has not collected it yet
        time.sleep(0.05)
    pytest.fail("the process outlived the program")
