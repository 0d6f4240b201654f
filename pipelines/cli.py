"""The command `python -m pipelines STAGE FILE...`: every stage on its own, on any number of files."""

from __future__ import annotations

import contextlib
import json
import logging
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.core.errors import DecodeError, InputError, SettingsError, TrioError, UnknownBackendError
from pipelines.core.registry import Registry
from pipelines.core.said import said
from pipelines.foundations import FOUNDATIONS, FoundationCommand, foundation_command
from pipelines.stages import STAGES, StageCommand, StageOptions

log = logging.getLogger(__name__)
Command = StageCommand | FoundationCommand
_STAGE_LIST = "\n\n".join(f"{name}: {command.help}" for name, command in STAGES.items())
_FOUNDATION_LIST = "\n\n".join(
    f"{name}: {spec.help}{' (trained first)' if spec.learned else ''}" for name, spec in FOUNDATIONS.items()
)
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command(
    help="Run one stage or foundation on files. "
    f"Stages:\n\n{_STAGE_LIST}\n\nFoundations:\n\n{_FOUNDATION_LIST}"
)
def main(
    stage: Annotated[str, typer.Argument(metavar="STAGE", help="One of the stages above.")],
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Audio, pictures or text.")],
    jsonl: Annotated[bool, typer.Option("--jsonl", help="Print one JSON object per line.")] = False,
    backend: Annotated[str | None, typer.Option(help="Backend of the stage; see the README.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder for the WAV files.")] = None,
    speed: Annotated[float, typer.Option(help="Speaking speed, 0.5 to 2.0.")] = 1.0,
    language: Annotated[str | None, typer.Option(help="ISO 639-1 code. Default: detected.")] = None,
    hot_words: Annotated[
        str, typer.Option(metavar="WORDS", help="For transcribe: names that may be said, with commas.")
    ] = "",
    trained: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of a trained foundation.")
    ] = None,
    text: Annotated[list[str] | None, typer.Option(help="For match and question. Can be repeated.")] = None,
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Option of the backend, such as model or device."),
    ] = None,
) -> None:
    """Run one stage on files; exit code 0 if any succeeded, 1 if none did, 2 for bad usage."""
    command = STAGES.get(stage) or foundation_command(stage)
    if command is None:
        known = f"stages: {', '.join(STAGES)}; foundations: {', '.join(FOUNDATIONS)}"
        raise typer.BadParameter(f"there is no stage {stage!r}; {known}")
    options = _options(command, backend, out, speed, language)
    options.trained, options.hot_words = trained, hot_words
    options.texts = tuple(text or ())
    succeeded = False
    for result in run_stage(command, _registry(command, backend, sets or []), files, options):
        succeeded = succeeded or "error" not in result
        _print(_json_line(result) if jsonl else _text_form(result))
    if not succeeded:
        raise typer.Exit(1)


def _options(
    command: Command, backend: str | None, out: Path | None, speed: float, language: str | None
) -> StageOptions:
    from pipelines.backends import PIPELINE_TABLE
    from pipelines.speech.tts.text import check_speed

    try:
        check_speed(speed)
    except SettingsError as error:
        raise typer.BadParameter(one_sentence(error), param_hint="--speed") from error
    known = PIPELINE_TABLE[command.needs[0]] if command.needs else {}
    if backend is not None and backend not in known:
        allowed = ", ".join(known) or "none, it needs no model"
        message = f"there is no backend {backend!r}; backends: {allowed}"
        raise typer.BadParameter(message, param_hint="--backend")
    if out is not None:
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise typer.BadParameter(f"{out}: {error.strerror}", param_hint="--out") from error
    return StageOptions(backend, out, speed, language)


def _registry(command: Command, backend: str | None, sets: list[str]) -> Registry:
    """Return a registry whose back-end of the command's own stage has the options of `sets`."""
    from pipelines.backends import default_registry

    registry = default_registry()
    if not sets:
        return registry
    allowed = registry.spec(command.needs[0], backend).options if command.needs else ()
    pairs = [pair.partition("=") for pair in sets]
    for name, sign, value in pairs:
        if name not in allowed or not sign:
            names = ", ".join(allowed) or "none; choose another --backend"
            message = f"{name}{sign}{value!r}; NAME=VALUE with the options of this backend: {names}"
            raise typer.BadParameter(message, param_hint="--set")
    stage = command.needs[0]
    options = {name: _value(value) for name, _, value in pairs}
    return default_registry(options={stage: {backend or registry.name(stage): options}})


