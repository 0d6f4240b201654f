"""The local Ray: a head that listens on loopback alone, or on an address that other machines reach."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from pipelines.core.errors import BackendError, MissingPackageError, SettingsError
from pipelines.core.open_files import atomic_file
from pipelines.core.programs import TRIO

INSTALL = 'pip install "ray[serve]"'
LOOPBACK = "127.0.0.1"
PORT = 6379
STATE = "cluster.json"
LOG = "cluster.log"
DRAIN_SECONDS = 3
STOP_SECONDS = 20.0
_ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 60.0


@dataclass(frozen=True)
class Head:
    """A Ray that `start_head` started. `address`: "host:port" for drivers and for other machines."""

    pid: int
    address: str


def environment(host: str) -> dict[str, str]:
    """Return the variables that Ray reads, for the head, its workers and the drivers.

    Usage statistics are off. Tokens are on: Ray runs whatever code a connection with a token sends. The
    oddly named last variable is what decides on every system whether Ray takes the loopback address for
    itself or looks for one that other machines reach.
    """
    return {
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_AUTH_MODE": os.environ.get("RAY_AUTH_MODE", "token"),
        "RAY_GRACEFUL_SHUTDOWN_DRAIN_TIMEOUT_S": str(DRAIN_SECONDS),
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": str(int(host != LOOPBACK)),
    }


def host_of(address: str) -> str:
    """Return the host of "host:port"."""
    return address.rpartition(":")[0]


def start_head(folder: Path, host: str, port: int, cpus: int, store_mb: int) -> Head:
    """Start Ray in the background and note it in `folder`.

    Args:
        folder: Where the note and the log are written.
        host: Address of this machine.
        port: Of Ray's control service.
        cpus: Cores that Ray may give away.
        store_mb: Shared memory for objects, in MB.

    Raises:
        MissingPackageError: if Ray is not installed.
        SettingsError: if one that was started here still runs.
        BackendError: if it ends at once.
    """
    program = _ray_program()
    if (running := running_head(folder)) is not None:
        raise SettingsError(
            "A cluster started on this computer is already running",
            given=running.address,
            fix=f"Deploy to it with --address, or stop it with: {TRIO} cluster stop",
        )
    folder.mkdir(parents=True, exist_ok=True)
    variables = {**os.environ, **environment(host)}
    variables["PYTHONPATH"] = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
    _ensure_token(program, variables)
    command = [
        *(*program, "start", "--head", "--block", f"--node-ip-address={host}", f"--port={port}"),
        *(f"--num-cpus={cpus}", f"--object-store-memory={store_mb * 1_000_000}"),
        *("--include-dashboard=false", "--disable-usage-stats"),
    ]
    with (folder / LOG).open("wb") as log:
        process = subprocess.Popen(
            command, env=variables, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
    _wait_for_port(process, folder, host, port)
    head = Head(process.pid, f"{host}:{port}")
    with atomic_file(folder / STATE) as file:
        file.write(json.dumps(asdict(head)).encode())
    return head


def _ray_program() -> list[str]:
    if importlib.util.find_spec("ray") is None:
        raise MissingPackageError("The cluster needs Ray, which is not installed", fix=f"Run: {INSTALL}")
    return [sys.executable, "-m", "ray.scripts.scripts"]


def _ensure_token(program: list[str], variables: Mapping[str, str]) -> None:
    """Make Ray's token where there is none; what the command prints is the token, so it is not shown."""
    if variables["RAY_AUTH_MODE"] == "token":
        subprocess.run(
            [*program, "get-auth-token", "--generate"], env=variables, check=True, capture_output=True
        )


def _wait_for_port(process: subprocess.Popen[bytes], folder: Path, host: str, port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex((host, port)) == 0:
                return
        time.sleep(0.2)
    _end(process.pid)
    last = (folder / LOG).read_text("utf-8", "replace").strip().splitlines()[-1:]
    raise BackendError("Ray could not be started", given="".join(last)[:200], fix=f"Read {folder / LOG}")


def running_head(folder: Path) -> Head | None:
    """Return the Ray that was started here and still runs, or None."""
    try:
        head = Head(**json.loads((folder / STATE).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return head if f"--port={head.address.rpartition(':')[2]}" in _process(head.pid) else None


def stop_head(folder: Path) -> Head | None:
    """End the Ray that was started here, and nothing else; return it, or None where none runs."""
    head = running_head(folder)
    if head is not None:
        _end(head.pid)
    (folder / STATE).unlink(missing_ok=True)
    return head


def _process(pid: int) -> str:
    """Return the command of a process; "" where it has ended."""
    try:
        process = psutil.Process(pid)
        return "" if process.status() == psutil.STATUS_ZOMBIE else " ".join(process.cmdline())
    except psutil.Error:
        return ""


def _end(pid: int) -> None:
    """End a head and its processes: first as Ray wants it, then by force."""
    family: list[psutil.Process] = []
    with contextlib.suppress(psutil.Error):
        head = psutil.Process(pid)
        family = [*head.children(recursive=True), head]
        head.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    while _process(pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    for process in family:
        with contextlib.suppress(psutil.Error):
            process.kill()
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
