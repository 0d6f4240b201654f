"""What the measurements share: places, two ways measured in turn, results as JSON and tables in the docs."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import psutil

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
DOCS = ROOT / "docs"
QUIET = 2.0
Ours = TypeVar("Ours")
Theirs = TypeVar("Theirs")


def machine() -> dict[str, Any]:
    """Return what the numbers depend on; `load`: processes that wanted a core in the last minute."""
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "load": round(psutil.getloadavg()[0], 1),
    }


def busy(found: dict[str, Any]) -> str:
    """Return what is to be said of numbers from a machine that had other work; nothing of a quiet one."""
    if found.get("load", 0.0) <= QUIET:
        return ""
    return f" (measured while other work took most of the machine: load {found['load']})"


def alternately(
    ours: Callable[[int], Ours], theirs: Callable[[int], Theirs], repeats: int, warm_up: int = 1
) -> list[tuple[Ours, Theirs]]:
    """Return what both gave, pair by pair, so that a busy moment meets both; warm-up runs are dropped.

    Both get the number of the run, the same one in a pair.
    """
    pairs = [(ours(number), theirs(number)) for number in range(warm_up + repeats)]
    return pairs[warm_up:]


def peak_megabytes() -> float:
    """Return the most memory that this process had at once, files mapped into it counted.

    VmHWM of Linux, the peak working set of Windows; elsewhere what it has now.
    """
    status = Path("/proc/self/status")
    if status.exists():
        return round(int(status.read_text("utf-8").split("VmHWM:")[1].split()[0]) * 1024 / 1e6, 1)
    used = psutil.Process().memory_info()
    return round(getattr(used, "peak_wset", used.rss) / 1e6, 1)


def median(values: Iterable[float], digits: int = 3) -> float:
    """Return the median, rounded."""
    return round(statistics.median(values), digits)


def write_result(name: str, found: dict[str, Any]) -> None:
    """Write docs/results/NAME.json and print it."""
    text = json.dumps(found, indent=1, ensure_ascii=False)
    target = DOCS / "results" / f"{name}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text + "\n", encoding="utf-8")
    print(text)


def put_row(document: Path, *cells: str, above: str) -> None:
    """Put a row in the place of the one with the same first cell, or else above the row named `above`."""
    lines = document.read_text("utf-8").split("\n")
    names = [line.split(" |")[0].removeprefix("| ") for line in lines]
    if cells[0] not in names and above not in names:
        raise ValueError(f"{document} has no table row that begins with: {cells[0]}, or: {above}")
    at = names.index(cells[0] if cells[0] in names else above)
    lines[at : at + (cells[0] in names)] = [f"| {' | '.join(cells)} |"]
    document.write_text("\n".join(lines), encoding="utf-8")


def put_table(document: Path, name: str, lines: Iterable[str]) -> None:
    """Put lines between the comments `<!-- NAME -->` and `<!-- /NAME -->` of a document."""
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, _, rest = document.read_text("utf-8").partition(start)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"{document} lacks the comments {start} and {end}")
    document.write_text("\n".join([f"{before}{start}", *lines, f"{end}{after}"]), encoding="utf-8")
