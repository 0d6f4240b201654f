"""What this machine could do at best, beside what the reply's model does on it: `python -m benchmarks.floor`.

Writing a token reads every weight once: no machine writes faster than its memory is read (the memory wall,
Pope et al., 2022, arXiv:2211.05102). Reading a prompt multiplies each weight with every token: there the
arithmetic is the floor. Both are measured here, with as many threads as the model has. Writes
docs/results/floor.json and the table of docs/latency.md.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from benchmarks.common import DOCS, machine, median, put_table, write_result
from benchmarks.mind.models import stored
from chatbot.config.settings import Settings
from chatbot.generators.llama import start_server, writing_threads

MEGABYTES = 256
SIDE = 1024
REPEATS = 5
PARAMETERS = 1.54e9
"""Of the 1.5B (https://huggingface.co/Qwen/Qwen2.5-Coder-1.5B-Instruct)."""
MODEL = "qwen-1.5b"
READ = " ".join(f"Item {n} lies in drawer {n * 5 % 11}." for n in range(60))
WRITTEN = 64
STEPS = {
    "transcribe voice": "transcribing the recording",
    "speech-emotion voice": "emotion of the voice",
    "caption picture 1": "describing the picture",
    "ocr picture 1": "reading its text",
    "detect picture 1": "finding its objects",
    "generate": "writing the reply",
    "speak": "first sound of the voice",
}


def best(job: Callable[[], object]) -> float:
    """Return the seconds of the fastest of some runs."""
    seconds = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        job()
        seconds.append(time.perf_counter() - begun)
    return min(seconds)


def bandwidth(threads: int) -> float:
    """Return the gigabytes a second at which `threads` threads read memory."""
    blocks = [np.ones(MEGABYTES * 250_000, np.float32) for _ in range(threads)]
    with ThreadPoolExecutor(threads) as pool:

        def read() -> list[np.float32]:
            return list(pool.map(np.add.reduce, blocks))

        return threads * blocks[0].nbytes / best(read) / 1e9


def arithmetic(threads: int) -> float:
    """Return the billions of float32 operations a second in products of matrices."""
    left: NDArray[np.float32] = np.ones((SIDE, SIDE), np.float32)
    with threadpool_limits(threads):
        return float(2 * SIDE**3 / best(lambda: left @ left) / 1e9)


def speed(path: Path, threads: int) -> dict[str, float]:
    """Return the tokens a second that llama.cpp reads and writes."""
    server = start_server(path, threads, mapped=False)
    found: dict[str, list[float]] = {"read": [], "written": []}
    for number in range(REPEATS):
        timings: dict[str, float] = {}

        def take(chunk: Mapping[str, Any], timings: dict[str, float] = timings) -> bool:
            timings |= chunk.get("timings") or {}
            return False

        asked = f"{number}. {READ} Tell me a story about them."
        request = {"messages": [{"role": "user", "content": asked}], "max_tokens": WRITTEN, "stream": True}
        server.handle_chat_completions(request, take)
        found["read"].append(timings["prompt_per_second"])
        found["written"].append(timings["predicted_per_second"])
    return {name: median(values, 1) for name, values in found.items()}


def measure(threads: int) -> dict[str, Any]:
    """Return what the machine and the model do, with one thread and with all."""
    path = stored(MODEL)
    counts = sorted({1, threads})
    return {
        **machine(),
        "model_gigabytes": round(path.stat().st_size / 1e9, 3),
        "gigabytes_a_second": {str(n): round(bandwidth(n), 1) for n in counts},
        "gigaflops": {str(n): round(arithmetic(n)) for n in counts},
        "writing_threads": writing_threads(threads),
        "tokens_a_second": {str(n): speed(path, n) for n in counts},
    }


def table(found: Mapping[str, Any], turn: Mapping[str, Any]) -> list[str]:
    """Return the page's tables."""
    threads = max(found["gigaflops"], key=int)
    tokens = found["tokens_a_second"][threads]
    writers = found["writing_threads"]
    memory = found["gigabytes_a_second"][str(writers)]
    writing = memory / found["model_gigabytes"]
    reading = found["gigaflops"][threads] * 1e9 / (2 * PARAMETERS)
    who = f"{threads} threads read, {writers} writes beside the voice"
    lines = [
        f"On {found['machine']}, load {found['load']}; {who}:",
        "",
        "| | measured | floor | times the floor |",
        "|---|---|---|---|",
        f"| a token written | {1000 / tokens['written']:.0f} ms | {1000 / writing:.0f} ms: "
        f"{found['model_gigabytes']} GB at {memory} GB/s | "
        f"{writing / tokens['written']:.1f} |",
        f"| a token of the prompt read | {1000 / tokens['read']:.1f} ms | {1000 / reading:.1f} ms: "
        f"2 x 1.54 billion operations at {found['gigaflops'][threads]} GFLOP/s (float32) | "
        f"{reading / tokens['read']:.1f} |",
        "",
        "| step of a turn with text, picture and recording | seconds, alone |",
        "|---|---|",
    ]
    stages = turn["as_it_ships"]["stages_plain"]
    return [*lines, *(f"| {name} | {stages[stage]:.2f} |" for stage, name in STEPS.items())]


def main() -> None:
    """Measure, print and write."""
    found = measure(Settings().threads)
    write_result("floor", found)
    turn = json.loads((DOCS / "results" / "turn.json").read_text("utf-8"))
    lines = table(found, turn)
    put_table(DOCS / "latency.md", "floor", lines)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
