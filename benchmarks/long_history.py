"""Whether a long history stays quick: the same calls on 10 and on 1,000 kept conversations of five turns.

Run: python -m benchmarks.long_history. Writes `docs/results/long_history.json` and the table
in `docs/history.md`.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tqdm import tqdm

from benchmarks.common import DATA, DOCS, busy, machine, median, put_table, write_result
from chatbot.history import LOCAL_USER, History
from chatbot.turn.events import Done, Reply, TextDelta, Timings
from chatbot.ui.sidebar import conversation_list
from chatbot.ui.words import words_for
from training.common.datasets import daily_dialog

FEW = 10
TURNS = 5
REPEATS = 15
PAGE = 50


def fill(history: History, talks: Sequence[Sequence[str]]) -> str:
    """Keep the conversations; return the id of the last one."""
    conversation = ""
    for talk in tqdm(talks, unit="conversation"):
        conversation = history.create(LOCAL_USER).id
        said = [*talk] * (2 * TURNS)
        for question, answer in zip(said[0 : 2 * TURNS : 2], said[1 : 2 * TURNS : 2], strict=True):
            reply = Reply(answer, None, Timings({}, None, None, None, 0.0), {})
            with history.begin_turn(LOCAL_USER, conversation, text=question) as writer:
                for event in (TextDelta(answer), Done(reply)):
                    writer.take(event)
    return conversation


def works(history: History, conversation: str) -> dict[str, Callable[[], Any]]:
    """Return what the page does with the history, by name."""
    words = words_for("en")

    def sidebar(offset: int) -> str:
        records = history.conversations(LOCAL_USER, limit=PAGE, offset=offset)
        return conversation_list(records, words, current=None, now=datetime.now(UTC), more=True)

    last = max(0, history.count(LOCAL_USER) - PAGE)
    return {
        "first page of the list, as HTML": lambda: sidebar(0),
        "last page of the list, as HTML": lambda: sidebar(last),
        "a rare word searched": lambda: history.search(LOCAL_USER, "anniversary"),
        "a common word searched": lambda: history.search(LOCAL_USER, "you"),
        "a conversation opened": lambda: history.path(LOCAL_USER, conversation),
        "a turn begun": lambda: history.exchanges(LOCAL_USER, conversation),
    }


def milliseconds(history: History, conversation: str) -> dict[str, float]:
    """Return the median time of each work."""
    found = {}
    for name, work in works(history, conversation).items():
        work()
        seconds = []
        for _ in range(REPEATS):
            start = time.perf_counter()
            work()
            seconds.append(time.perf_counter() - start)
        found[name] = median((1000 * each for each in seconds), 2)
    return found


def measure(many: int, data: Path) -> dict[str, Any]:
    """Run it and return the record."""
    talks = [[said for said, _ in talk] for talk in daily_dialog(data)]
    talks = (talks * (1 + many // len(talks)))[:many]
    times = []
    for count in (FEW, many):
        with tempfile.TemporaryDirectory(prefix="trio-history-") as folder, History(Path(folder)) as history:
            times.append(milliseconds(history, fill(history, talks[:count])))
            size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    few, all_ = times
    return {
        "conversations": [FEW, many],
        "turns_each": TURNS,
        "megabytes": round(size / 1e6, 1),
        "milliseconds": {name: [few[name], all_[name]] for name in few},
        "times_as_long": {name: round(all_[name] / few[name], 2) for name in few},
        **machine(),
    }


def table(found: dict[str, Any]) -> list[str]:
    """Return the record as Markdown."""
    few, many = found["conversations"]
    lines = [
        f"On {found['machine']}{busy(found)}, medians in milliseconds; {many} conversations take "
        f"{found['megabytes']} MB:",
        "",
        f"| work | {few} conversations | {many} | times as long |",
        "|---|---|---|---|",
    ]
    for name, (small, large) in found["milliseconds"].items():
        lines.append(f"| {name} | {small} | {large} | {found['times_as_long'][name]} |")
    return lines


def main() -> None:
    """Measure, print and keep the record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=1000)
    parser.add_argument("--data", type=Path, default=DATA)
    given = parser.parse_args()
    found = measure(given.conversations, given.data)
    write_result("long_history", found)
    put_table(DOCS / "history.md", "long-history", table(found))


if __name__ == "__main__":
    main()
