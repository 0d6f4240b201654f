"""Recipe `danger`: whether a message says that somebody is in danger, multilingual-e5-small fine-tuned."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from pipelines.backends import default_registry
from pipelines.core.assets import MODELS
from pipelines.core.linear import softmax
from pipelines.text.danger import HEAD, LABELS, LANGUAGES, NONE, TOKENIZER, WEIGHTS, DangerReader, as_judged
from pipelines.text.graph import HeadSettings
from training.common.cards import write_results, write_text_card
from training.common.datasets import LabelledText
from training.common.linear_heads import best_temperature
from training.common.loop import FitConfig, choose_device, load_weights
from training.common.options import TrainingOptions, training_options
from training.danger.messages import learned_from, load
from training.feelings.chinese_problem import FROZEN, LAYERS, needed_pieces, new_model
from training.feelings.e5 import published
from training.feelings.export import Heads, export
from training.feelings.problem import Feelings
from training.feelings.tasks import Task

app = typer.Typer(help="Whether a message says that somebody is in danger, in English and Chinese.")
LONGEST_LEARNED = 64
FALSE_ALARMS = 0.03
"""Share of the dev messages without danger, nearly all of them near one, that may be taken for it."""
_Data = Annotated[Path, typer.Option(help="Folder of the data sets.")]
_Work = Annotated[Path, typer.Option(help="Where checkpoints and logs are kept.")]
_DEFAULT = FitConfig(epochs=5, learning_rate=2e-4, decay="linear")


def begin(rows: Sequence[LabelledText]) -> tuple[Any, Any]:
    """Return the published model with a new head, cut to what the texts need, and its tokenizer."""
    packed = published()
    kept = needed_pieces(packed, [as_judged(row.text) for row in rows])
    tokenizer = packed.tokenizer(kept)
    tokenizer.enable_truncation(LONGEST_LEARNED)
    return new_model(packed, kept, {HEAD: LABELS}), tokenizer


def task_of(rows: Sequence[LabelledText]) -> Task:
    """Return messages as the training loop takes them."""
    targets = np.eye(len(LABELS), dtype=np.float32)[[LABELS.index(row.label) for row in rows]]
    return Task(HEAD, LABELS, False, tuple(as_judged(row.text) for row in rows), targets)


def messages(split: Any) -> list[LabelledText]:
    """Return a split in both languages."""
    return [row for language in LANGUAGES for row in load(split, language)]


@app.command()
@training_options(_DEFAULT)
def train(
    options: TrainingOptions, data: _Data = Path("../shared/data"), work: _Work = Path("runs/danger")
) -> None:
    """Train on the messages; the dev messages choose the epoch."""
    started = time.perf_counter()
    rows = learned_from(data)
    model, tokenizer = begin(rows)
    problem = Feelings([task_of(rows)], [task_of(messages("dev"))], tokenizer, options.loss)
    options.train(model, problem, work)
    (work / "seconds.txt").write_text(f"{time.perf_counter() - started:.0f}\n", encoding="utf-8")


@app.command(name="export")
def export_model(
    data: _Data = Path("../shared/data"), work: _Work = Path("runs/danger"), assets: Path = MODELS
) -> None:
    """Write the int8 graph, set temperature and threshold on dev, measure it on the test, write the card."""
    folder, rows = assets / WEIGHTS, learned_from(data)
    model, tokenizer = begin(rows)
    load_weights(model.to(choose_device("cpu")), work / "best.safetensors")
    export(model, Heads(((HEAD, HeadSettings(LABELS, 1.0, (0.5,))),)), folder)
    tokenizer.no_truncation()
    tokenizer.save(str(folder / TOKENIZER), pretty=False)
    reader, dev = reader_of(folder), messages("dev")
    scores = scores_of(reader, dev)
    temperature = round(best_temperature(scores, task_of(dev).targets.argmax(1)), 4)
    threshold = chosen_threshold(danger_of(scores, temperature), dangerous(dev))
    Heads(((HEAD, HeadSettings(LABELS, temperature, (threshold,))),)).write(folder / "heads.json")
    results = measured(reader_of(folder))
    write_results(folder / "results.json", results)
    write_text_card(folder / "README.md", "Trio danger", _facts(work, rows, dev), _table(results))


@app.command()
def evaluate(assets: Path = MODELS) -> None:
    """Measure the shipped model on the test messages."""
    for name, value in _table(measured(reader_of(assets / WEIGHTS))).items():
        typer.echo(f"{name}: {value}")


def reader_of(folder: Path) -> DangerReader:
    """Return the app's own reader on the files in `folder`, also before they are in the manifest."""
    reader = DangerReader(default_registry())
    reader.open(folder, folder / TOKENIZER)
    return reader


