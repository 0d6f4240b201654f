"""Calls a second against the number of replicas: `python -m benchmarks.cluster`, beside one process.

Starts a Ray of its own on loopback, deploys one deployment after the other with one and with two replicas,
and lets a few clients call it as fast as it answers. All the models take one thread and a replica answers one
call at a time, so that one replica is one core's work and two are two cores'; in the one process the clients'
calls share both cores. More replicas than cores would measure the scheduler.
Writes `docs/results/cluster.json` and the tables of docs/cluster.md.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import DOCS, busy, machine, put_table, write_result
from chatbot.cluster.deploy import connected, deploy
from chatbot.cluster.plan import DEPLOYMENTS, ClusterPlan
from chatbot.cluster.ray_head import start_head, stop_head
from chatbot.config.backends import CHATBOT_TABLE
from pipelines.core.assets import SAMPLES
from pipelines.core.registry import Registry
from pipelines.core.types import Image, Stage
from pipelines.core.weights import WeightStore
from pipelines.image.decode import decode_image
from pipelines.speech.decode import decode_audio

REPLICAS = (1, 2)
CLIENTS = 4
SECONDS = 8.0
REPLY_TOKENS = 40
TURNS_AN_HOUR = 20
USERS = 1000
UTILISATION = 0.6
_ONE: Mapping[str, Any] = {"threads": 1}
ONE_THREAD: Mapping[Stage, Mapping[str, Any]] = {
    Stage.EMBED: _ONE,
    Stage.FEELINGS: _ONE,
    Stage.IMAGE_FEATURES: _ONE,
    Stage.CAPTION: {"trio": _ONE},
    Stage.OCR: _ONE,
    Stage.DETECT: _ONE,
    Stage.TRANSCRIBE: _ONE,
    Stage.GENERATE: _ONE,
}
Call = Callable[[Registry, int], Any]


@dataclass(frozen=True)
class Load:
    """What is asked of a deployment. `calls`: at most, `a_turn`: how many of them a turn makes."""

    deployment: str
    stage: Stage
    what: str
    call: Call
    calls: int
    a_turn: float


def _loads() -> tuple[Load, ...]:
    sound, photo = decode_audio(SAMPLES / "jfk.flac"), decode_image(SAMPLES / "cat.jpg")

    def feel(registry: Registry, number: int) -> Any:
        return registry.get(Stage.FEELINGS).read(f"I saw {number} dogs on the grass and I was happy.")

    def embed(registry: Registry, number: int) -> Any:
        return registry.get(Stage.EMBED).embed([f"I saw {number} dogs on the grass and I was happy."])

    def caption(registry: Registry, number: int) -> Any:
        return registry.get(Stage.CAPTION).caption(Image(np.roll(photo.pixels, number, axis=1)))

    def read(registry: Registry, number: int) -> Any:
        return registry.get(Stage.OCR).read(Image(np.roll(photo.pixels, number, axis=1)))

    def hear(registry: Registry, number: int) -> Any:
        transcript = registry.get(Stage.TRANSCRIBE).transcribe(sound)
        return registry.get(Stage.SPEECH_EMOTION).classify(sound, transcript.encoding)

    def say(registry: Registry, number: int) -> Any:
        return list(
            registry.get(Stage.SPEAK).stream(f"I can see {number} dogs that run over the green grass.")
        )

    def reply(registry: Registry, number: int) -> Any:
        said = [{"role": "user", "content": f"Tell me something about the number {number}."}]
        generator = registry.get(Stage.GENERATE)
        return list(generator.stream(said, temperature=0.0, max_tokens=REPLY_TOKENS))

    return (
        Load("reading", Stage.FEELINGS, "feelings of a sentence", feel, 400, 1.0),
        Load("reading", Stage.EMBED, "embedding of a sentence", embed, 400, 0.0),
        Load("seeing", Stage.CAPTION, "caption of a photo", caption, 80, 0.3),
        Load("seeing", Stage.OCR, "text of a photo", read, 24, 0.3),
        Load("hearing", Stage.TRANSCRIBE, "words and emotion of 11 s of speech", hear, 24, 0.5),
        Load("speaking", Stage.SPEAK, "a spoken sentence", say, 80, 2.0),
        Load("replying", Stage.GENERATE, f"a reply of {REPLY_TOKENS} tokens", reply, 24, 1.0),
    )


def run_load(load: Load, registry: Registry) -> dict[str, Any]:
    """Let the clients call until the calls or the time are used up; return what came of it."""
    load.call(registry, 0)
    numbers, lock, waits = iter(range(1, load.calls + 1)), threading.Lock(), []
    cpu, begun = time.process_time(), time.perf_counter()

    def client() -> None:
        while time.perf_counter() - begun < SECONDS:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            started = time.perf_counter()
            load.call(registry, number)
            waits.append(time.perf_counter() - started)

    with ThreadPoolExecutor(CLIENTS) as pool:
        for running in [pool.submit(client) for _ in range(CLIENTS)]:
            running.result()
    seconds = time.perf_counter() - begun
    p50, p95 = np.percentile(waits, [50, 95])
    return {
        "calls": len(waits),
        "calls_a_second": round(len(waits) / seconds, 2),
        "seconds_p50": round(float(p50), 4),
        "seconds_p95": round(float(p95), 4),
        "cpu_seconds_a_call": round((time.process_time() - cpu) / len(waits), 4),
    }


def in_one_process(loads: tuple[Load, ...]) -> dict[str, dict[str, Any]]:
    """Return the baseline: the same calls from as many threads, without Ray."""
    found = {}
    for load in loads:
        registry = Registry(CHATBOT_TABLE, WeightStore(), options=ONE_THREAD)
        found[load.what] = run_load(load, registry)
        registry.unload()
    return found


def in_the_cluster(
    loads: tuple[Load, ...], replicas: int, port: int
) -> Iterator[tuple[str, dict[str, Any], dict[str, int]]]:
    """Yield what each load gives, one deployment at a time, with the memory of its largest replica."""
    for name in dict.fromkeys(load.deployment for load in loads):
        one = DEPLOYMENTS[name].model_copy(update={"replicas": replicas, "max_ongoing": 1})
        threads = {stage: ONE_THREAD[stage] for stage in one.stages if stage in ONE_THREAD}
        deploy(ClusterPlan(port=port, deployments={name: one}, options=threads), lambda _: None)
        for load in (load for load in loads if load.deployment == name):
            place = {"address": f"http://127.0.0.1:{port}"}
            choices = dict.fromkeys(one.stages, "ray")
            registry = Registry(CHATBOT_TABLE, WeightStore(), choices, dict.fromkeys(one.stages, place))
            found = run_load(load, registry)
            del found["cpu_seconds_a_call"]  # of the client; the replicas' is that of one process
            registry.unload()
            yield load.what, found, {name: _replica_memory(name)}


def _replica_memory(deployment: str) -> int:
    """Return the resident megabytes of a deployment's largest replica."""
    shown = subprocess.run(
        ["ps", "-A", "-o", "rss=", "-o", "args="], capture_output=True, text=True, check=True
    ).stdout
    mine = (line.split()[0] for line in shown.splitlines() if f"ServeReplica:trio-{deployment}:" in line)
    return max(map(int, mine)) // 1024


