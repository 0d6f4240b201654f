"""Trio beside the plain way to wire such a chatbot up: `python -m benchmarks.peers [--data DIR]`.

The plain way: openai-whisper base, a captioner and a language model in transformers, one after another, and a
voice that reads the whole reply. Each system is a process of its own; they answer the same 20 turns in
alternation. Trio answers first: the plain system's reply is as long as Trio's, and its prompt has Trio's
captions, because its own captioner has random weights. Writes docs/results/peers.json and the tables in
docs/peers.md; `--table` writes the tables alone, from the last result.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.common import DATA, DOCS, ROOT, busy, machine, median, put_table, write_result
from benchmarks.peers_systems import CAPTION_TOKENS, Answer, Asked
from benchmarks.peers_turns import KINDS, TURNS, WARM_UP, inputs_of, kind_of
from benchmarks.peers_weights import prepare
from chatbot.config.settings import Settings

WEIGHTS = ROOT / "runs" / "peers"
STARTS = 3
PACKAGES = (
    "openai-whisper",
    "torch",
    "transformers",
    "faster-whisper",
    "onnxruntime",
    "xllamacpp",
    "hibari-tts",
)
Value = Callable[[Answer], float]
MEASURES: dict[str, Value] = {
    "first_text": lambda answer: answer.first_text,
    "first_audio": lambda answer: answer.first_audio,
    "total": lambda answer: answer.total,
}
NOTES = {
    "captioner": "BLIP base with random weights: its time and memory count, its captions are not used",
    "captions": "both generators read the captions of Trio's captioner",
    "caption_tokens": CAPTION_TOKENS,
    "replies": "the plain system writes exactly as many tokens as Trio did in the same turn; both greedy",
    "first_text": "plain: at the end of generate(); streamed: at the first piece of TextIteratorStreamer",
    "memory": "VmHWM of a process with all its threads; files mapped into memory count",
    "decoding": "files are decoded before the clock starts, for both",
}


@dataclass(frozen=True)
class Row:
    """One turn as Trio, the plain system, and the plain system with streamed text answered it."""

    number: int
    trio: Answer
    plain: Answer
    streamed: Answer


class Worker(AbstractContextManager["Worker"]):
    """A system in its process. `start_seconds`: from the start of the process until it is loaded."""

    def __init__(self, name: str, data: Path) -> None:
        command = [sys.executable, "-m", "benchmarks.peers_systems", name, str(WEIGHTS), str(data)]
        begun = time.perf_counter()
        self._process = subprocess.Popen(
            command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.start_peak: float = self._read()["peak"]
        self.start_seconds = time.perf_counter() - begun

    def ask(self, asked: Asked) -> Answer:
        """Let it answer a turn. Raises RuntimeError if it ends instead."""
        assert self._process.stdin is not None
        print(json.dumps(asdict(asked)), file=self._process.stdin, flush=True)
        return Answer(**self._read())

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"The process ended with {self._process.wait()}; its errors are above")
        found: dict[str, Any] = json.loads(line)
        return found

    def __exit__(self, *_: object) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)


def answer_turn(number: int, trio: Worker, plain: Worker) -> Row:
    """Let each system answer a turn; the plain one both ways, which comes first changes from turn to turn."""
    ours = trio.ask(Asked(number))
    theirs = {
        streamed: plain.ask(Asked(number, streamed, max(1, ours.tokens), ours.captions))
        for streamed in ((False, True) if number % 2 else (True, False))
    }
    return Row(number, ours, theirs[False], theirs[True])


def measure(data: Path, turns: int) -> dict[str, Any]:
    """Start, warm up, answer the first `turns` turns."""
    starts: dict[str, list[float]] = {"trio": [], "plain": []}
    for _ in range(STARTS - 1):
        for name, seconds in starts.items():
            with Worker(name, data) as worker:
                seconds.append(worker.start_seconds)
    with Worker("trio", data) as trio, Worker("plain", data) as plain:
        for name, worker in (("trio", trio), ("plain", plain)):
            starts[name].append(worker.start_seconds)
        loaded = {"trio": trio.start_peak, "plain": plain.start_peak}
        answer_turn(WARM_UP, trio, plain)
        rows = [answer_turn(number, trio, plain) for number in range(turns)]
    return {**summary(rows, starts), "memory_loaded": loaded, "turns": [asdict(row) for row in rows]}


def summary(rows: Sequence[Row], starts: dict[str, list[float]]) -> dict[str, Any]:
    """Return medians and quartiles, seconds; a ratio is the plain system's value by Trio's of the turn."""
    last = rows[-1]
    peaks = {"trio": last.trio.peak, "plain": max(last.plain.peak, last.streamed.peak)}
    return {
        **{name: compared(rows, value) for name, value in MEASURES.items()},
        "first_sentence": quartiles(row.plain.first_sentence for row in rows),
        "kinds": {
            kind: by_kind(of_kind)
            for kind in KINDS
            if (of_kind := [row for row in rows if kind_of(row.number) == kind])
        },
        "start": {name: median(seconds, 1) for name, seconds in starts.items()}
        | {"ratio": round(statistics.median(starts["plain"]) / statistics.median(starts["trio"]), 2)},
        "memory": {**peaks, "ratio": round(peaks["plain"] / peaks["trio"], 2)},
        "tokens": {
            "trio": median((row.trio.tokens for row in rows), 1),
            "plain": median((row.plain.tokens for row in rows), 1),
        },
    }


def compared(rows: Sequence[Row], value: Value) -> dict[str, Any]:
    """Return one measure of all three, and the ratios."""
    return {
        "trio": quartiles(value(row.trio) for row in rows),
        "plain": quartiles(value(row.plain) for row in rows),
        "streamed": quartiles(value(row.streamed) for row in rows),
        "ratio": quartiles((value(row.plain) / value(row.trio) for row in rows), 2),
        "ratio_streamed": quartiles((value(row.streamed) / value(row.trio) for row in rows), 2),
    }


def by_kind(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the medians of one kind of turn, and the median ratio."""
    return {
        name: {
            "trio": median(value(row.trio) for row in rows),
            "plain": median(value(row.plain) for row in rows),
            "streamed": median(value(row.streamed) for row in rows),
            "ratio": median((value(row.plain) / value(row.trio) for row in rows), 2),
        }
        for name, value in MEASURES.items()
    }


