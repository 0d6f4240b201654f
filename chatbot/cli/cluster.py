"""The command `python -m chatbot cluster start|status|stop`."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chatbot.cli.global_options import refuse
from pipelines.core.errors import InputError
from pipelines.core.programs import TRIO

if TYPE_CHECKING:
    from chatbot.cluster.deploy import DeploymentStatus

app = typer.Typer(no_args_is_help=True, help="Run the stages in a Ray cluster (see docs/cluster.md).")
_Plan = Annotated[
    Path | None, typer.Option("--plan", metavar="FILE.toml", help="What to run (see docs/cluster.md).")
]
_Address = Annotated[
    str | None, typer.Option(metavar="HOST:PORT", help="A running Ray cluster. Default: a local one.")
]
_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
STORE_MB = 200


@app.callback()
def refuse_both(ctx: typer.Context) -> None:
    """Refuse what means nothing to these commands: the plan chooses, and a cluster is a network."""
    refuse(ctx, "profile", "offline")


@app.command()
def start(
    plan: _Plan = None,
    address: _Address = None,
    node: Annotated[
        str, typer.Option(metavar="IP", help="Address at which other machines reach this one.")
    ] = "127.0.0.1",
    ray_port: Annotated[int, typer.Option(help="Port of Ray's control service, if one is started.")] = 6379,
    store_mb: Annotated[int, typer.Option(help="Shared memory for Ray's objects, in MB.")] = STORE_MB,
) -> None:
    """Start Ray here, or join a cluster with --address, deploy every stage and wait until all are ready."""
    from chatbot.cluster.deploy import check_backends, check_room, connected, deploy
    from chatbot.cluster.plan import read_plan
    from chatbot.cluster.ray_head import start_head, stop_head

    found = read_plan(plan)
    check_backends(found)
    cores, started = os.cpu_count() or 1, address is None
    if address is None:
        check_room(found, cores)
        address = start_head(_folder(), node, ray_port, cores, store_mb).address
        typer.echo(f"Ray is running at {address}.", err=True)
    progress = _Progress(len(found.deployments))
    try:
        with connected(address):
            deploy(found, progress)
    except BaseException:
        if started:
            stop_head(_folder())
        raise
    finally:
        progress.close()
    typer.echo(f"Every stage is served at http://{found.host}:{found.port}.")


@app.command()
def status(plan: _Plan = None, address: _Address = None, as_json: _AsJson = False) -> None:
    """Show every deployment. Exit code 1 if one is not ready."""
    from chatbot.cluster.deploy import connected, statuses
    from chatbot.cluster.plan import read_plan

    found = read_plan(plan)
    with connected(address or _local_address()):
        rows = statuses(found)
    typer.echo(json.dumps([asdict(row) for row in rows]) if as_json else _table(rows))
    if not all(row.ready for row in rows):
        raise typer.Exit(1)


@app.command()
def stop(plan: _Plan = None, address: _Address = None) -> None:
    """Stop the Ray that `start` started here; with --address, remove the deployments from that cluster."""
    from chatbot.cluster.deploy import connected, withdraw
    from chatbot.cluster.plan import read_plan
    from chatbot.cluster.ray_head import stop_head

    if address is None:
        head = stop_head(_folder())
        typer.echo(
            f"Stopped Ray at {head.address}." if head else "No cluster has been started on this computer."
        )
        return
    with connected(address):
        names = withdraw(read_plan(plan))
    typer.echo(f"Removed {', '.join(names)}." if names else "Nothing of Trio is running there.")


def _folder() -> Path:
    from chatbot.config.settings import load_settings

    return load_settings().data_dir


def _local_address() -> str:
    from chatbot.cluster.ray_head import running_head

    head = running_head(_folder())
    if head is None:
        raise InputError(
            "No cluster has been started on this computer",
            fix=f"Start one with: {TRIO} cluster start, or name one with --address HOST:PORT",
        )
    return head.address


class _Progress:
    """A bar on stderr that counts the deployments that are ready, and names those that are not."""

    def __init__(self, total: int) -> None:
        from tqdm import tqdm

        self._bar = tqdm(total=total, unit="deployment", file=sys.stderr)

    def __call__(self, rows: list[DeploymentStatus]) -> None:
        self._bar.set_postfix_str(", ".join(row.name for row in rows if not row.ready), refresh=False)
        self._bar.update(sum(row.ready for row in rows) - self._bar.n)

    def close(self) -> None:
        """Finish the bar."""
        self._bar.close()


def _table(rows: list[DeploymentStatus]) -> str:
    from rich.console import Console
    from rich.table import Table

    table = Table("deployment", "stages", "state", "running", "starting", "message")
    for row in rows:
        numbers = str(row.running), str(row.starting)
        table.add_row(row.name, ", ".join(row.stages), row.state, *numbers, row.message)
    console = Console()
    with console.capture() as capture:
        console.print(table)
    return capture.get().rstrip()
