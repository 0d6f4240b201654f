"""Many programs talk at once: `python -m benchmarks.clients`. Each reply must belong to its own conversation.

Starts the real app in a process of its own, lets N clients send M messages each to /v1/responses, one after
another, and asks the server afterwards what it remembers of each. Writes `docs/results/clients.json` and
the table in `docs/hosting.md`.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.common import DOCS, ROOT, busy, machine, put_table, write_result

START_SECONDS = 180.0
WARM_SECONDS = 300.0
ANSWER_SECONDS = 600.0


@dataclass(eq=False)
class Client:
    """One program: the ids of its responses, what it heard, what went wrong."""

    number: int
    responses: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def talk(self, url: str, turns: int, begin: threading.Barrier) -> None:
        """Send `turns` messages, each after the answer to the one before."""
        import httpx

        with httpx.Client(base_url=url, timeout=ANSWER_SECONDS) as connection:
            begin.wait()
            for turn in range(1, turns + 1):
                started = time.perf_counter()
                try:
                    sent = connection.post("v1/responses", json=self._asked(turn))
                    found = sent.raise_for_status().json()
                except httpx.HTTPError as error:
                    self.errors.append(f"{type(error).__name__}: {error}"[:200])
                    continue
                self.seconds.append(time.perf_counter() - started)
                self.responses.append(found["id"])
                self.heard.append(words_of(found))

    def _asked(self, turn: int) -> dict[str, Any]:
        text = f"I am client number {self.number}, and this is my message {turn}. How are you?"
        return {"input": text, "previous_response_id": self.responses[-1] if self.responses else None}


def words_of(response: dict[str, Any]) -> str:
    """Return the words of a response."""
    parts = [part for item in response["output"] for part in item.get("content", ())]
    return "".join(part["text"] for part in parts)


def mixed_up(clients: list[Client], url: str) -> list[str]:
    """Return what is wrong: a response that the server remembers otherwise than its client, word by word."""
    import httpx

    wrong = []
    every = [name for client in clients for name in client.responses]
    if len(set(every)) != len(every):
        wrong.append("two clients share a response")
    for client in clients:
        before = None
        for name, heard in zip(client.responses, client.heard, strict=True):
            kept = httpx.get(f"{url}v1/responses/{name}").raise_for_status().json()
            if words_of(kept) != heard:
                wrong.append(f"client {client.number}: other words are kept than it heard")
            if kept["previous_response_id"] != before:
                wrong.append(f"client {client.number}: its message follows that of somebody else")
            before = name
    return wrong


class App:
    """`app.py` with a data folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "app.log"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/"
        environment = {
            **os.environ,
            "GRADIO_SERVER_NAME": "127.0.0.1",
            "GRADIO_SERVER_PORT": str(port),
            "TRIO_DATA_DIR": str(folder / "data"),
        }
        with self._log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
            )

    def wait(self) -> None:
        """Wait until the page answers and the models are loaded."""
        import httpx

        self._until(lambda: self.url in self._log.read_text(), START_SECONDS)
        self._until(
            lambda: httpx.get(f"{self.url}readyz", timeout=WARM_SECONDS).status_code == 200, WARM_SECONDS
        )

    def _until(self, done: Any, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not done():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"The page did not start:\n{self._log.read_text()}")
            time.sleep(0.3)

    def memory(self, name: str) -> float:
        """Return a line of the process's /proc status, such as VmHWM, in megabytes."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return round(int(line.split()[1]) / 1024, 1)
        raise SystemExit(f"This system does not tell {name}")

    def stop(self) -> None:
        """End it as a person does, so that everything is on disk."""
        self.process.terminate()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()


def measure(clients: int, turns: int) -> dict[str, Any]:
    """Run it and return the record."""
    with tempfile.TemporaryDirectory(prefix="trio-clients-") as folder:
        app = App(Path(folder))
        try:
            app.wait()
            before = app.memory("VmRSS")
            people = [Client(number) for number in range(1, clients + 1)]
            begin = threading.Barrier(clients)
            started = time.perf_counter()
            with ThreadPoolExecutor(clients) as pool:
                for running in [pool.submit(person.talk, app.url, turns, begin) for person in people]:
                    running.result()
            seconds = time.perf_counter() - started
            peak = app.memory("VmHWM")
            wrong = mixed_up(people, app.url)
        finally:
            app.stop()
    waits = sorted(wait for person in people for wait in person.seconds)
    return {
        "clients": clients,
        "turns_each": turns,
        "answered": sum(len(person.heard) for person in people),
        "errors": [error for person in people for error in person.errors],
        "mixed_up": wrong,
        "seconds": round(seconds, 1),
        "seconds_a_turn_median": round(waits[len(waits) // 2], 2) if waits else None,
        "seconds_a_turn_longest": round(waits[-1], 2) if waits else None,
        "memory_before_mb": before,
        "memory_peak_mb": peak,
        "memory_growth_mb": round(peak - before, 1),
        **machine(),
    }


def table(found: dict[str, Any]) -> list[str]:
    """Return the record as Markdown."""
    rows = {
        "answered": f"{found['answered']} of {found['clients'] * found['turns_each']}",
        "errors": str(len(found["errors"])),
        "responses with a foreign word": str(len(found["mixed_up"])),
        "seconds in all": str(found["seconds"]),
        "seconds a message, median and longest": f"{found['seconds_a_turn_median']}, "
        f"{found['seconds_a_turn_longest']}",
        "resident memory before, at most": f"{found['memory_before_mb']:.0f} MB, "
        f"{found['memory_peak_mb']:.0f} MB",
    }
    head = [
        f"{found['clients']} programs at once, {found['turns_each']} messages each, one after another, on "
        f"{found['machine']}{busy(found)}:",
        "",
        "| what | measured |",
        "|---|---|",
    ]
    return [*head, *(f"| {name} | {value} |" for name, value in rows.items())]


def main() -> None:
    """Measure, print and keep the record; exit code 1 where anything went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--turns", type=int, default=5)
    given = parser.parse_args()
    record = measure(given.clients, given.turns)
    write_result("clients", record)
    put_table(DOCS / "hosting.md", "clients", table(record))
    whole = record["answered"] == given.clients * given.turns
    if record["errors"] or record["mixed_up"] or not whole:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
