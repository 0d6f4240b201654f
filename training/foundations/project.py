"""`python -m training project`: chapter 5.2.2 of the article from end to end, in minutes.

Pre-processing, training, fusion, evaluation and deployment of a text, an image, a speech and a fusion model.
Every step calls the recipe or the pipeline that Trio has for it; what is small here is the training.
"""

from __future__ import annotations

import html
import os
import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from pipelines.backends import default_registry
from pipelines.core.foundation import load_foundation, read_card, write_foundation
from pipelines.core.types import Audio
from pipelines.crossmodal.foundations.fusion import LABELS as EMOTIONS
from pipelines.foundations import FOUNDATIONS
from pipelines.image.foundations.denoise import non_local_means_filtered
from pipelines.image.foundations.pictures import write_png
from pipelines.speech.foundations.enhance import wiener
from pipelines.speech.wav import write_wav
from pipelines.text.clean import clean
from pipelines.text.turns import SeenPicture, turn_text
from training.common.cards import write_card, write_results
from training.common.metrics import report
from training.foundations.crossmodal.emotion_pairs import OF_VOICE, held_out_clip, pair_up, tweets, voices
from training.foundations.crossmodal.fusion import WAYS
from training.foundations.image.denoise import gaussian
from training.foundations.image.picture_sets import cifar10
from training.foundations.recipe import Run, train_and_keep
from training.foundations.recipes import FOUNDATION_RECIPES
from training.foundations.speech.digits import split_of
from training.foundations.speech.noises import mixed, noise
from training.foundations.speech.spoken_digits import RATE
from training.foundations.tuning.review_cnn import LABELS as SENTIMENTS
from training.foundations.tuning.review_cnn import Reviews

SNR = 5.0
"""Of the noisy recordings, dB."""
Random = np.random.Generator
Row = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """One modality: what is trained, and how its input is spoilt and repaired.

    Attributes:
        recipe: Name of the foundation.
        epochs: Fewer than its own, so that the whole takes minutes; None for its own.
        held_out: Returns inputs that neither trained nor chose anything, and their labels.
        spoil: Returns an input as the world hands it in.
        repair: The pre-processing: what is done to every input before the model sees it.
        keep: Writes an input as a file of the given name without suffix; returns its path.
    """

    recipe: str
    epochs: int | None
    held_out: Callable[[Run], tuple[Sequence[Any], Sequence[str]]]
    spoil: Callable[[Any, Random], Any]
    repair: Callable[[Any], Any]
    keep: Callable[[Any, Path], Path]


def _sentences(run: Run) -> tuple[Sequence[str], Sequence[str]]:
    dev = Reviews.of(run).dev
    return dev.sentences, [SENTIMENTS[at] for at in dev.classes]


def _pictures(run: Run) -> tuple[Sequence[Any], Sequence[str]]:
    test = cifar10(run.data, "test", small=run.small)
    return list(test.pixels), test.names


def _digits(run: Run) -> tuple[Sequence[Any], Sequence[str]]:
    clips = split_of(run).test
    return [clip.samples for clip in clips], [clip.digit for clip in clips]


def _in_markup(text: str, draw: Random) -> str:
    """Return a text as a web page has it, with a link."""
    return f"<div class='review'>{html.escape(text)}<br/></div> https://example.org/{draw.integers(10**6)}"


def _in_noise(samples: Any, draw: Random) -> Any:
    return mixed(samples, noise("white", len(samples), draw), SNR)


def _text_file(text: str, path: Path) -> Path:
    target = path.with_suffix(".txt")
    target.write_text(text + "\n", encoding="utf-8")
    return target


def _picture_file(pixels: Any, path: Path) -> Path:
    target = path.with_suffix(".png")
    write_png(target, pixels)
    return target


def _sound_file(samples: Any, path: Path) -> Path:
    target = path.with_suffix(".wav")
    write_wav(target, [Audio(samples, RATE)])
    return target


PARTS: Mapping[str, Part] = {
    "text": Part("quantise", None, _sentences, _in_markup, clean, _text_file),
    "image": Part("alexnet", 8, _pictures, gaussian, non_local_means_filtered, _picture_file),
    "speech": Part("digit-cnn", 4, _digits, _in_noise, lambda samples: wiener(samples, RATE), _sound_file),
}
FUSION = "fusion"
STEPS = ("training", "fusion", "deployment", "evaluation")


def project(
    data: Annotated[Path, typer.Option(help="Folder of the data sets.")] = Path("../shared/data"),
    out: Annotated[Path, typer.Option(help="Folder for models, figures and card.")] = Path("runs/project"),
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.")] = 0,
    small: Annotated[bool, typer.Option("--small", help="Toy data and sizes: seconds.")] = False,
) -> None:
    """Train, fuse, evaluate and deploy text, image and speech models; write results.json and README.md."""
    runs = {name: _run(part, data, out / name, seed, small=small) for name, part in PARTS.items()}
    runs[FUSION] = Run(data, out / FUSION, FOUNDATION_RECIPES[FUSION].tasks[0], seed, small=small)
    seconds: dict[str, float] = {}
    with _step("training", seconds):
        for name, run in runs.items():
            recipe = _recipe(name)
            typer.echo(f"{name}: {recipe}", err=True)
            train_and_keep(recipe, FOUNDATION_RECIPES[recipe], run)
    with _step("fusion", seconds):
        of_both = fused(runs[FUSION])
    with _step("deployment", seconds):
        models = {
            name: deployed(_recipe(name), run.folder, out / "deployed" / name) for name, run in runs.items()
        }
        message = asked(models, runs, out)
    with _step("evaluation", seconds):
        alone = [
            row for name, part in PARTS.items() for row in evaluated(name, part, models[name], runs[name])
        ]
    rows = alone + of_both
    results = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "seed": seed,
        "small": small,
        "seconds": seconds,
        "processor_seconds": round(time.process_time(), 1),
        "rows": rows,
        "kilobytes": {name: _kilobytes(out / "deployed" / name) for name in models},
        "message": message,
    }
    write_results(out / "results.json", results)
    _card(results, out)
    typer.echo("\n".join(markdown(rows)))


