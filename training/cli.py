"""The command `python -m training RECIPE ...`, for the shipped models and for the foundations.

A recipe's module is imported when it is run.
"""

from __future__ import annotations

import importlib
import sys

import typer

from pipelines.core.errors import TrioError

RECIPES = {
    "caption": ("training.caption.recipe:app", "one sentence about a picture"),
    "chinese-feelings": (
        "training.feelings.chinese:app",
        "sentiment and emotion of Chinese text from one fine-tuned multilingual-e5-small",
    ),
    "compare": ("training.foundations.compare:compare", "a family of foundations in one table and figure"),
    "corpora": (
        "training.common.corpora:list_corpora",
        "the data sets: what is there, and where to get the rest",
    ),
    "danger": ("training.danger.recipe:app", "whether a message says that somebody is in danger"),
    "detect": (
        "training.detect.recipe:app",
        "objects in pictures: two published detectors, exported and compared",
    ),
    "enhancement": (
        "training.foundations.speech.enhancement:measure",
        "noise removal: STOI, PESQ, SI-SDR, WER",
    ),
    "export-graphs": (
        "training.common.export_graphs:main",
        "ONNX graphs of published models, without weights",
    ),
    "lora": ("training.lora.recipe:lora", "adapter of any chat model, from chats"),
    "lora-mean": ("training.lora.mean:lora_mean", "mean of two adapters of one model"),
    "manners": ("training.manners.chats:manners", "dialogues for the adapter of the model that replies"),
    "image-page": ("training.foundations.image.page:app", "pictures of what the image foundations do"),
    "project": (
        "training.foundations.project:project",
        "text, image and speech from training to a deployed prediction, in minutes (5.2.2)",
    ),
    "speech-emotion": ("training.speech_emotion.recipe:app", "emotion of a voice from Whisper's encoder"),
    "text": ("training.feelings.recipe:app", "sentiment and emotions from one fine-tuned MiniLM"),
    "turn-end": (
        "training.turn_end:app",
        "whether somebody who pauses in a call has finished, from the words",
    ),
    "text-heads": ("training.feelings.text_heads:app", "sentiment and emotion of words from MiniLM"),
}


def _listing() -> str:
    from training.foundations.recipes import BY_FAMILY

    lines = ["Usage: python -m training RECIPE ...", "", "Recipes:"]
    lines += [f"  {name:22} {help_}" for name, (_, help_) in RECIPES.items()]
    for family, table in BY_FAMILY.items():
        lines += ["", f"Foundations, {family}: train | evaluate | predict"]
        lines += [f"  {name:22} {spec.chapter:6} {spec.help}" for name, spec in table.items()]
    return "\n".join(lines)


def _command(name: str) -> typer.Typer | None:
    """Return the command of a recipe or a foundation; None where there is none of that name."""
    if name not in RECIPES:
        from training.foundations.cli import foundation_app
        from training.foundations.recipes import FOUNDATION_RECIPES

        return foundation_app(name, FOUNDATION_RECIPES[name]) if name in FOUNDATION_RECIPES else None
    module, _, attribute = RECIPES[name][0].partition(":")
    target = getattr(importlib.import_module(module), attribute)
    if isinstance(target, typer.Typer):
        return target
    app = typer.Typer(add_completion=False)
    app.command()(target)
    return app


def main(arguments: list[str] | None = None) -> None:
    """Run the recipe that the first argument names."""
    given = sys.argv[1:] if arguments is None else arguments
    command = _command(given[0]) if given else None
    if command is None:
        typer.echo(_listing())
        raise SystemExit(0 if given in (["--help"], ["-h"]) else 2)
    try:
        command(given[1:], prog_name=f"python -m training {given[0]}")
    except TrioError as error:
        typer.echo(f"Error: {error}", err=True)
        raise SystemExit(1) from error
