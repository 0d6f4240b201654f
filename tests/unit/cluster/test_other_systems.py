"""What Trio does where Linux's calls are not there: the branches for Windows and macOS."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchmarks import common
from chatbot.cli.server.run import ending_signals
from chatbot.cluster import ray_head
from chatbot.generators.llama import writing_threads
from chatbot.history.media_folder import MediaFolder, Staged
from chatbot.history.process_lock import ProcessLock
from chatbot.web import listening
from pipelines.core import memory, open_files
from pipelines.core.programs import install_command

ENDLESS = [sys.executable, "-c", "import sys, time; print(flush=True); time.sleep(600)", "--port=1"]


class Windows:
    """`os` as a module on Windows has it: what others have open cannot be replaced for `held` tries."""

    name = "nt"

    def __init__(self, held: int) -> None:
        self.held = held

    def replace(self, source: Path, target: Path) -> None:
        self.held -= 1
        if self.held >= 0:
            raise PermissionError(13, "in use")
        os.replace(source, target)


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)


@pytest.mark.usefixtures("no_waiting")
def test_a_file_that_another_has_open_is_replaced_a_moment_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new, old = tmp_path / "new", tmp_path / "old"
    new.write_text("new")
    old.write_text("old")
    monkeypatch.setattr(open_files, "os", Windows(3))
    open_files.replace_file(new, old)
    assert old.read_text() == "new" and not new.exists()
    monkeypatch.setattr(open_files, "os", Windows(1000))
    with pytest.raises(PermissionError):
        open_files.replace_file(old, new)


def test_elsewhere_a_refusal_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refusing = Windows(1)
    refusing.name = "posix"
    monkeypatch.setattr(open_files, "os", refusing)
    with pytest.raises(PermissionError):
        open_files.replace_file(tmp_path / "a", tmp_path / "b")


def test_a_kept_file_that_a_page_shows_stays_for_the_next_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = MediaFolder(tmp_path)
    folder.prepare()
    (tmp_path / "draft").write_bytes(b"x")
    kept = folder.place("ann", Staged(tmp_path / "draft", "ab" * 32, ".png", "image/png", 1), ".png")

    def held(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "in use")

    with monkeypatch.context() as patched:
        patched.setattr(open_files, "os", Windows(0))
        patched.setattr(Path, "unlink", held)
        folder.remove("ann", "ab" * 32, ".png")
    assert kept.exists()
    folder.remove("ann", "ab" * 32, ".png")
    assert not kept.exists()


def test_a_folder_that_cannot_be_opened_is_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = MediaFolder(tmp_path)
    folder.prepare()
    (tmp_path / "draft").write_bytes(b"x")
    opening = os.open

    def refused(path: Any, *more: Any, **options: Any) -> int:
        if Path(path).is_dir():
            raise PermissionError(13, "a folder")
        return opening(path, *more, **options)

    monkeypatch.setattr(os, "open", refused)
    staged = Staged(tmp_path / "draft", "cd" * 32, ".png", "image/png", 1)
    assert folder.place("ann", staged, ".png").read_bytes() == b"x"


def test_a_dead_process_counts_as_dead_while_its_sign_cannot_be_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other.lock").touch()

    def held(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "in use")

    monkeypatch.setattr(Path, "unlink", held)
    assert not ProcessLock(tmp_path).is_alive("other")


@pytest.mark.parametrize(("cores", "writing"), [(8, 2), (2, 1), (None, 1)])
def test_cores_are_counted_where_no_process_is_bound_to_some(
    cores: int | None, writing: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert writing_threads(2) == writing


def test_a_port_is_taken_for_itself_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "SO_EXCLUSIVEADDRUSE", -5, raising=False)
    assert listening._port_option() == -5
    monkeypatch.delattr(socket, "SO_EXCLUSIVEADDRUSE")
    assert listening._port_option() == socket.SO_REUSEADDR


def test_ctrl_break_ends_the_server_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(signal, "SIGBREAK", raising=False)
    assert ending_signals() == [signal.SIGINT, signal.SIGTERM]
    monkeypatch.setattr(signal, "SIGBREAK", 21, raising=False)
    assert ending_signals() == [signal.SIGINT, signal.SIGTERM, 21]


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_only_glibc_is_told_to_give_memory_back(system: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_: Any) -> None:
        raise AssertionError("there is no C library under this name")

    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(ctypes, "CDLL", none)
    memory.return_freed_memory()


def test_another_c_library_has_no_such_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    memory.return_freed_memory()


def test_a_head_and_its_children_end_without_process_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "killpg", raising=False)
    monkeypatch.setattr(ray_head, "STOP_SECONDS", 5.0)
    parent = f"import subprocess; subprocess.Popen({ENDLESS!r}).wait()"
    process = subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline()  # the child is there
    (child,) = psutil.Process(process.pid).children()
    assert "--port=1" in ray_head._process(child.pid)
    ray_head._end(process.pid)
    process.wait(10)
    child.wait(10)
    assert ray_head._process(process.pid) == ray_head._process(child.pid) == ""


def test_the_peak_of_memory_is_told_without_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "exists", lambda _: False)
    assert common.peak_megabytes() > 1.0


@pytest.mark.parametrize(
    ("system", "command"), [("win32", "winget "), ("darwin", "brew "), ("linux", "apt-get ")]
)
def test_the_voice_of_other_languages_is_installed_as_the_system_does(
    system: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    assert install_command("espeak-ng").startswith(command)
