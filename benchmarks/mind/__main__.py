"""Asks a model everything and judges the replies: `python -m benchmarks.mind --model NAME`.

Writes runs/mind/NAME.json (all prompts, replies and verdicts; a stopped run goes on from it), the model's row of
docs/results/mind.json, and docs/mind.md. Several replies are written at a time: seconds are no latencies.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tqdm import tqdm

from benchmarks.common import DATA
from benchmarks.mind.models import Model, chosen
from benchmarks.mind.prompts import PARTS, Prompt, prompts_of
from benchmarks.mind.record import Record
from benchmarks.mind.report import publish, summary


def main() -> None:
    """Ask, judge, print and write."""
    options = parser().parse_args()
    model = chosen(options)
    prompts = [p for part in options.parts for p in prompts_of(part, model.told, options.data, options.limit)]
    record = Record(model.name)
    try:
        ask(model, prompts, record, options.parallel)
    finally:
        record.save()
    found = summary(record, prompts, model.told)
    publish(model.name, found, record, whole=options.limit is None)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    found = argparse.ArgumentParser(prog="benchmarks.mind", description=__doc__)
    found.add_argument("--model", default="qwen-1.5b", help="row of the app's table of generators")
    found.add_argument("--gguf", type=Path, help="a model file, in place of --model")
    found.add_argument("--adapter", help="a LoRA adapter as GGUF for it, or: none")
    found.add_argument("--name", default="", help="of the results")
    found.add_argument("--told", default="", help="the model's name in the system text, with --gguf")
    found.add_argument("--parts", type=_parts, default=PARTS, help=f"some of {','.join(PARTS)}")
    found.add_argument("--limit", type=int, help="so many prompts of every part; the docs stay as they are")
    found.add_argument("--data", type=Path, default=DATA, help="folder of gsm8k and flickr8k")
    found.add_argument("--parallel", type=int, default=4, help="replies written at a time")
    found.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    return found


def ask(model: Model, prompts: Sequence[Prompt], record: Record, parallel: int) -> None:
    """Let the model reply to every prompt that the record lacks; judge all."""
    open_ = [prompt for prompt in prompts if not record.has(prompt)]
    for prompt in prompts:
        if record.has(prompt):
            record.judge(prompt)

    def one(prompt: Prompt) -> None:
        record.add(prompt, *model.reply(prompt.messages, prompt.max_tokens))

    started = time.monotonic()
    pool = ThreadPoolExecutor(parallel)
    try:
        for _ in tqdm(pool.map(one, open_), total=len(open_), unit="reply", desc=model.name):
            pass
    finally:
        pool.shutdown(cancel_futures=True)
        record.seconds += time.monotonic() - started


def _parts(text: str) -> tuple[str, ...]:
    parts = tuple(text.split(","))
    if unknown := set(parts) - set(PARTS):
        raise argparse.ArgumentTypeError(f"no part is called {', '.join(sorted(unknown))}")
    return parts


if __name__ == "__main__":
    main()
