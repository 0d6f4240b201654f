"""`python -m training lora`: teaches any chat model from chats, and writes an adapter for llama.cpp."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.core.errors import InputError
from training.common.cards import write_results, write_text_card
from training.common.loop import choose_device, seed_everything
from training.lora.chats import Chat, read_chats, split
from training.lora.encode import Encoded, encode
from training.lora.export import check_exportable, write_adapter
from training.lora.fit import LoraConfig, LoraRun
from training.lora.model import DType, choose_dtype, load, load_state, save_peft, with_adapter

LONGEST = 4096
"""Tokens of a chat; longer ones are left out, for memory grows with the square."""


def lora(
    model: Annotated[str, typer.Option(help="A chat model of transformers: hub id or folder.")],
    chats: Annotated[list[Path], typer.Option(help="JSON lines of chats; give it again for more files.")],
    gguf_file: Annotated[
        str | None, typer.Option(help="Name of the GGUF file in --model to learn on.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of the adapter, logs and checkpoints.")] = Path(
        "runs/lora"
    ),
    epochs: Annotated[int, typer.Option(min=1, help="How often each chat is seen.")] = 2,
    learning_rate: Annotated[float, typer.Option(min=0.0, help="Highest; warms up, then falls.")] = 2e-4,
    rank: Annotated[int, typer.Option(min=1, help="Of the adapter's matrices.")] = 8,
    alpha: Annotated[float, typer.Option(min=0.0, help="The adapter's effect is alpha / rank.")] = 16.0,
    targets: Annotated[
        str, typer.Option(help="Layers that get an adapter; gate_proj, up_proj, down_proj can be added.")
    ] = "q_proj,k_proj,v_proj,o_proj",
    batch_tokens: Annotated[int, typer.Option(min=1, help="Most tokens of a step.")] = 1024,
    held_back: Annotated[int, typer.Option(min=0, help="Chats that choose the epoch, never learnt.")] = 40,
    seed: Annotated[int, typer.Option(help="Of the weights, the order and the held-back chats.")] = 7,
    threads: Annotated[int, typer.Option(min=0, help="Of the CPU; 0: torch's own choice.")] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, mps.")] = "auto",
    dtype: Annotated[DType, typer.Option(help="Of the frozen weights; auto: bfloat16 where fast.")] = "auto",
    gguf: Annotated[bool, typer.Option(help="Write adapter.gguf, for llama.cpp.")] = True,
    peft: Annotated[bool, typer.Option(help="Write a peft folder, for transformers.")] = False,
    start: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="best.safetensors of an earlier run to go on from, of the same shape.",
        ),
    ] = None,
    resume: Annotated[bool, typer.Option(help="Go on from the last checkpoint in --out.")] = False,
) -> None:
    """Fine-tune a chat model by LoRA on chats: {"messages": [{"role": ..., "content": ...}, ...]} a line."""
    import torch

    names = tuple(name.strip() for name in targets.split(",") if name.strip())
    training, held = split(read_chats(chats), held_back, seed)
    if threads:
        torch.set_num_threads(threads)
    seed_everything(seed)
    place = choose_device(device)
    kind = choose_dtype(dtype, place)
    base, tokenizer = load(model, gguf_file, kind)
    if gguf:
        check_exportable(base.config.model_type, names)
    adapted = with_adapter(base, rank, alpha, names).to(place)
    if start is not None:
        load_state(adapted, start)
    learnt, kept = _encoded(training, tokenizer), _encoded(held, tokenizer)
    run = LoraRun(adapted, learnt, kept, LoraConfig(epochs, learning_rate, batch_tokens, seed), out)
    typer.echo(
        f"{len(learnt)} chats to learn from, {len(kept)} held back, {run.steps} steps, {kind} on {place}"
    )
    run.fit(resume=resume)
    if gguf:
        size = write_adapter(adapted, out / "adapter.gguf")
        typer.echo(f"Wrote {out / 'adapter.gguf'}, {size / 1e6:.1f} MB.")
    if peft:
        save_peft(adapted, out / "peft")
    options = {
        "model": Path(model).name if Path(model).exists() else model,
        "gguf_file": gguf_file,
        "start": None if start is None else start.parent.name,
        "rank": rank,
        "alpha": alpha,
        "targets": list(names),
        "dtype": str(kind).removeprefix("torch."),
        "device": str(place),
        "threads": torch.get_num_threads(),
        **asdict(run.config),
    }
    counts = {
        "files": [path.name for path in chats],
        "chats": len(learnt),
        "held_back": len(kept),
        "left_out_as_too_long": len(training) + len(held) - len(learnt) - len(kept),
    }
    _report(run, options, counts, out)


def _encoded(chats: Sequence[Chat], tokenizer: Any) -> list[Encoded]:
    """Return chats as tokens, without those that are too long. Raises InputError where all are."""
    found = [encoded for chat in chats if len(encoded := encode(chat, tokenizer)) <= LONGEST]
    if chats and not found:
        raise InputError("All chats are too long", allowed=f"{LONGEST} tokens", fix="Shorten the chats")
    return found


def _report(run: LoraRun, options: dict[str, Any], counts: dict[str, Any], out: Path) -> None:
    """Write results.json and a model card to complete."""
    losses = [{name: round(value, 4) for name, value in row.items() if name != "score"} for row in run.rows]
    results = {
        **options,
        "data": counts,
        "held_back_loss_before": run.before and round(run.before, 4),
        "losses": losses,
        "stopped_early": run.stopped,
        "steps": run.step,
        "tokens": run.tokens,
        "learnt_tokens": run.learnt,
        "seconds": round(run.seconds, 1),
        "tokens_per_second": round(run.tokens / max(run.seconds, 1e-9), 1),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }
    write_results(out / "results.json", results)
    facts = {
        "Base model": " ".join(filter(None, [options["model"], options["gguf_file"]])),
        "Method": f"LoRA (arXiv:2106.09685), rank {options['rank']}, alpha {options['alpha']:g}, "
        f"on {', '.join(options['targets'])}",
        "Data": f"{counts['chats']} chats of {', '.join(counts['files'])}; {counts['held_back']} held back",
        "Use": "llama.cpp with `--lora adapter.gguf`, or Trio with the option `adapter`",
        "Licence": "to be filled in: those of the base model and of the chats",
        "Limits": "to be filled in: what it was not tried on",
    }
    table = {"held-back loss before (nats a token)": results["held_back_loss_before"]}
    table |= {f"held-back loss, epoch {row['epoch']:g}": row.get("held_back_loss") for row in losses}
    write_text_card(out / "README.md", "Adapter", facts, table)
