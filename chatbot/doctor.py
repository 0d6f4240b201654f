"""What is installed, which back-end and model each stage uses, what is missing and how to fix it."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipelines.core.errors import ModelError, TrioError
from pipelines.core.registry import Registry
from pipelines.core.types import Stage
from pipelines.core.weights import PULL_COMMAND, sha256_of

PACKAGES = (
    "gradio",
    "faster-whisper",
    "ctranslate2",
    "xllamacpp",
    "hibari-tts",
    "rapidocr-onnxruntime",
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
class FileCheck:
    """One file of a model; `sha256` as read from disk now."""

    path: str
    sha256: str


@dataclass(frozen=True)
class StageCheck:
    """One stage: what would run, on which verified files, or why it cannot."""

    stage: str
    backend: str
    kind: str
    description: str
    others: tuple[str, ...]
    models: tuple[str, ...]
    files: tuple[FileCheck, ...]
    problem: str | None
    fix: str | None


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
    """Everything that `doctor` says."""

    python: str
    system: str
    models_folder: str
    packages: dict[str, str | None]
    optional_packages: dict[str, str | None]
    programs: dict[str, str | None]
    stages: tuple[StageCheck, ...]
    notes: tuple[str, ...]
    history: HistoryCheck | None = None

    @property
    def healthy(self) -> bool:
        """Whether every stage can run."""
        return all(stage.problem is None for stage in self.stages)

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain JSON types."""
        return {**asdict(self), "healthy": self.healthy}


def examine(registry: Registry, data_dir: Path | None = None) -> Report:
    """Look at everything; reads every model file once, loads no model.

    Args:
        registry: The back-ends.
        data_dir: Where conversations are kept; None where they are not.
    """
    espeak = shutil.which("espeak-ng")
    notes = []
    if espeak is None:
        notes.append("espeak-ng is not installed: replies in other languages than English stay text. "
                     "Install it with: apt-get install espeak-ng")  # fmt: skip
    return Report(
        python=platform.python_version(),
        system=platform.platform(),
        models_folder=str(registry.store.cache),
        packages={name: _version(name) for name in PACKAGES},
        optional_packages={name: _version(name) for name in OPTIONAL_PACKAGES},
        programs={"espeak-ng": espeak},
        stages=tuple(_check(registry, stage) for stage in registry.table),
        notes=tuple(notes),
        history=_check_history(data_dir) if data_dir is not None else None,
    )


def _check_history(data_dir: Path) -> HistoryCheck:
    """Look at the kept conversations; makes nothing where there are none."""
    from chatbot.history import History, HistoryError

    if not (data_dir / DATABASE).exists():
        return HistoryCheck(str(data_dir))
    try:
        with History(data_dir) as history:
            found = history.statistics()
    except HistoryError as error:
        return HistoryCheck(str(data_dir), problem=str(error))
    return HistoryCheck(str(data_dir), found.conversations, found.database_bytes, found.media_bytes)


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _check(registry: Registry, stage: Stage) -> StageCheck:
    name = registry.name(stage)
    others = tuple(other for other in registry.table[stage] if other != name)
    try:
        spec = registry.spec(stage)
    except TrioError as error:
        return StageCheck(str(stage), name, "", "", others, (), (), str(error), error.fix)
    problem = fix = None
    files: list[FileCheck] = []
    if missing := spec.missing_packages():
        problem, fix = f"missing packages: {', '.join(missing)}", spec.install
    for model in spec.models:
        try:
            folder = registry.store.path(model)
        except ModelError as error:
            problem, fix = str(error), error.fix or PULL_COMMAND
            continue
        entries = registry.store.entry(model).files
        files += [FileCheck(f"{model}/{f.path}", sha256_of(folder / f.path)) for f in entries]
    return StageCheck(
        str(stage), name, spec.kind, spec.description, others, spec.models, tuple(files), problem, fix
    )


def to_text(report: Report) -> str:
    """Return the report for people."""
    lines = [f"Python {report.python} on {report.system}", f"Models in {report.models_folder}", ""]
    lines.append("Stages")
    for stage in report.stages:
        mark = "ok " if stage.problem is None else "NO "
        lines.append(f"  {mark} {stage.stage:15} {stage.backend:20} {stage.kind:10} {stage.description}")
        lines += [f"        {file.sha256[:16]}  {file.path}" for file in stage.files]
        if stage.others:
            lines.append(f"        also: {', '.join(stage.others)}")
        if stage.problem:
            lines.append(f"        {stage.problem}")
    lines += [
        "",
        "Packages",
        *_package_lines(report.packages, "MISSING: pip install -r requirements-light.txt"),
    ]
    lines += ["", "Optional packages", *_package_lines(report.optional_packages, "not installed")]
    if report.history is not None:
        lines += ["", "Conversations", _history_line(report.history)]
    lines += ["", *report.notes] if report.notes else []
    verdict = "Everything that the default app needs is here." if report.healthy else "Something is missing."
    return "\n".join([*lines, "", verdict])


def _history_line(history: HistoryCheck) -> str:
    if history.problem is not None:
        return f"  {history.problem}"
    megabytes = (history.database_bytes + history.media_bytes) / 1e6
    return f"  {history.conversations} in {history.folder}, {megabytes:.1f} MB"


def _package_lines(packages: dict[str, str | None], absent: str) -> list[str]:
    return [f"  {name:22} {version or absent}" for name, version in packages.items()]