def quartiles(values: Iterable[float], digits: int = 3) -> list[float]:
    """Return lower quartile, median and upper quartile."""
    return [round(v, digits) for v in statistics.quantiles(values, n=4, method="inclusive")]


def table(found: dict[str, Any]) -> list[str]:
    """Return the results as the lines of two Markdown tables."""
    text, audio, total = (found[name] for name in MEASURES)
    start, memory = found["start"], found["memory"]
    where = f"{found['machine']}, {found['threads']} threads{busy(found)}"
    lines = [
        f"{len(found['turns'])} turns on {where}: median (quartiles).",
        "",
        "| | Trio, embedded | the plain way | times Trio's |",
        "|---|---|---|---|",
        _line("first text, shown when the reply is complete", text, "plain", "ratio"),
        _line("first text, streamed by `TextIteratorStreamer`", text, "streamed", "ratio_streamed"),
        _line("first sound", audio, "plain", "ratio"),
        f"| first sound, if the voice is played by the sentence | {_spread(audio['trio'])} s | "
        f"{_spread(found['first_sentence'])} s | {found['first_sentence'][1] / audio['trio'][1]:.1f} |",
        _line("whole turn", total, "plain", "ratio"),
        f"| start-up, from nothing to all models loaded | {start['trio']:.1f} s | {start['plain']:.1f} s | "
        f"{start['ratio']:.1f} |",
        f"| peak memory | {memory['trio']:,.0f} MB | {memory['plain']:,.0f} MB | {memory['ratio']:.1f} |",
        "",
        "| turn | first text: Trio, plain, streamed | first sound: Trio, plain | whole: Trio, plain |",
        "|---|---|---|---|",
    ]
    names = dict(zip(KINDS, ("text", "picture + text", "voice", "all three"), strict=True))
    for kind, name in names.items():
        if (one := found["kinds"].get(kind)) is None:
            continue
        heard, whole = (f"{one[m]['trio']:.2f}, {one[m]['plain']:.2f} s" for m in ("first_audio", "total"))
        shown = ", ".join(f"{one['first_text'][side]:.2f}" for side in ("trio", "plain", "streamed"))
        lines.append(f"| {name} | {shown} s | {heard} | {whole} |")
    return lines


def _line(name: str, row: dict[str, Any], side: str, ratio: str) -> str:
    low, middle, high = row[ratio]
    return (
        f"| {name} | {_spread(row['trio'])} s | {_spread(row[side])} s | "
        f"{middle:.1f} ({low:.1f} to {high:.1f}) |"
    )


def _spread(values: Sequence[float]) -> str:
    low, middle, high = values
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with real pictures and speech")
    parser.add_argument("--turns", type=int, choices=range(2, TURNS + 1), default=TURNS, metavar="N")
    parser.add_argument("--table", action="store_true", help="only write the tables, from the last result")
    options = parser.parse_args()
    if not options.table:
        from benchmarks.peers_check import check

        prepare(WEIGHTS)
        found = {
            **machine(),
            "threads": Settings().threads,
            "inputs": inputs_of(options.data).source,
            "packages": {name: version(name) for name in PACKAGES},
            "notes": NOTES,
        }
        found |= {**measure(options.data, options.turns), "checks": check(WEIGHTS)}
        write_result("peers", found)
    lines = table(json.loads((DOCS / "results" / "peers.json").read_text("utf-8")))
    put_table(DOCS / "peers.md", "peers", lines)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
