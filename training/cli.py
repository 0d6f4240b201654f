"""The command `python -m training RECIPE ...`; a recipe's module is imported when it is run."""

from __future__ import annotations

import importlib
import sys

import typer

from pipelines.core.errors import TrioError

RECIPES = {
    "caption": ("training.caption.recipe:app", "one sentence about a picture"),
    "chinese-sentiment": ("training.chinese:app", "sentiment of Chinese text from character n-grams"),
    "corpora": ("training.corpora:list_corpora", "the data sets: what is there, and where to get the rest"),
    "dialogue": ("training.dialogue.recipe:app", "adapter of the model that writes the replies"),
    "export-graphs": ("training.export_graphs:main", "ONNX graphs of published models, without weights"),
    "speech-emotion": ("training.speech_emotion:app", "emotion of a voice from Whisper's encoder"),
    "text": ("training.feelings.recipe:app", "sentiment and emotions from one fine-tuned MiniLM"),
    "text-heads": ("training.text_heads:app", "sentiment and emotion of words from MiniLM"),
}


def main(arguments: list[str] | None = None) -> None:
    """Run the recipe that the first argument names."""
    given = sys.argv[1:] if arguments is None else arguments
    if not given or given[0] not in RECIPES:
        lines = [f"  {name:16} {help_}" for name, (_, help_) in RECIPES.items()]
        typer.echo("\n".join(["Usage: python -m training RECIPE ...", "", "Recipes:", *lines]))
        raise SystemExit(0 if given in (["--help"], ["-h"]) else 2)
    module, _, name = RECIPES[given[0]][0].partition(":")
    target = getattr(importlib.import_module(module), name)
    if not isinstance(target, typer.Typer):
        function, target = target, typer.Typer(add_completion=False)
        target.command()(function)
    try:
        target(given[1:], prog_name=f"python -m training {given[0]}")
    except TrioError as error:
        typer.echo(f"Error: {error}", err=True)
        raise SystemExit(1) from error
