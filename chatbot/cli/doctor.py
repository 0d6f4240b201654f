"""What is installed, which back-end and model each stage uses, what is missing and how to fix it."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from chatbot.cli.doctor_stages import StageCheck, check_stage, torch_notes
from chatbot.config.mind import Mind, writer_of
from chatbot.config.privacy import destinations
from chatbot.config.profiles import Profile
from pipelines.core.programs import install_command, trio_command
from pipelines.core.registry import Registry
from pipelines.core.types import Stage

PACKAGES = (
    "gradio",
    "faster-whisper",
    "ctranslate2",
    "xllamacpp",
    "hibari-tts",
    "pypinyin",
    "rjieba",
    "rapidocr",
    "onnxruntime",
    "av",
    "pillow",
    "tokenizers",
    "SQLAlchemy",
    "alembic",
)
DATABASE = "trio.db"
OPTIONAL_PACKAGES = (
    "torch",
    "torchvision",
    "torchaudio",
    "transformers",
    "openai-whisper",
    "speechbrain",
    "open_clip_torch",
)


@dataclass(frozen=True)
class HistoryCheck:
    """The kept conversations, of everybody together: sizes in bytes, or why they cannot be used."""

    folder: str
    conversations: int = 0
    database_bytes: int = 0
    media_bytes: int = 0
    problem: str | None = None


@dataclass(frozen=True)
class Report:
    """Everything that `doctor` says. `sent`: the other machine that a stage sends its input to, by stage."""

    python: str
    system: str
    models_folder: str
    packages: dict[str, str | None]
    optional_packages: dict[str, str | None]
    programs: dict[str, str | None]
    stages: tuple[StageCheck, ...]
    notes: tuple[str, ...]
    history: HistoryCheck | None = None
    profile: Profile = "embedded"
    sent: Mapping[str, str] = field(default_factory=dict)

    @property
    def healthy(self) -> bool:
        """Whether every stage can run."""
        return all(stage.problem is None for stage in self.stages)

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain JSON types."""
        return {**asdict(self), "healthy": self.healthy}


def examine(
    registry: Registry,
    data_dir: Path | None = None,
    profile: Profile = "embedded",
    mind: Mind = "auto",
) -> Report:
    """Look at everything; reads every model file once, asks every server once, loads no model.

    Args:
        registry: The back-ends.
        data_dir: Where conversations are kept; None where they are not.
        profile: What the settings name.
        mind: Which packaged model shall write the replies.
    """
    espeak = shutil.which("espeak-ng")
    notes = torch_notes(registry)
    writer = writer_of(mind)
    if Stage.GENERATE in registry.table and registry.name(Stage.GENERATE) == writer.backend:
        notes.insert(0, f"{writer.reason()}.")
    if espeak is None:
        notes.append("espeak-ng is not installed: replies in other languages than English and Mandarin "
                     f"stay text. Install it with: {install_command('espeak-ng')}")  # fmt: skip
    return Report(
        python=platform.python_version(),
        system=platform.platform(),
        models_folder=str(registry.store.cache),
        packages={name: _version(name) for name in PACKAGES},
        optional_packages={name: _version(name) for name in OPTIONAL_PACKAGES},
        programs={"espeak-ng": espeak},
        stages=tuple(check_stage(registry, stage) for stage in registry.table),
        notes=tuple(notes),
        history=_check_history(data_dir) if data_dir is not None else None,
        profile=profile,
        sent={str(stage): host for stage, host in destinations(registry).items()},
    )


def _check_history(data_dir: Path) -> HistoryCheck:
    """Look at the kept conversations; makes and changes nothing."""
    from chatbot.history import HistoryError
    from chatbot.history.inspection import inspect_database

    if not (data_dir / DATABASE).exists():
        return HistoryCheck(str(data_dir))
    try:
        found = inspect_database(data_dir / DATABASE)
    except HistoryError as error:
        return HistoryCheck(str(data_dir), problem=str(error))
    return HistoryCheck(str(data_dir), found.conversations, found.database_bytes, found.media_bytes)


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def to_text(report: Report) -> str:
    """Return the report for people."""
    lines = [f"Python {report.python} on {report.system}", f"Models in {report.models_folder}"]
    lines += ["", f"Profile {report.profile}", _privacy_line(report), "", "Stages"]
    for stage in report.stages:
        lines += _stage_lines(stage)
    lines += [
        "",
        "Packages",
        *_package_lines(report.packages, f"MISSING: {trio_command()}"),
    ]
    lines += ["", "Optional packages", *_package_lines(report.optional_packages, "not installed")]
    if report.history is not None:
        lines += ["", "Conversations", _history_line(report.history)]
    lines += ["", *report.notes] if report.notes else []
    verdict = "Everything that the app needs is here." if report.healthy else "Something is missing."
    return "\n".join([*lines, "", verdict])


def _stage_lines(stage: StageCheck) -> list[str]:
    mark = "ok " if stage.problem is None else "NO "
    lines = [f"  {mark} {stage.stage:15} {stage.backend:20} {stage.kind:11} {stage.description}"]
    if stage.sent_to is not None:
        lines.append(f"        sends what it is given to {stage.sent_to}")
    if stage.options:
        given = ", ".join(f"{name} = {value}" for name, value in stage.options.items())
        lines.append(f"        options: {given}")
    lines += [f"        {file.sha256[:16]}  {file.path}" for file in stage.files]
    if stage.others:
        lines.append(f"        also: {', '.join(stage.others)}")
    if stage.problem:
        lines.append(f"        {stage.problem}")
        if stage.fix and stage.fix not in stage.problem:
            lines.append(f"        fix: {stage.fix}")
    return lines


def _privacy_line(report: Report) -> str:
    if not report.sent:
        return "Everything stays on this computer."
    return "Sent to other machines: " + ", ".join(f"{stage} to {host}" for stage, host in report.sent.items())


def _history_line(history: HistoryCheck) -> str:
    if history.problem is not None:
        return f"  {history.problem}"
    megabytes = (history.database_bytes + history.media_bytes) / 1e6
    return f"  {history.conversations} in {history.folder}, {megabytes:.1f} MB"


def _package_lines(packages: dict[str, str | None], absent: str) -> list[str]:
    return [f"  {name:22} {version or absent}" for name, version in packages.items()]
