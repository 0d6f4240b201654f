"""`python -m training FOUNDATION train | evaluate | predict`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.core.foundation import load_foundation, read_card
from pipelines.foundations import FOUNDATIONS
from training.foundations.recipe import Metrics, RecipeSpec, Run, measure, train_and_keep

_Data = Annotated[Path, typer.Option(help="Folder of the data sets.")]
_Folder = Annotated[Path | None, typer.Option(help="Of the trained one; without, its task's usual one.")]
_Task = Annotated[str | None, typer.Option(help="Which of its data sets.")]
_Small = Annotated[bool, typer.Option("--small", help="Toy data and sizes: seconds, for a first look.")]
DATA = Path("../shared/data")


def foundation_app(name: str, spec: RecipeSpec) -> typer.Typer:
    """Return the command of one foundation."""
    app = typer.Typer(help=f"{spec.help} (chapter {spec.chapter}). Tasks: {', '.join(spec.tasks)}.")

    @app.command()
    def train(
        data: _Data = DATA,
        folder: _Folder = None,
        task: _Task = None,
        seed: Annotated[int, typer.Option(help="Of everything that is drawn.")] = 0,
        epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the data.")] = None,
        small: _Small = False,
        device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    ) -> None:
        """Train it, measure it on held-out data and keep it."""
        run = Run(data, *_place(name, spec, folder, task, small), seed, epochs, small, device)
        _print(train_and_keep(name, spec, run))
        typer.echo(f"Kept in {run.folder}", err=True)

    @app.command()
    def evaluate(
        data: _Data = DATA, folder: _Folder = None, task: _Task = None, small: _Small = False
    ) -> None:
        """Measure the trained one again."""
        place, task = _place(name, spec, folder, task, small)
        card = read_card(place, name)
        run = Run(data, place, task, card["seed"], small=card["small"])
        _print(measure(name, spec, load_foundation(FOUNDATIONS[name], name, run.folder), run))

    @app.command()
    def predict(
        files: Annotated[list[Path], typer.Argument(metavar="FILE...")],
        folder: _Folder = None,
        task: _Task = None,
        out: Annotated[Path, typer.Option(help="Folder for written files.")] = Path("."),
    ) -> None:
        """Run the trained one on files; one JSON object a line."""
        model = load_foundation(FOUNDATIONS[name], name, _place(name, spec, folder, task)[0])
        for file in files:
            typer.echo(json.dumps({"file": str(file), **model.predict(file, out)}, ensure_ascii=False))

    return app


def _place(
    name: str, spec: RecipeSpec, folder: Path | None, task: str | None, small: bool = False
) -> tuple[Path, str]:
    """Return the folder and the task that are meant; a small one has a folder of its own."""
    task = spec.task(task)
    usual = spec.folder(name, task)
    return folder or (usual.with_name(f"{usual.name}-small") if small else usual), task


def _print(metrics: Metrics) -> None:
    shown: dict[str, Any] = {k: v for k, v in metrics.items() if isinstance(v, int | float | str)}
    typer.echo(json.dumps(shown, indent=1, ensure_ascii=False))