def _value(text: str) -> Any:
    """Return a number, a truth value, a list or a mapping in JSON as such, and anything else as the text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def run_stage(
    command: Command, registry: Registry, files: list[str], options: StageOptions
) -> Iterator[dict[str, Any]]:
    """Yield one result a file, in order, as soon as it is there.

    A result has `file`, the stage's fields, `seconds` (of this file, without loading models) and
    `model`; one that failed has `error`, one sentence, in place of the stage's fields.
    """
    try:
        with contextlib.redirect_stdout(sys.stderr):
            model = command.prepare(registry, options)
    except UnknownBackendError as error:
        raise typer.BadParameter(one_sentence(error)) from error
    except Exception as error:
        message = _message(error, "the models")
        yield from ({"file": file, "seconds": 0.0, "model": "", "error": message} for file in files)
        return
    for file in _with_progress(files):
        yield _run_one(command, registry, file, options, model)


def _run_one(
    command: Command, registry: Registry, file: str, options: StageOptions, model: str
) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    start = time.perf_counter()
    try:
        with contextlib.redirect_stdout(sys.stderr):
            fields = command.run(registry, _checked(file), options)
    except Exception as error:
        fields = {"error": _message(error, file)}
    seconds = round(time.perf_counter() - start, 4)
    return {"file": file, **fields, "seconds": seconds, "model": fields.get("model", model)}


def _checked(file: str) -> Path:
    """Return the path of a regular file. Raises InputError or DecodeError that say what is wrong."""
    path = Path(file)
    if path.is_dir():
        raise DecodeError("This is a folder, not a file", fix="Name the files in it")
    if not path.exists():
        raise InputError(said("The file was not found"), fix=said("Check the name and the folder"))
    if not path.is_file():
        raise DecodeError("This is not a regular file")
    return path


def _message(error: Exception, subject: str) -> str:
    """Return one sentence for the person; what nobody foresaw goes to the log with its traceback too."""
    if isinstance(error, TrioError):
        return one_sentence(error)
    if isinstance(error, OSError):
        return f"The file cannot be read: {error.strerror or error}."
    log.error("unexpected error on %r", subject, exc_info=error)
    return f"The stage failed unexpectedly: {type(error).__name__}: {_one_line(str(error))}."


def one_sentence(error: TrioError) -> str:
    """Return what failed, what was given, what is allowed and the fix, as one sentence."""
    details = [f"given: {error.given}"] if error.given else []
    details += [f"allowed: {error.allowed}"] if error.allowed else []
    fix = str(error.fix)
    details += [fix[:1].lower() + fix[1:]] if fix else []
    text = f"{error.what} ({'; '.join(details)})" if details else str(error.what)
    return _one_line(text) + "."


def _one_line(text: str) -> str:
    return " ".join(text.split()).rstrip(".")


def _with_progress(files: list[str]) -> Iterator[str]:
    """Yield the files, with a bar on stderr where that is a terminal and there are several."""
    from tqdm import tqdm

    yield from tqdm(files, unit="file", file=sys.stderr, disable=len(files) < 2 or not sys.stderr.isatty())


def _json_line(result: dict[str, Any]) -> bytes:
    try:
        return json.dumps(result, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except UnicodeEncodeError:  # a file name that is not UTF-8 has no other faithful form
        return json.dumps(result, allow_nan=False).encode("ascii")


def _text_form(result: dict[str, Any]) -> str:
    """Return a result for people: the file's name, then a line a field."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for key, value in result.items():
        if key != "file":
            table.add_row(Text(key, style="red" if key == "error" else "cyan"), Text(_shown(value)))
    colour = sys.stdout.isatty()
    console = Console(file=None, force_terminal=colour, color_system="auto" if colour else None)
    with console.capture() as capture:
        console.print(Text(result["file"].encode("utf-8", "replace").decode("utf-8"), style="bold"))
        console.print(table)
    return capture.get()


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        pairs = sorted(value.items(), key=lambda pair: -pair[1])
        return ", ".join(f"{name} {number:.2f}" for name, number in pairs)
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "\n".join(_row(item) for item in value)
    if isinstance(value, list) and value and isinstance(value[0], str):
        return " ".join(value)
    if isinstance(value, list):
        return f"{len(value)} numbers" if value else "none"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _row(item: dict[str, Any]) -> str:
    if "query" in item:
        return f"{item['query']}  \u2192  {_shown(item['answer'])}"
    if "start" in item:
        return f"{item['start']:7.2f} to {item['end']:7.2f} s  {item['text']}"
    return f"{item['confidence']:.2f}  {item['text']}"


def _print(line: str | bytes) -> None:
    """Write one result to stdout at once, past the progress bar."""
    from tqdm import tqdm

    with tqdm.external_write_mode(file=sys.stdout):
        typer.echo(line)
