"""`python -m benchmarks.fuzz_media --minutes 5`: damaged media files, one after another, for the decoders.

Good files of every kind, and those of a folder of hostile ones, are mutated at random and decoded in a
process as the server has it. Counted: deaths of the process, files that take too long, errors that no
decoder foresaw, and how much memory the process keeps. A mutation that fails is kept in a folder.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import statistics
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.fuzz_samples import Sample, files_below, samples
from pipelines.core.isolation_worker import PACKED_ERROR, UNEXPECTED, Worker, WorkerDiedError
from pipelines.image.pixels import decode_pixels
from pipelines.speech.tracks import decode_tracks

SECONDS = 20.0
"""Longest that one file may take, on a machine that does other work."""
_EXTREMES = (
    b"\x00\x00\x00\x00",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\x00\x00\x00\x80",
)


@dataclass
class Figures:
    """What happened. `seconds`: of each file; `kept`: bytes of memory of the process, now and then."""

    files: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def mutated(data: bytes, others: list[Sample], rng: random.Random) -> bytes:
    """Return the file with one to eight random changes, most of them near its beginning."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 8))):
        if not changed:
            break
        reach = min(len(changed), rng.choice((64, 512, 1 << 30)))
        at = rng.randrange(reach)
        way = rng.randrange(7)
        if way == 0:
            changed[at] ^= 1 << rng.randrange(8)
        elif way == 1:
            changed[at] = rng.randrange(256)
        elif way == 2:
            changed[at : at + 4] = rng.choice(_EXTREMES)
        elif way == 3:
            del changed[at : at + rng.randrange(1, 200)]
        elif way == 4:
            changed[at:at] = changed[at : at + rng.randrange(1, 2000)]
        elif way == 5:
            del changed[rng.randrange(len(changed)) :]
        else:
            other = rng.choice(others)[2]
            start = rng.randrange(len(other))
            changed[at : at + 100] = other[start : start + 100]
    return bytes(changed)


def fuzz(minutes: float, given: list[Sample], seed: int, kept_in: Path) -> Figures:
    """Decode mutations of the files for some minutes."""
    rng, figures, worker = random.Random(seed), Figures(), Worker()
    end = time.monotonic() + 60 * minutes
    while time.monotonic() < end:
        kind, name, data = rng.choice(given)
        data = mutated(data, given, rng)
        begun = time.perf_counter()
        outcome = _outcome(worker, kind, data)
        figures.seconds.append(time.perf_counter() - begun)
        figures.files[kind] += 1
        figures.outcomes[outcome] += 1
        if outcome in ("died", "too long") or outcome.startswith("unexpected"):
            target = kept_in / f"{name}-{hashlib.sha256(data).hexdigest()[:12]}"
            kept_in.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            figures.failures.append(f"{outcome}: {target.name}")
        if not worker.alive:
            worker.close()
            worker = Worker()
        if len(figures.seconds) % 200 == 0:
            figures.kept.append(_resident(worker.process_id))
    worker.close()
    return figures


def _outcome(worker: Worker, kind: str, data: bytes) -> str:
    function: Any = decode_tracks if kind == "sound" else decode_pixels
    args = ("fuzz", 16_000, 600.0) if kind == "sound" else ("fuzz", 50_000_000)
    try:
        fields, _ = worker.ask(function, data, args, SECONDS)
    except WorkerDiedError as error:
        return "too long" if error.late else "died"
    if UNEXPECTED in fields:
        return f"unexpected {fields[UNEXPECTED]}"
    return f"{fields[PACKED_ERROR]['class']}" if PACKED_ERROR in fields else "decoded"


def _resident(process: int) -> int:
    """Return the bytes of memory that a process has; 0 where the system does not tell."""
    try:
        status = Path(f"/proc/{process}/status").read_text("ascii")
    except OSError:
        return 0
    return int(status.split("VmRSS:")[1].split()[0]) * 1024


def report(figures: Figures) -> dict[str, Any]:
    """Return the figures as plain values."""
    kept = figures.kept or [0]
    tenth = max(1, len(kept) // 10)
    return {
        "files": dict(figures.files),
        "outcomes": dict(figures.outcomes.most_common()),
        "median_ms": round(1000 * statistics.median(figures.seconds), 1),
        "slowest_s": round(max(figures.seconds), 2),
        "memory_mb_at_first": round(statistics.median(kept[:tenth]) / 1e6),
        "memory_mb_at_last": round(statistics.median(kept[-tenth:]) / 1e6),
        "memory_mb_most": round(max(kept) / 1e6),
        "failures": figures.failures,
    }


def main() -> int:
    """Run the command; return 1 if a process died or a file took too long."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--hostile", type=Path, help="a folder with images/ and audio/ below it")
    parser.add_argument("--keep", type=Path, default=Path("runs/fuzz"), help="where failures are kept")
    given = parser.parse_args()
    files = samples() + (files_below(given.hostile) if given.hostile else [])
    figures = fuzz(given.minutes, files, given.seed, given.keep)
    print(json.dumps({"good_files": len(files), **report(figures)}, indent=1))
    return 1 if figures.failures else 0


if __name__ == "__main__":
    sys.exit(main())