def measure() -> dict[str, Any]:
    """Measure one process and each number of replicas; return the record."""
    loads, where = _loads(), machine()
    rows: dict[str, dict[str, Any]] = {load.what: {} for load in loads}
    memory: dict[str, int] = {}
    for what, found in in_one_process(loads).items():
        rows[what]["one process"] = found
    with _own_ray() as (address, port), connected(address):
        for replicas in REPLICAS:
            for what, found, megabytes in in_the_cluster(loads, replicas, port):
                rows[what][f"replicas: {replicas}"] = found
                memory = {**memory, **{k: max(n, memory.get(k, 0)) for k, n in megabytes.items()}}
    return {"clients": CLIENTS, "loads": rows, "replica_memory_mb": memory, **where}


@contextmanager
def _own_ray() -> Iterator[tuple[str, int]]:
    """Start a Ray on loopback; yield its address and a port for the proxy; end it."""
    with tempfile.TemporaryDirectory(prefix="trio-cluster-") as folder:
        ray, port = _free_port(), _free_port()
        try:
            yield start_head(Path(folder), "127.0.0.1", ray, os.cpu_count() or 1, 200).address, port
        finally:
            stop_head(Path(folder))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def throughput(record: dict[str, Any]) -> list[str]:
    """Return the table of calls a second, with the median and the 95th percentile of their seconds."""
    ways = ["one process", *(f"replicas: {count}" for count in REPLICAS)]
    lines = [f"| call | {' | '.join(ways)} |", f"|---|{'---|' * len(ways)}"]
    for what, found in record["loads"].items():
        cells = [_cell(found[way]) for way in ways]
        lines.append(f"| {what} | {' | '.join(cells)} |")
    note = busy(record)
    return [*lines, "", f"{record['clients']} clients on {record['machine']}{note}."]


def _cell(found: dict[str, Any]) -> str:
    return f"{found['calls_a_second']:.1f} ({found['seconds_p50']:.2f}, {found['seconds_p95']:.2f})"


def sizing(record: dict[str, Any]) -> list[str]:
    """Return the table of replicas for `USERS`, one core a replica: rate x seconds of CPU / utilisation."""
    turns = USERS * TURNS_AN_HOUR / 3600
    seconds: dict[str, float] = {}
    for load in _loads():
        cpu = record["loads"][load.what]["one process"]["cpu_seconds_a_call"]
        seconds[load.deployment] = seconds.get(load.deployment, 0.0) + cpu * load.a_turn
    lines = [
        "| deployment | CPU seconds a turn | busy cores | replicas | MB a replica | GB in all |",
        "|---|---|---|---|---|---|",
    ]
    total, memory = 0, 0.0
    for name, cpu in seconds.items():
        count = math.ceil(turns * cpu / UTILISATION)
        each = record["replica_memory_mb"][name]
        total, memory = total + count, memory + count * each / 1000
        lines.append(
            f"| {name} | {cpu:.2f} | {turns * cpu:.1f} | {count} | {each} | {count * each / 1000:.1f} |"
        )
    whole = sum(seconds.values())
    return [
        *lines,
        f"| all | {whole:.2f} | {turns * whole:.1f} | {total} | | {memory:.1f} |",
    ]


def main() -> None:
    """Measure, print, keep the record and put the tables into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", action="store_true", help="write the page's tables from the kept record")
    page = DOCS / "cluster.md"
    if parser.parse_args().tables:
        record = json.loads((DOCS / "results" / "cluster.json").read_text("utf-8"))
    else:
        record = measure()
        write_result("cluster", record)
    put_table(page, "throughput", throughput(record))
    put_table(page, "sizing", sizing(record))


if __name__ == "__main__":
    main()
