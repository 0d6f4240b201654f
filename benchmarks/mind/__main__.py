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
from benchmarks.mind.models import NONE, Model, chosen, stored
from benchmarks.mind.prompts import PARTS, Prompt, prompts_of
from benchmarks.mind.record import Record
from benchmarks.mind.report import publish, summary
from benchmarks.mind.unpacked import UnpackedModel


def main() -> None:
    """Ask, judge, print and write."""
    options = parser().parse_args()
    model = chosen_model(options)
    prompts = [p for part in options.parts for p in prompts_of(part, model.told, options.data, options.limit)]
    record = ask_all(model, prompts, Record(model.name), options.parallel)
    found = summary(record, prompts, model.told)
    publish(model.name, found, record, whole=options.limit is None)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    found = argparse.ArgumentParser(prog="benchmarks.mind", description=__doc__)
    found.add_argument("--model", default="qwen-1.5b", help="row of the app's table of generators")
    found.add_argument("--gguf", type=Path, help="a model file, in place of --model")
    found.add_argument("--adapter", help="a LoRA adapter as GGUF for it, or: none")
    found.add_argument(
        "--unpacked", action="store_true", help="weights in bfloat16 in transformers, many replies at a time"
    )
    found.add_argument("--name", default="", help="of the results")
    found.add_argument("--told", default="", help="the model's name in the system text, with --gguf")
    found.add_argument("--parts", type=_parts, default=PARTS, help=f"some of {','.join(PARTS)}")
    found.add_argument("--limit", type=int, help="so many prompts of every part; the docs stay as they are")
    found.add_argument("--data", type=Path, default=DATA, help="folder of gsm8k and flickr8k")
    found.add_argument("--parallel", type=int, default=4, help="replies written at a time")
    found.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    return found


def ask_all(model: Model | UnpackedModel, prompts: Sequence[Prompt], record: Record, parallel: int) -> Record:
    """Let a model of either kind reply to every prompt that the record lacks; judge all, and save."""
    try:
        if isinstance(model, UnpackedModel):
            ask_at_once(model, prompts, record)
        else:
            ask(model, prompts, record, parallel)
    finally:
        record.save()
    return record


def ask(model: Model, prompts: Sequence[Prompt], record: Record, parallel: int) -> None:
    """Let the model reply to every prompt that the record lacks; judge all."""
    open_ = _open(prompts, record)

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


def chosen_model(options: argparse.Namespace) -> Model | UnpackedModel:
    """Return the model that the command line names."""
    if not options.unpacked:
        return chosen(options)
    path = options.gguf or stored(options.model)
    adapter = None if options.adapter in (None, NONE) else Path(options.adapter)
    name = options.name or f"{path.stem}{'+' + adapter.parent.name if adapter else ''} unpacked"
    return UnpackedModel(path, adapter, name, options.told)


def ask_at_once(model: UnpackedModel, prompts: Sequence[Prompt], record: Record) -> None:
    """As `ask`, in batches."""
    open_ = _open(prompts, record)
    started = time.monotonic()
    try:
        replies = model.replies([(prompt.messages, prompt.max_tokens) for prompt in open_])
        for at, text, tokens in tqdm(replies, total=len(open_), unit="reply", desc=model.name):
            record.add(open_[at], text, tokens)
    finally:
        record.seconds += time.monotonic() - started


def _open(prompts: Sequence[Prompt], record: Record) -> list[Prompt]:
    """Return the prompts that the record lacks; judge the replies to the others."""
    for prompt in prompts:
        if record.has(prompt):
            record.judge(prompt)
    return [prompt for prompt in prompts if not record.has(prompt)]


def _parts(text: str) -> tuple[str, ...]:
    parts = tuple(text.split(","))
    if unknown := set(parts) - set(PARTS):
        raise argparse.ArgumentTypeError(f"no part is called {', '.join(sorted(unknown))}")
    return parts


if __name__ == "__main__":
    main()
