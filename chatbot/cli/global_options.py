"""What counts for every command: `--profile` and `--offline`, before the command's name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from chatbot.config.settings import Settings


def chosen_settings(ctx: typer.Context, **overrides: Any) -> Settings:
    """Return the settings with what stands before the command's name. Raises SettingsError."""
    from chatbot.config.settings import load_settings

    return load_settings(**(ctx.obj or {}), **overrides)


def refuse(ctx: typer.Context, *names: str) -> None:
    """Refuse options that stand before the command's name and mean nothing to it.

    Args:
        ctx: The command's context.
        names: "profile", "offline".

    Raises:
        typer.BadParameter: where one is given.
    """
    for name in names:
        if (ctx.obj or {}).get(name) is not None:
            raise typer.BadParameter(f"--{name} has no effect on `{ctx.command_path}`: leave it out")
