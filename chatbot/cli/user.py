"""The command `python -m chatbot user add|list|remove|passwd|token`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chatbot.cli.global_options import refuse
from pipelines.core.errors import InputError

if TYPE_CHECKING:
    from chatbot.web.auth.accounts import Accounts

app = typer.Typer(no_args_is_help=True, help="Manage who can log in.")


@app.callback()
def refuse_profile(ctx: typer.Context) -> None:
    """Refuse what means nothing to these commands."""
    refuse(ctx, "profile")


_Name = Annotated[str, typer.Argument(metavar="NAME")]
_File = Annotated[
    Path | None, typer.Option("--file", metavar="F", help="The users file. Default: TRIO_AUTH.")
]


@app.command()
def add(name: _Name, file: _File = None) -> None:
    """Add a user. The password is prompted for, or read from standard input."""
    _accounts(file).add(name, _password())
    typer.echo(f"{name} can now log in.")


@app.command("list")
def list_(file: _File = None) -> None:
    """List the users."""
    for name in _accounts(file).names():
        typer.echo(name)


@app.command()
def remove(name: _Name, file: _File = None) -> None:
    """Remove a user and log them out at once."""
    _accounts(file).remove(name)
    typer.echo(f"{name} can no longer log in.")


@app.command()
def passwd(name: _Name, file: _File = None) -> None:
    """Change a user's password and log them out everywhere."""
    _accounts(file).set_password(name, _password())
    typer.echo(f"The password of {name} was changed.")


@app.command()
def token(name: _Name, file: _File = None) -> None:
    """Print a bearer token for programs, valid until the user's password changes."""
    from chatbot.config.settings import load_settings
    from chatbot.web.auth.login_sessions import Sessions, session_key

    settings = load_settings()
    key = session_key(settings.data_dir)
    typer.echo(Sessions(_accounts(file), key, settings.session_days).token(name))


def _accounts(file: Path | None) -> Accounts:
    from chatbot.config.settings import load_settings
    from chatbot.web.auth.accounts import Accounts

    where = file or load_settings().auth
    if where is None:
        raise InputError(
            "No users file is set",
            fix="Give the users file with --file or in the variable TRIO_AUTH",
        )
    return Accounts(where.expanduser())


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return asked
