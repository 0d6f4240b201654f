"""A real Ray of two cores with Trio's stages in it, started and stopped by the command line."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from chatbot.config.backends import CHATBOT_TABLE
from pipelines.core.registry import Registry
from pipelines.core.types import Stage
from pipelines.core.weights import WeightStore

ROOT = Path(__file__).resolve().parents[2]
REAL = """
port = {port}
app = "t{port}"
[deployments.words]
stages = ["embed", "feelings", "sentiment", "text-emotion", "danger"]
replicas = 2
cpus = 0.3
memory_mb = 500
[deployments.rest]
stages = ["transcribe", "speech-emotion", "image-features", "caption", "ocr", "detect", "speak", "generate"]
cpus = 1
memory_mb = 1200
max_ongoing = 6
"""
NOTING = """
port = {port}
app = "noting"
table = "tests.support.cluster_backends:TABLE"
[options.speak]
notes = "{notes}"
[options.caption]
notes = "{notes}"
[deployments.noting]
stages = ["speak", "caption", "text-emotion"]
cpus = 0.2
memory_mb = 200
[deployments.scaling]
stages = ["sentiment"]
cpus = 0.1
memory_mb = 200
max_replicas = 2
target_ongoing = 1
scale_up_seconds = 1
scale_down_seconds = 1
"""
PUSHES = {f"RAY_SERVE_{of}_AUTOSCALING_METRIC_PUSH_INTERVAL_S": "0.5" for of in ("REPLICA", "HANDLE")}
"""How often Serve hears of the requests in progress: every 10 s without."""


@dataclass(frozen=True)
class Cluster:
    address: str
    app: str
    ray: str
    plan: Path
    notes: Path
    environment: dict[str, str]

    def registry(self, app: str | None = None, **more: Any) -> Registry:
        given = {"address": self.address, "app": app or self.app, **more}
        choices = dict.fromkeys(Stage, "ray")
        return Registry(CHATBOT_TABLE, WeightStore(), choices, dict.fromkeys(Stage, given))

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "chatbot", "cluster", *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=250, env=self.environment, cwd=ROOT
        )

    def noted(self, text: str) -> bool:
        """Whether a replica notes this within a minute."""
        return until(lambda: text in self.notes.read_text().splitlines())


def until(true: Callable[[], bool], seconds: float = 60.0) -> bool:
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.05)
    return true()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def replicas(application: str) -> list[int]:
    shown = subprocess.run(
        ["ps", "-A", "-o", "pid=", "-o", "args="], capture_output=True, text=True, check=True
    )
    lines = (line.split(None, 1) for line in shown.stdout.splitlines())
    return sorted(int(pid) for pid, args in lines if f"ServeReplica:{application}:" in args)


@contextlib.contextmanager
def clustered(folder: Path) -> Iterator[Cluster]:
    """Start the cluster with both plans; stop it, and see that it is gone."""
    port, ray = free_port(), free_port()
    notes = folder / "notes"
    notes.touch()
    (folder / "plan.toml").write_text(REAL.format(port=port))
    (folder / "noting.toml").write_text(NOTING.format(port=port, notes=notes))
    variables = {"TRIO_DATA_DIR": str(folder), "RAY_AUTH_TOKEN": secrets.token_hex(32), **PUSHES}
    found = Cluster(
        f"http://127.0.0.1:{port}",
        f"t{port}",
        f"127.0.0.1:{ray}",
        folder / "plan.toml",
        notes,
        os.environ | variables,
    )
    try:
        for more in (
            ("--plan", str(found.plan), "--ray-port", str(ray), "--store-mb", "100"),
            ("--plan", str(folder / "noting.toml"), "--address", found.ray),
        ):
            started = found.command("start", *more)
            assert started.returncode == 0, started.stderr
        yield found
    finally:
        stopped = found.command("stop")
    assert "Stopped Ray" in stopped.stdout, stopped.stderr
    with pytest.raises(httpx.ConnectError):
        httpx.get(found.address)