def scores_of(reader: DangerReader, rows: Sequence[LabelledText]) -> NDArray[np.float32]:
    """Return the graph's scores, float32 (messages, labels).

    One message at a time, as in the app: a neighbour changes the scale of the int8 activations.
    """
    return np.concatenate([reader.scores([as_judged(row.text)])[HEAD] for row in rows])


def danger_of(scores: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """Return how likely each message says that somebody is in danger, float32 (messages,)."""
    return np.asarray(1.0 - softmax(scores / np.float32(temperature))[:, LABELS.index(NONE)])


def dangerous(rows: Sequence[LabelledText]) -> NDArray[np.bool_]:
    """Return whether each message says so, bool (messages,)."""
    return np.array([row.label != NONE for row in rows])


def chosen_threshold(chances: NDArray[np.float32], truth: NDArray[np.bool_]) -> float:
    """Return the lowest threshold at which `FALSE_ALARMS` of the others are taken for a danger."""
    return round(float(np.quantile(chances[~truth], 1.0 - FALSE_ALARMS)), 4)


def measured(reader: DangerReader) -> dict[str, Any]:
    """Return what of the test is found, by kind and language, and how often there is a false alarm."""
    out = {}
    for language in LANGUAGES:
        rows = load("test", language)
        chances = softmax(scores_of(reader, rows) / np.float32(reader.heads[HEAD].temperature))
        told, truth = (
            np.array([reader.judged(row).label for row in chances]),
            np.array([r.label for r in rows]),
        )
        found = {kind: round(float((told[truth == kind] != NONE).mean()), 4) for kind in LABELS[1:]}
        danger = truth != NONE
        out[language] = {
            "count": len(rows),
            "found": round(float((told[danger] != NONE).mean()), 4),
            **{f"found: {kind}": share for kind, share in found.items()},
            "of the right kind, where found": round(
                float((told == truth)[danger & (told != NONE)].mean()), 4
            ),
            "false alarms": round(float((told[~danger] != NONE).mean()), 4),
            "auroc": round(float(roc_auc_score(danger, 1.0 - chances[:, LABELS.index(NONE)])), 4),
        }
    return out


def _table(results: dict[str, Any]) -> dict[str, Any]:
    return {f"{name}, {language}": value for language, row in results.items() for name, value in row.items()}


def _facts(work: Path, rows: Sequence[LabelledText], dev: Sequence[LabelledText]) -> dict[str, str]:
    seconds = (work / "seconds.txt").read_text("utf-8").strip()
    danger, chosen, asked = int(dangerous(rows).sum()), dangerous(dev), dangerous(messages("test"))
    return {
        "data": f"{len(rows)} messages, {danger} of them of a danger: written by hand for Trio "
        "(`training/danger/messages`, `training/manners/dialogues`), and DailyDialog "
        "(research use)",
        "model": f"multilingual-e5-small (MIT), {LAYERS} layers, the lower {FROZEN} frozen, cut to the "
        "pieces that English and Chinese need, int8",
        "chosen by": f"{len(chosen)} dev messages: epoch, temperature, and the threshold at which "
        f"{FALSE_ALARMS:.0%} of the {int((~chosen).sum())} without danger, nearly all near one, may be wrong",
        "tested on": f"{len(asked)} messages by another writer, who saw no other; {int((~asked).sum())} "
        "without danger: grief, sadness, figures of speech, plain talk. An earlier training was measured "
        "on them too, before the share of wrong ones was set",
        "command": "python -m training danger train; python -m training danger export",
        "machine": f"2-core x86-64 CPU, {seconds} s",
        "seed": "0",
        "licence": "DailyDialog is for research; use the weights accordingly",
        "limits": "English and Chinese; one message at a time; a hidden danger is missed more often than an "
        "open one",
    }
