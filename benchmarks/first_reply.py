"""From an empty browser to the first word of a reply: `python -m benchmarks.first_reply`.

Starts the real app and waits until its models are loaded. Then, in turn, a browser without cache or storage
opens the page and sends a question, and a program asks `/v1/chat/completions` as long a question: when is the
first word there? Writes `docs/results/first_reply.json` and the lines in `docs/latency.md`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.clients import App
from benchmarks.common import DOCS, alternately, busy, machine, median, put_table, write_result

REPEATS = 7
WAIT_MS = 120_000
MOMENTS = ("page usable", "Send to first word", "empty browser to first word", "first word by the API")
BOX = "#trio-box textarea"
FIRST_WORD = "() => document.querySelector('#trio-chat .bot .prose p')?.textContent.trim()"


def question(number: int, asker: int) -> str:
    """Return a question that nobody else asks, as long as the others: what one has read helps no other."""
    return f"Tell me one thing about the number {100 + 2 * number + asker}, please."


def page_turn(browser: Any, url: str, number: int) -> dict[str, float]:
    """Open the page in an empty browser and ask; return seconds: until it takes a message, then to a word."""
    context = browser.new_context()
    try:
        page, began = context.new_page(), time.perf_counter()
        page.goto(url, wait_until="commit")
        page.locator(BOX).fill(question(number, 0), timeout=WAIT_MS)
        usable = time.perf_counter()
        page.keyboard.press("Enter")
        page.wait_for_function(FIRST_WORD, polling="raf", timeout=WAIT_MS)
        shown = time.perf_counter()
        page.locator("#trio-chat .trio-panel").wait_for(state="attached", timeout=WAIT_MS)
    finally:
        context.close()
    return {"usable": usable - began, "word": shown - usable, "all": shown - began}


def program_turn(client: Any, number: int) -> float:
    """Ask the API; return the seconds until the first word."""
    asked = {"model": "trio", "stream": True, "messages": [{"role": "user", "content": question(number, 1)}]}
    began, first = time.perf_counter(), None
    with client.stream("POST", "v1/chat/completions", json=asked) as answer:
        answer.raise_for_status()
        for line in answer.iter_lines():
            if first is None and _word(line):
                first = time.perf_counter() - began
    if first is None:
        raise SystemExit("The API answered without a word")
    return first


def _word(line: str) -> str:
    data = line.removeprefix("data: ")
    if data == line or data == "[DONE]":
        return ""
    choices = json.loads(data).get("choices") or [{}]
    return (choices[0].get("delta", {}).get("content") or "").strip()


@contextmanager
def chromium() -> Iterator[Any]:
    """Run the installed Chromium without a window."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def summed_up(pairs: list[tuple[dict[str, float], float]]) -> dict[str, Any]:
    """Return medians in seconds, and the ratio of the page's wait after Send to the program's."""
    columns = zip(
        *((page["usable"], page["word"], page["all"], program) for page, program in pairs), strict=True
    )
    return {
        "runs": len(pairs),
        "seconds": dict(zip(MOMENTS, (median(column) for column in columns), strict=True)),
        "ratio to the API": median((page["word"] / program for page, program in pairs), 2),
    }


def measure(repeats: int) -> dict[str, Any]:
    """Run it and return the record."""
    import httpx

    from chatbot.config.mind import chosen_mind
    from chatbot.config.settings import load_settings

    found = {**machine(), "writer": chosen_mind(load_settings().mind)}
    with tempfile.TemporaryDirectory(prefix="trio-first-reply-") as folder:
        app = App(Path(folder))
        try:
            app.wait()
            with chromium() as browser, httpx.Client(base_url=app.url, timeout=WAIT_MS / 1000) as client:
                pairs = alternately(
                    lambda number: page_turn(browser, app.url, number),
                    lambda number: program_turn(client, number),
                    repeats,
                )
        finally:
            app.stop()
    return {**found, **summed_up(pairs)}


def lines(found: dict[str, Any]) -> list[str]:
    """Return what the page of latency says."""
    seconds = found["seconds"]
    usable, word, whole, program = (seconds[name] for name in MOMENTS)
    pairs = f"medians of {found['runs']} pairs; {found['writer']}; {found['machine']}"
    return [
        f"With the models loaded, a browser without cache or storage takes a message after {usable:.1f} s",
        f"and shows the first word {word:.1f} s after Send: {whole:.1f} s in all. A program that asks",
        f"`/v1` for the same has its first word after {program:.1f} s, so that the page takes",
        f"{found['ratio to the API']} times as long ({pairs}){busy(found)}.",
    ]


def main() -> None:
    """Measure, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    found = measure(parser.parse_args().repeats)
    write_result("first_reply", found)
    put_table(DOCS / "latency.md", "first-reply", lines(found))


if __name__ == "__main__":
    main()
