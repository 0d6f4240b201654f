"""`python -m training text train | evaluate | export`."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.core.assets import MODELS
from pipelines.core.weights import WeightStore
from pipelines.text.feelings import MAX_TOKENS, WEIGHTS
from training.common.cards import write_results, write_text_card
from training.common.loop import FitConfig, choose_device, load_weights
from training.common.options import TrainingOptions, training_options
from training.feelings.export import Heads, calibrate, export
from training.feelings.model import FeelingsModel
from training.feelings.neutral import DIALOGUES, fit, learned_from, measured, said, scores_of, texts_of
from training.feelings.problem import Feelings, predict
from training.feelings.report import evaluate_shipped, shipped_reader, write_report
from training.feelings.tasks import Task, hold_back, load_tasks

app = typer.Typer(help="Sentiment, six emotions and GoEmotions from one fine-tuned MiniLM.")
_Data = Annotated[Path, typer.Option(help="Folder of the data sets.")]
_Work = Annotated[Path, typer.Option(help="Where checkpoints and logs are kept.")]


def tokenizer() -> Any:
    """Return MiniLM's tokenizer; texts are cut as in the app."""
    from tokenizers import Tokenizer

    found = Tokenizer.from_file(str(WeightStore().path("minilm") / "tokenizer.json"))
    found.enable_truncation(MAX_TOKENS)
    found.no_padding()
    return found


def new_model(tasks: list[Task]) -> FeelingsModel:
    """Return the published encoder with new heads."""
    return FeelingsModel.from_folder(WeightStore().path("minilm"), {t.name: len(t.labels) for t in tasks})


@app.command()
@training_options(FitConfig(epochs=4, learning_rate=1e-4, average=0.998))
def train(
    options: TrainingOptions, data: _Data = Path("../shared/data"), work: _Work = Path("runs/text")
) -> None:
    """Train on the train splits without the held-back texts, which choose the epoch."""
    started = time.perf_counter()
    kept, held_back = zip(*(hold_back(task) for task in load_tasks(data, "train")), strict=True)
    problem = Feelings(kept, held_back, tokenizer(), options.loss)
    options.train(new_model(list(kept)), problem, work)
    (work / "seconds.txt").write_text(f"{time.perf_counter() - started:.0f}\n", encoding="utf-8")


@app.command(name="export")
def export_model(
    data: _Data = Path("../shared/data"), work: _Work = Path("runs/text"), assets: Path = MODELS
) -> None:
    """Calibrate on the held-back texts, write the int8 graph, evaluate it on dev, write the card."""
    tasks = [hold_back(task)[1] for task in load_tasks(data, "train")]
    model = new_model(tasks)
    load_weights(model, work / "best.safetensors")
    model.eval()
    scores = {t.name: predict(model, t, tokenizer(), choose_device("cpu")) for t in tasks}
    heads = Heads(tuple(calibrate(task, scores[task.name]) for task in tasks))
    export(model, heads, assets / WEIGHTS)
    write_report(assets / WEIGHTS, evaluate_shipped(assets / WEIGHTS, load_tasks(data, "dev")), _facts(work))


@app.command()
def neutral(data: _Data = Path("../shared/data"), assets: Path = MODELS) -> None:
    """Learn which texts feel nothing from the shipped heads' scores, measure, write weights and card."""
    folder = assets / WEIGHTS
    reader = shipped_reader(folder)
    learned = learned_from(data, [hold_back(task)[0] for task in load_tasks(data, "train")])
    head = fit(scores_of(reader, learned.texts), learned.neutral)
    head.write(folder / "neutral.npz")
    tests = {f"{task.name}, dev": texts_of(task) for task in load_tasks(data, "dev")}
    tests["DailyDialog, 200 dialogues"] = said(data, slice(DIALOGUES, None))
    results = {
        name: measured(head, scores_of(reader, test.texts), test.neutral) for name, test in tests.items()
    }
    shown = json.loads((folder / "results.json").read_text("utf-8"))
    write_results(folder / "results.json", {**shown, "neutral": results})
    rows = {f"{name}: {what}": value for name, row in results.items() for what, value in row.items()}
    told = {name: value for name, value in rows.items() if value is not None}
    write_text_card(folder / "neutral.md", "Texts that feel nothing", NEUTRAL_FACTS, told)


@app.command()
def evaluate(data: _Data = Path("../shared/data"), assets: Path = MODELS) -> None:
    """Evaluate the shipped graph on the dev splits."""
    for name, row in evaluate_shipped(assets / WEIGHTS, load_tasks(data, "dev")).items():
        shown = {key: value for key, value in row.items() if isinstance(value, float)}
        typer.echo(f"{name}: {shown}")


NEUTRAL_FACTS = {
    "data": "parts of the train splits of SST-2, the tweets (all felt) and GoEmotions, 800 dialogues of "
    "DailyDialog; for research",
    "model": "logistic regression on the 36 scores of the three heads",
    "command": "python -m training text neutral",
    "seed": "0",
    "measured": "share of right answers, of felt texts that are taken for neutral, of neutral ones found",
    "language": "English only",
}


def _facts(work: Path) -> dict[str, str]:
    seconds = (work / "seconds.txt").read_text("utf-8").strip() if (work / "seconds.txt").exists() else "?"
    return {
        "data": "SST-2 (6,520 of 6,920 train sentences), six-emotion tweets (15,200 of 16,000), GoEmotions "
        "(41,410 of 43,410); the rest chose epoch, temperature and thresholds; the dev splits chose nothing",
        "model": "all-MiniLM-L6-v2 (Apache-2.0), fine-tuned with three linear heads, int8 ONNX",
        "command": "python -m training text train && python -m training text export",
        "machine": f"2-core x86-64 CPU with bfloat16, {seconds} s",
        "seed": "0",
        "licence": "SST-2 and the tweets are for research, GoEmotions is Apache-2.0; use accordingly",
        "language": "English only",
    }
