"""The command `python -m chatbot models pull|verify|list|hub`."""

from __future__ import annotations

from typing import Annotated

import typer

from chatbot.cli_hub import hub
from chatbot.progress import Bars
from pipelines.core.errors import SettingsError
from pipelines.core.weights import ModelState, WeightStore

app = typer.Typer(no_args_is_help=True, help="Get, check and list the model files.")
app.command()(hub)
_Names = Annotated[list[str] | None, typer.Argument(metavar="[MODEL]...", help="All without any.")]


def pull_missing(store: WeightStore, names: list[str] | None = None) -> list[str]:
    """Get the models (all without `names`) that are missing or damaged, with a progress bar; return them.

    Raises:
        ModelError: if a download fails or its bytes are not the pinned ones.
    """
    from pipelines.core.pull import Puller

    bars = Bars()
    try:
        return Puller(store, bars).pull(names or None)
    finally:
        bars.close()


@app.command()
def pull(ctx: typer.Context, names: _Names = None) -> None:
    """Download and verify the models that are missing."""
    from chatbot.settings import load_settings

    if load_settings(offline=ctx.obj["offline"]).offline:
        raise SettingsError(
            "Models cannot be downloaded: Trio is set to stay offline",
            fix="Leave --offline (TRIO_OFFLINE) out",
        )
    got = pull_missing(WeightStore(), names)
    typer.echo(f"Got {', '.join(got)}." if got else "All the models are here and verified.")


@app.command()
def verify(names: _Names = None) -> None:
    """Compare every model file with its pinned SHA-256; exit code 1 if any differs."""
    store = WeightStore()
    states = [store.state(name) for name in names or store.manifest.models]
    for state in states:
        typer.echo(f"{'ok' if state.problem is None else 'NO'}  {state.name}  {state.problem or ''}".rstrip())
    if any(state.problem for state in states):
        raise typer.Exit(1)


@app.command("list")
def list_() -> None:
    """Show every model: where it comes from, its size, licence and state."""
    store = WeightStore()
    for state in (store.state(name) for name in store.manifest.models):
        typer.echo(_line(state))


def _line(state: ModelState) -> str:
    entry = state.entry
    there = "ready" if state.problem is None else "missing or damaged"
    size = f"{entry.size / 1e6:.1f} MB"
    return f"{state.name:24} {there:20} {entry.kind:10} {size:>10}  {entry.licence:22} {entry.description}"
