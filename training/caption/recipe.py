"""`python -m training caption unpack | train | reinforce | export | evaluate`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from safetensors.torch import load_file, save_file
from torch import Tensor

from pipelines.core.assets import MODELS
from pipelines.core.errors import InputError
from pipelines.image.caption import WEIGHTS
from pipelines.image.words import Vocabulary
from training.caption.flickr8k import VIEWS, features, flickr8k
from training.caption.model import CaptionConfig, Captioner
from training.caption.problem import Captioning
from training.caption.reinforce import Reinforcement
from training.caption.restore import restore
from training.common.cards import write_results, write_text_card
from training.common.loop import FitConfig, load_weights
from training.common.losses import Loss
from training.common.options import WORD_LOSSES, TrainingOptions, training_options

app = typer.Typer(help="One sentence about a picture, from EfficientNet-Lite2's feature grid.")
LEAST = 4
FITTED = 500
FACTS = {
    "data": "Flickr8k train (Hodosh et al., 2013): 6,000 photos, 30,000 captions; first in four views "
    "(as they are, mirrored, two random crops), then as they are; research and non-commercial "
    "use",
    "model": "transformer, one encoder and three decoder layers, width 448, 12.4 M parameters, int8 "
    "ONNX, on the frozen 9 x 9 grid of EfficientNet-Lite2 (Apache-2.0); beam search, 3 beams",
    "chosen by": "greedy BLEU-4 on dev chose the epochs; BLEU-4 and CIDEr on the first half of dev chose "
    "which checkpoints to average, the beams and the power of the length, and the first half "
    "fitted the confidence",
    "command": "python -m training caption, first: train --epochs 8 --rate 6e-4, reinforce --epochs 3 "
    "(CIDEr-D alone), export; then from that: unpack, train --go-on --views 1 --parts 2 "
    "--epochs 6 --rate 3e-4 (stopped after 3, the first was best), reinforce --views 1 --epochs"
    " 9 (from the 7th on resumed with --epochs 8), average of the best weights after the 2nd "
    "and the 8th, export",
    "machine": "2-core x86-64 CPUs with bfloat16; first: features 6 min, training 19 min, reinforcement 13"
    " min; then, on cores that other work used as well: features 19 min, training 12 min, "
    "reinforcement 19 min",
    "seed": "0",
    "licence": "research and non-commercial use, after Flickr8k",
    "confidence": "probability that the sentence's CIDEr against what five people wrote is at least 0.5",
    "second half": "of dev, which chose nothing but epochs: its BLEU-4, CIDEr and the confidence's measures",
    "cpu seconds": "of encoder and beam search, summed over the cores, which other work used as well",
    "limits": "everyday scenes with people and dogs, as in Flickr8k; it calls other things by what it knows",
}
_Data = Annotated[Path, typer.Option(help="Folder of the data sets.")]
_Work = Annotated[Path, typer.Option(help="Where features, checkpoints and logs are kept.")]
_Parts = Annotated[int, typer.Option(min=1, help="Epochs in which each picture comes once.")]
_Views = Annotated[int, typer.Option(min=1, max=VIEWS, help="Variants of each picture.")]


def vocabulary_of(data: Path) -> Vocabulary:
    """Return the words that occur at least four times in the train captions."""
    return Vocabulary.build((c for photo in flickr8k(data, "train") for c in photo.captions), LEAST)


def trained(data: Path, work: Path) -> tuple[Captioner, Vocabulary]:
    """Return the model with the best weights of the last run, reinforced or not."""
    vocabulary = vocabulary_of(data)
    model = Captioner(CaptionConfig(len(vocabulary.words)))
    reinforced = work / "reinforced" / "best.safetensors"
    load_weights(model, reinforced if reinforced.exists() else work / "best.safetensors")
    return model.eval(), vocabulary


@app.command()
@training_options(
    FitConfig(epochs=20, learning_rate=5e-4, weight_decay=0.05, patience=5, average=0.999),
    Loss(smoothing=0.1),
    WORD_LOSSES,
)
def train(
    options: TrainingOptions,
    data: _Data = Path("../shared/data"),
    work: _Work = Path("runs/caption"),
    batch: Annotated[int, typer.Option(help="Pictures a step, each with its five captions.")] = 32,
    views: _Views = VIEWS,
    parts: _Parts = 1,
    go_on: Annotated[
        bool, typer.Option(help="Start from the weights of `unpack` or of the last run.")
    ] = False,
) -> None:
    """Train on the train split; the dev split chooses the epoch."""
    model = trained(data, work)[0] if go_on else Captioner(CaptionConfig(len(vocabulary_of(data).words)))
    problem = Captioning(**_photos(data, work, views), batch=batch, objective=options.loss, parts=parts)
    rows = options.train(model, problem, work)
    typer.echo(f"best greedy BLEU-4 on dev: {max(row['score'] for row in rows):.2f}")


@app.command()
@training_options(
    FitConfig(epochs=9, learning_rate=5e-5, decay="linear", weight_decay=0.0, average=0.99, patience=5),
    losses=(),
)
def reinforce(
    options: TrainingOptions,
    data: _Data = Path("../shared/data"),
    work: _Work = Path("runs/caption"),
    batch: Annotated[int, typer.Option(help="Pictures a step, each with five sampled captions.")] = 16,
    views: _Views = 2,
    parts: _Parts = 5,
) -> None:
    """Train on from the best weights of the last run, on CIDEr-D and BLEU-4 of sampled captions."""
    model, _ = trained(data, work)
    problem = Reinforcement(**_photos(data, work, views), batch=batch, parts=parts)
    rows = options.train(model, problem, work / "reinforced")
    typer.echo(f"best greedy BLEU-4 on dev: {max(row['score'] for row in rows):.2f}")


def _photos(data: Path, work: Path, views: int) -> dict[str, Any]:
    """Return what both kinds of training know of the photos."""
    photos, dev = flickr8k(data, "train"), flickr8k(data, "dev")
    return {
        "photos": photos,
        "views": [features(photos, work / "features", "train", view) for view in range(views)],
        "dev": dev,
        "dev_grids": features(dev, work / "features", "dev", 0),
        "vocabulary": vocabulary_of(data),
        "longest": CaptionConfig.longest,
    }


@app.command()
def unpack(work: _Work = Path("runs/caption"), assets: Path = MODELS) -> None:
    """Read the shipped graphs back as the best weights of a run, for `reinforce` to go on from."""
    target = work / "best.safetensors"
    if target.exists() or (work / "reinforced").exists():
        raise InputError(
            "There are weights of another run", given=str(work), fix="Give another folder with --work DIR"
        )
    work.mkdir(parents=True, exist_ok=True)
    save_file(restore(assets / WEIGHTS).state_dict(), target)


@app.command()
def average(
    checkpoints: Annotated[list[Path], typer.Argument(help="Copies of best.safetensors, from one run.")],
    work: _Work = Path("runs/caption"),
) -> None:
    """Make the mean of checkpoints the best weights of `reinforce` (Wortsman et al., 2022)."""
    mean = mean_weights([load_file(path) for path in checkpoints])
    (work / "reinforced").mkdir(parents=True, exist_ok=True)
    save_file(mean, work / "reinforced" / "best.safetensors")


def mean_weights(all_weights: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Return the mean of each weight."""
    return {name: torch.stack([w[name] for w in all_weights]).mean(0) for name in all_weights[0]}


