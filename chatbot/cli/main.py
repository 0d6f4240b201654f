"""The command `trio-chat`, which is `python -m chatbot`."""

from __future__ import annotations

import contextlib
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chatbot.cli.cluster import app as cluster_app
from chatbot.cli.global_options import chosen_settings
from chatbot.cli.history import app as history_app
from chatbot.cli.models import app as models_app
from chatbot.cli.user import app as user_app
from pipelines.core.errors import TrioError
from pipelines.core.memory import return_freed_memory

if TYPE_CHECKING:
    from chatbot.config.settings import Settings
    from chatbot.turn.engine import Chatbot
    from chatbot.turn.state import TurnState

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Trio: a chatbot that reads, sees, listens and speaks.",
)
app.add_typer(models_app, name="models")
app.add_typer(history_app, name="history")
app.add_typer(user_app, name="user")
app.add_typer(cluster_app, name="cluster")

_Speed = Annotated[float | None, typer.Option(help="Speaking speed, 0.5 to 2.0.")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.callback()
def options(
    ctx: typer.Context,
    profile: Annotated[
        str | None, typer.Option(help="embedded, quality, server or cluster: the backends of all stages.")
    ] = None,
    offline: Annotated[
        bool | None, typer.Option("--offline/--no-offline", help="Do not use other machines or downloads.")
    ] = None,
) -> None:
    """Take what counts for every command."""
    ctx.obj = {"profile": profile, "offline": offline}


def _chatbot(settings: Settings) -> Chatbot:
    from chatbot.turn.engine import Chatbot

    return Chatbot(settings)


@contextlib.contextmanager
def _stdout_for_results() -> Iterator[None]:
    """Send what libraries print to stderr, so that stdout holds the result alone."""
    with contextlib.redirect_stdout(sys.stderr):
        yield


@app.command()
def ask(
    ctx: typer.Context,
    text: Annotated[str | None, typer.Option(help="Your message.")] = None,
    image: Annotated[list[Path] | None, typer.Option(help="A picture. Can be repeated.")] = None,
    audio: Annotated[Path | None, typer.Option(help="A recording.")] = None,
    voice: Annotated[Path | None, typer.Option(metavar="OUT.wav", help="Save the spoken reply here.")] = None,
    speed: _Speed = None,
    as_json: _AsJson = False,
) -> None:
    """Answer one message. Exit code 0 for a reply, 1 for an error."""
    from chatbot.turn.record import to_line, turn_json
    from chatbot.turn.state import Phase, TurnState

    with _stdout_for_results():
        try:
            state = _ask(chosen_settings(ctx, speed=speed), text, image or [], audio, voice, show=not as_json)
        except TrioError as error:
            state = TurnState(Phase.FAILED, error=str(error))
    record = turn_json(state)
    if voice is not None and state.speech:
        record["voice"] = str(voice)
    if as_json:
        typer.echo(to_line(record))
    elif state.error is None:
        typer.echo(record["reply"])
    if state.error is not None:
        typer.echo(str(state.error), err=True)
        raise typer.Exit(1)


def _ask(
    settings: Settings,
    text: str | None,
    images: list[Path],
    audio: Path | None,
    voice: Path | None,
    show: bool,
) -> TurnState:
    from chatbot.cli.turn_files import read_turn, run_once
    from pipelines.core.errors import InputError
    from pipelines.speech.wav import write_wav

    if voice is not None and not voice.absolute().parent.is_dir():
        raise InputError("The folder for the spoken reply does not exist", given=str(voice.parent))
    turn = read_turn(text, images, audio)
    with _chatbot(settings) as chatbot:
        status = chatbot.wait_until_warm()
        for stage, why in status.errors.items():
            logging.getLogger(__name__).warning("%s is unavailable: %s", stage, why)
        state = run_once(chatbot, turn, speak=voice is not None)
    if voice is not None and state.speech:
        write_wav(voice, state.sound)
    if show and state.reply is not None and state.reply.voice_note:
        typer.echo(str(state.reply.voice_note), err=True)
    return state


@app.command()
def batch(
    ctx: typer.Context,
    source: Annotated[
        Path, typer.Argument(metavar="IN.jsonl", help="One message per line: id, text, image, audio.")
    ],
    out: Annotated[
        Path, typer.Argument(metavar="OUT.jsonl", help="One result per line; ids already in it are skipped.")
    ],
    voices: Annotated[Path | None, typer.Option(metavar="DIR", help="Save spoken replies here.")] = None,
    retry_failed: Annotated[bool, typer.Option(help="Retry lines that failed.")] = False,
) -> None:
    """Answer many messages in one process. Exit code 0 if any line succeeded or none was left."""
    from tqdm import tqdm

    from chatbot.cli.batch import finished_ids, read_lines, run_batch

    settings = chosen_settings(ctx)
    lines = read_lines(source)
    finished = finished_ids(out, retry_failed=retry_failed)
    left = [line for line in lines if line.id not in finished]
    failed = 0
    with _stdout_for_results(), _chatbot(settings) as chatbot:
        if left:
            chatbot.wait_until_warm()
        records = run_batch(chatbot, left, out, source.absolute().parent, voices)
        with tqdm(records, total=len(lines), initial=len(lines) - len(left), unit="turn") as bar:
            for record in bar:
                failed += "error" in record
    typer.echo(
        f"{len(left) - failed} answered, {failed} failed, {len(lines) - len(left)} already done.", err=True
    )
    if left and failed == len(left):
        raise typer.Exit(1)


@app.command()
def chat(
    ctx: typer.Context,
    voices: Annotated[Path | None, typer.Option(metavar="DIR", help="Save spoken replies here.")] = None,
    speed: _Speed = None,
) -> None:
    """Chat in the terminal."""
    from rich.console import Console

    from chatbot.cli.terminal import TerminalChat

    with _chatbot(chosen_settings(ctx, speed=speed)) as chatbot:
        chatbot.start_warm_up()
        TerminalChat(chatbot, Console(), voices).run()


@app.command()
def doctor(ctx: typer.Context, as_json: _AsJson = False) -> None:
    """Show what is installed, what each stage uses and what is missing. Exit code 1 if anything is."""
    from chatbot.cli.doctor import examine, to_text
    from chatbot.config.backends import chatbot_registry

    settings = chosen_settings(ctx)
    kept = settings.data_dir if settings.history else None
    report = examine(chatbot_registry(settings), kept, settings.profile, settings.mind)
    typer.echo(json.dumps(report.to_json(), ensure_ascii=False) if as_json else to_text(report))
    if not report.healthy:
        raise typer.Exit(1)


@app.command("run")
@app.command()
def serve(
    ctx: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """Download missing models and serve the page."""
    from chatbot.cli.server.serve import serve as serve_page

    serve_page(chosen_settings(ctx, host=host, port=port))


@app.command()
def mcp(ctx: typer.Context) -> None:
    """Serve the Model Context Protocol over standard input and output, for assistants and editors."""
    from chatbot.cli.mcp import serve_stdio

    serve_stdio(chosen_settings(ctx))


def main() -> None:
    """Run the command; an error that was foreseen becomes one line on stderr and exit code 1."""
    return_freed_memory()
    try:
        app()
    except TrioError as error:
        typer.echo(str(error), err=True)
        raise SystemExit(1) from error


__all__ = ["app", "main"]
