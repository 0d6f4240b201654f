"""`python -m training dialogue train | evaluate | export`."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.core.manifest import ASSETS
from training.dialogue.data import everyday, training_chats
from training.dialogue.export import write_adapter
from training.dialogue.model import load_base, with_adapter
from training.dialogue.problem import Replies, encode, reply_perplexity
from training.dialogue.restore import load_adapter
from training.loop import FitConfig, choose_device, load_weights
from training.options import WORD_LOSSES, TrainingOptions, training_options

app = typer.Typer(help="A LoRA adapter that teaches SmolLM2-135M-Instruct Trio's turns.")
HELD_BACK = 100
HUMAN_REPLIES = 200
NAME = "dialogue-adapter"
_Data = Annotated[Path, typer.Option(help="Folder of the data sets.")]
_Work = Annotated[Path, typer.Option(help="Where checkpoints and logs are kept.")]
_Scale = Annotated[float, typer.Option(help="The adapter's effect; less declines less and grounds less.")]
SCALE = 0.7


@app.command()
@training_options(FitConfig(epochs=1, learning_rate=5e-4, weight_decay=0.0), losses=WORD_LOSSES)
def train(
    options: TrainingOptions,
    data: _Data = Path("../shared/data"),
    work: _Work = Path("runs/dialogue"),
    size: Annotated[float, typer.Option(help="Share of the usual number of chats.")] = 1.0,
    start: Annotated[
        Path | None, typer.Option(help="Adapter (GGUF) to go on from; none: a fresh one.")
    ] = None,
) -> None:
    """Train the adapter; held-back chats of the same kinds choose the epoch."""
    started = time.perf_counter()
    model, tokenizer = load_base()
    model = with_adapter(model)
    if start is not None:
        load_adapter(model, start)
    seed = options.fit.seed
    chats = [encode(chat, tokenizer) for chat in training_chats(data, seed, size)]
    held_back = [encode(chat, tokenizer) for chat in training_chats(data, seed, size, held_back=True)]
    typer.echo(f"{len(chats)} chats to learn from, {min(HELD_BACK, len(held_back))} to choose the epoch")
    options.train(model, Replies(chats, held_back[:HELD_BACK], options.loss), work)
    (work / "seconds.txt").write_text(f"{time.perf_counter() - started:.0f}\n", encoding="utf-8")


def trained(work: Path, scale: float = 1.0) -> tuple[Any, Any]:
    """Return model with the best adapter of the last run, its effect times `scale`, and tokenizer."""
    model, tokenizer = load_base()
    model = with_adapter(model, scale)
    load_weights(model, work / "best.safetensors")
    return model.eval(), tokenizer


@app.command()
def evaluate(
    data: _Data = Path("../shared/data"), work: _Work = Path("runs/dialogue"), scale: _Scale = SCALE
) -> None:
    """Print the perplexity of held-back human replies (DailyDialog) before and after."""
    typer.echo(json.dumps(perplexities(data, work, scale)))


def perplexities(data: Path, work: Path, scale: float = 1.0) -> dict[str, float]:
    """Return the perplexity of the held-back dialogues' human replies without and with the adapter."""
    model, tokenizer = trained(work, scale)
    chats = [encode(chat, tokenizer) for chat in everyday(data, held_back=True)][:HUMAN_REPLIES]
    device = choose_device("cpu")
    after = reply_perplexity(model, chats, device)
    with model.disable_adapter():
        before = reply_perplexity(model, chats, device)
    return {"before": round(before, 2), "after": round(after, 2)}


@app.command()
def export(
    data: _Data = Path("../shared/data"),
    work: _Work = Path("runs/dialogue"),
    assets: Path = ASSETS,
    scale: _Scale = SCALE,
) -> None:
    """Write the adapter for llama.cpp; `python -m benchmarks.dialogue` measures its replies."""
    model, _ = trained(work, scale)
    size = write_adapter(model, assets / NAME / "adapter.gguf")
    found = perplexities(data, work, scale)
    (assets / NAME / "perplexity.json").write_text(json.dumps(found) + "\n", encoding="utf-8")
    typer.echo(f"{size / 1e6:.1f} MB, perplexity of human replies {found}")
