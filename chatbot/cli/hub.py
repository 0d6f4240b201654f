"""The command `python -m chatbot models hub ID`: a model of the hub, its size and licence shown first."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from chatbot.cli.global_options import chosen_settings, refuse
from chatbot.cli.progress_bars import Bars
from pipelines.core.errors import ModelMissingError, SettingsError
from pipelines.core.hub import Hub
from pipelines.core.hub_request import TRANSFORMERS_FILES, HubRequest, local_path
from pipelines.core.weights import default_cache

_File = Annotated[
    list[str] | None,
    typer.Option("--file", metavar="PATTERN", help="Files to download, such as NAME.gguf. Can be repeated."),
]


def hub(
    ctx: typer.Context,
    model: Annotated[str, typer.Argument(metavar="ID", help="owner/name, or whisper:SIZE for OpenAI's own.")],
    revision: Annotated[str | None, typer.Option(help="Branch, tag or commit.")] = None,
    file: _File = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Only check what is already downloaded.")
    ] = False,
) -> None:
    """Download a model from the Hugging Face hub, or check one that is here. Shows size and licence first."""
    refuse(ctx, "profile")
    offline = offline or chosen_settings(ctx).offline
    if model.startswith("whisper:"):
        _whisper(model.removeprefix("whisper:"), yes, offline)
        return
    request = HubRequest(model, revision, tuple(file or TRANSFORMERS_FILES))
    if local_path(model) is not None:
        raise SettingsError(
            "This is a path, so nothing needs to be downloaded", given=model, allowed="owner/name"
        )
    store = Hub.beside(default_cache())
    if offline:
        typer.echo(f"Verified: {store.folder(request)}")
        return
    listing = store.look_up(request)
    typer.echo(str(listing), err=True)
    for part in listing.files:
        typer.echo(f"  {part.size / 1e6:10,.1f} MB  {part.path}", err=True)
    _ask(yes)
    with closing(Bars()) as bars:
        typer.echo(f"Verified: {store.get(request, listing, bars)}")


def _whisper(size: str, yes: bool, offline: bool) -> None:
    from pipelines.speech.huggingface.whisper_files import WhisperFiles

    files = WhisperFiles(default_cache() / "openai-whisper")
    try:
        typer.echo(f"Verified: {files.path(size)}")
        return
    except ModelMissingError:
        if offline:
            raise
    typer.echo(files.described(size), err=True)
    _ask(yes)
    with closing(Bars()) as bars:
        typer.echo(f"Verified: {files.get(size, bars)}")


def _ask(yes: bool) -> None:
    if not yes:
        typer.confirm("Download it?", abort=True, err=True)