def _recipe(name: str) -> str:
    return PARTS[name].recipe if name in PARTS else name


def _run(part: Part, data: Path, folder: Path, seed: int, *, small: bool) -> Run:
    task = FOUNDATION_RECIPES[part.recipe].tasks[0]
    return Run(data, folder, task, seed, epochs=1 if small else part.epochs, small=small)


@contextmanager
def _step(name: str, seconds: dict[str, float]) -> Iterator[None]:
    typer.echo(f"Step {len(seconds) + 1} of {len(STEPS)}: {name}", err=True)
    start = time.perf_counter()
    yield
    seconds[name] = round(time.perf_counter() - start, 1)


def fused(run: Run) -> list[Row]:
    """Return how well words and voice tell five emotions: each alone, and fused in three ways.

    All of them stand on the heads that were trained for the learned fusion.
    """
    model: Any = load_foundation(FOUNDATIONS[FUSION], FUSION, run.folder)
    words = tweets(run, default_registry(), held_out=True)
    first, second, labels, _ = pair_up(words, voices(run, held_out=True), run.seed)
    rows = []
    for name, kind in WAYS.items():
        found = kind(model.heads, model.reliability).probabilities(first, second)
        rows.append(_row(FUSION, name, "as it is", report(found, labels, EMOTIONS)))
    return rows


def evaluated(name: str, part: Part, model: Any, run: Run) -> list[Row]:
    """Return a deployed model's figures on held-out input: as it is, spoilt, spoilt and pre-processed."""
    inputs, truth = part.held_out(run)
    draw = np.random.default_rng(run.seed)
    spoilt = [part.spoil(each, draw) for each in inputs]
    repaired = [part.repair(each) for each in spoilt]
    given = {"as it is": inputs, "spoilt": spoilt, "spoilt, pre-processed": repaired}
    return [
        _row(name, part.recipe, condition, report(model.probabilities(each), truth, model.labels))
        for condition, each in given.items()
    ]


def _row(part: str, model: str, given: str, found: Row) -> Row:
    return {"part": part, "model": model, "input": given, **found}


def deployed(recipe: str, trained: Path, target: Path) -> Any:
    """Export a trained model, nothing but what its answers need, and return it as read from there.

    `quantise` is an ONNX graph of int8 weights; the others are kept as safetensors or npz.
    """
    model = load_foundation(FOUNDATIONS[recipe], recipe, trained)
    write_foundation(model, target, recipe, read_card(trained, recipe))
    return load_foundation(FOUNDATIONS[recipe], recipe, target)


def asked(models: Mapping[str, Any], runs: Mapping[str, Run], out: Path) -> Row:
    """Return what the exported models say of one message, from files, and the prompt that it becomes.

    The message is the first held-out input of each modality, spoilt and pre-processed, and a recording of an
    actor who was held out.
    """
    found: dict[str, Any] = {}
    for name, part in PARTS.items():
        inputs, truth = part.held_out(runs[name])
        repaired = part.repair(part.spoil(inputs[0], np.random.default_rng(runs[name].seed)))
        file = part.keep(repaired, out / f"message-{name}")
        found[name] = {"file": file.name, "truth": truth[0], **models[name].predict(file, out)}
    clip = held_out_clip(runs[FUSION].data)
    found[FUSION] = {"file": clip.path.name, "truth": OF_VOICE[clip.label]}
    found[FUSION] |= models[FUSION].predict(clip.path, out)
    seen = SeenPicture(found["image"]["label"], None, found["image"]["confidence"])
    words = f"{(out / found['text']['file']).read_text('utf-8').strip()} {found['speech']['label']}"
    feeling = next(voice for voice, emotion in OF_VOICE.items() if emotion == found[FUSION]["label"])
    found["prompt"] = turn_text(words, [seen], spoken=True, feeling=feeling)
    return found


def _kilobytes(folder: Path) -> float:
    return round(sum(file.stat().st_size for file in folder.iterdir()) / 1000, 1)


COLUMNS = ("accuracy", "macro_recall", "macro_f1")


def markdown(rows: Sequence[Row]) -> list[str]:
    """Return the figures as a Markdown table."""
    head = ("part", "model", "input", "count", "accuracy", "macro recall", "macro F1")
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for row in rows:
        shares = " | ".join(f"{100 * row[column]:.1f} %" for column in COLUMNS)
        lines.append(f"| {row['part']} | `{row['model']}` | {row['input']} | {row['count']} | {shares} |")
    return lines


def _card(results: Row, out: Path) -> None:
    facts = {
        "what": "chapter 5.2.2 of the article, from end to end and small: to learn from, not to be used",
        "data": "SST-2 (text), a subset of CIFAR-10 (image), the Free Spoken Digit Dataset (speech), RAVDESS "
        "and six-emotion tweets (fusion)",
        "measured": "through the exported files, on dev sentences, test pictures, an unseen speaker, unseen "
        "actors and tweets; they chose nothing",
        "command": "python -m training project",
        "machine": results["machine"],
        "seconds": ", ".join(f"{name} {value}" for name, value in results["seconds"].items()),
        "seed": str(results["seed"]),
        "licence": "the data are for research, RAVDESS is CC BY-NC-SA 4.0: use the weights accordingly",
    }
    named = {f"{row['part']}, {row['model']}, {row['input']}": row for row in results["rows"]}
    write_card(out / "README.md", "Project: text, image and speech together", facts, named)