@app.command()
def export(
    data: _Data = Path("../shared/data"), work: _Work = Path("runs/caption"), assets: Path = MODELS
) -> None:
    """Write the int8 graphs and fit the confidence on the first half of dev; pin them afterwards."""
    from training.caption.export import export as write_graphs
    from training.caption.report import calibrate

    model, vocabulary = trained(data, work)
    folder = assets / WEIGHTS
    write_graphs(model, folder)
    vocabulary.write(folder / "words.json")
    settings = {"slope": 1.0, "offset": 0.0, "longest": model.config.longest}
    (folder / "settings.json").write_text(json.dumps(settings) + "\n", encoding="utf-8")
    calibrate(flickr8k(data, "dev")[:FITTED], folder)
    typer.echo("Now run: python scripts/pin_models.py && python -m training caption evaluate")


@app.command()
def evaluate(data: _Data = Path("../shared/data"), assets: Path = MODELS) -> None:
    """Measure the shipped captioner on the dev split and write results and card."""
    from training.caption.report import measure

    folder = assets / WEIGHTS
    results = measure(flickr8k(data, "dev"), FITTED)
    write_results(folder / "results.json", results)
    write_text_card(folder / "README.md", "Trio captioner", FACTS, results)
    typer.echo(json.dumps(results, indent=1))
