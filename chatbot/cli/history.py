"""The command `python -m chatbot history list|search|export|import|delete`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chatbot.cli.global_options import chosen_settings

if TYPE_CHECKING:
    from chatbot.history import History

app = typer.Typer(no_args_is_help=True, help="List, search, export, import and delete saved conversations.")

_User = Annotated[str, typer.Option(help="Whose conversations.")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")]
_Limit = Annotated[int, typer.Option(min=1, max=1000, help="Maximum number of lines.")]
LOCAL = "local"


def _history(ctx: typer.Context) -> History:
    from chatbot.history import History

    return History(chosen_settings(ctx).data_dir)


@app.command("list")
def list_conversations(
    ctx: typer.Context,
    user: _User = LOCAL,
    limit: _Limit = 50,
    offset: Annotated[int, typer.Option(min=0, help="Lines to skip.")] = 0,
    as_json: _AsJson = False,
) -> None:
    """List the conversations, most recently changed first."""
    with _history(ctx) as history:
        for item in history.conversations(user, limit=limit, offset=offset):
            if as_json:
                entry = {"id": item.id, "title": item.title, "turns": item.turns}
                typer.echo(_line({**entry, "updated_at": item.updated_at.isoformat()}))
            else:
                when = item.updated_at.astimezone().strftime("%Y-%m-%d %H:%M")
                typer.echo(f"{item.id}  {when}  {item.turns:4} messages  {item.title or '(untitled)'}")


@app.command()
def search(
    ctx: typer.Context,
    query: Annotated[str, typer.Argument(help="Words to find; all of them must occur.")],
    user: _User = LOCAL,
    limit: _Limit = 30,
    pictures: Annotated[bool, typer.Option("--pictures", help="Find pictures by what they show.")] = False,
    as_json: _AsJson = False,
) -> None:
    """Search titles, messages, transcripts, replies, picture descriptions and text in pictures."""
    with _history(ctx) as history:
        if pictures:
            _search_pictures(ctx, history, user, query, limit, as_json)
            return
        for hit in history.search(user, query, limit=limit):
            if as_json:
                entry = {"conversation": hit.conversation, "turn": hit.turn, "place": hit.place}
                typer.echo(_line({**entry, "snippet": hit.marked()}))
            else:
                typer.echo(
                    f"{hit.conversation}  {hit.title or '(untitled)'}\n    {hit.place}: {hit.marked()}"
                )


def _search_pictures(
    ctx: typer.Context, history: History, user: str, query: str, limit: int, as_json: bool
) -> None:
    from chatbot.config.backends import chatbot_registry
    from chatbot.history.picture_search import PictureSearch, registry_embed

    registry = chatbot_registry(chosen_settings(ctx))
    try:
        results = PictureSearch(history, registry_embed(registry)).find(user, query, limit=limit)
    finally:
        registry.unload()
    if results.note:
        typer.echo(results.note, err=True)
    for hit in results.hits:
        if as_json:
            entry = {"conversation": hit.conversation, "turn": hit.turn, "caption": hit.caption}
            typer.echo(_line({**entry, "score": hit.score, "path": str(hit.media.path)}))
        else:
            typer.echo(f"{hit.score:.2f}  {hit.caption or hit.media.name}\n    {hit.media.path}")


@app.command("export")
def export_conversations(
    ctx: typer.Context,
    target: Annotated[Path, typer.Argument(metavar="OUT.zip", help="Where to write.")],
    conversation: Annotated[
        str | None, typer.Option(metavar="ID", help="One conversation. Default: all.")
    ] = None,
    user: _User = LOCAL,
) -> None:
    """Write conversations with their files to a ZIP."""
    from chatbot.history.export_archive import export_archive

    with _history(ctx) as history:
        count = export_archive(history, user, target, conversation)
    typer.echo(f"{_counted(count)} exported to {target}.", err=True)


@app.command("import")
def import_conversations(
    ctx: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="IN.zip", help="An export.")],
    user: _User = LOCAL,
) -> None:
    """Import an export as new conversations."""
    from chatbot.history.import_archive import import_archive

    with _history(ctx) as history:
        result = import_archive(history, user, source)
    for name, why in result.left_out:
        typer.echo(f"{name} was left out. {why}", err=True)
    for conversation in result.conversations:
        typer.echo(conversation)
    there = f" {_counted(result.known)} there already." if result.known else ""
    typer.echo(f"{_counted(len(result.conversations))} imported.{there}", err=True)


@app.command()
def delete(
    ctx: typer.Context,
    conversation: Annotated[str | None, typer.Argument(metavar="[ID]", help="A conversation.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All of the user's conversations.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    user: _User = LOCAL,
) -> None:
    """Delete a conversation, or all, with the files that only they use."""
    if (conversation is None) == (not everything):
        raise typer.BadParameter("Give the id of a conversation, or --all.")
    with _history(ctx) as history:
        if conversation is not None:
            title = history.conversation(user, conversation).title
            what = f"the conversation {title!r}"
        else:
            what = f"all {_counted(history.count(user))} of {user!r}"
        if not yes:
            typer.confirm(f"Permanently delete {what}?", abort=True, err=True)
        if conversation is not None:
            history.delete(user, conversation)
        else:
            history.delete_all(user)
    typer.echo(f"Deleted {what}.", err=True)


def _counted(count: int) -> str:
    return f"{count} conversation{'' if count == 1 else 's'}"


def _line(entry: dict[str, object]) -> str:
    return json.dumps(entry, ensure_ascii=False)
