"""One stage, looked at without loading its model: what would run, with which options, and what is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from pipelines.core.errors import ModelError, TrioError
from pipelines.core.hosts import host_of
from pipelines.core.protocols import Checkable
from pipelines.core.registry import BackendSpec, Registry
from pipelines.core.types import Stage
from pipelines.core.weights import PULL_COMMAND, sha256_of

HIDDEN = "(hidden)"
TORCH_PACKAGES = frozenset({"torch", "torchvision", "torchaudio", "transformers", "speechbrain", "open_clip"})
TORCH_PARTS = ("torchvision", "torchaudio")
IMPORT_SECONDS = 120


@dataclass(frozen=True)
class FileCheck:
    """One file of a model; `sha256` as read from disk now."""

    path: str
    sha256: str


@dataclass(frozen=True)
class StageCheck:
    """One stage: what would run, on which verified files, or why it cannot.

    Attributes:
        options: What the settings give its back-end, secrets hidden.
        sent_to: The machine that gets what the stage is given, this one's servers too; None where it stays
            in the program.
        problem: Why it cannot run; `fix` says what helps.
    """

    stage: str
    backend: str
    kind: str
    description: str
    others: tuple[str, ...]
    models: tuple[str, ...]
    files: tuple[FileCheck, ...]
    problem: str | None
    fix: str | None
    options: Mapping[str, str]
    sent_to: str | None


def check_stage(registry: Registry, stage: Stage) -> StageCheck:
    """Look at a stage: read its model's files once, ask its server once."""
    name = registry.name(stage)
    others = tuple(other for other in registry.table[stage] if other != name)
    try:
        spec = registry.spec(stage)
    except TrioError as error:
        return StageCheck(str(stage), name, "", "", others, (), (), str(error), str(error.fix), {}, None)
    files, missing = _files(registry, spec)
    problem, fix = registry.obstacle(stage) or missing or _answers(registry, stage, spec) or (None, None)
    address = registry.address(stage)
    return StageCheck(
        str(stage),
        name,
        spec.kind,
        spec.description,
        others,
        spec.models,
        files,
        None if problem is None else str(problem),
        None if fix is None else str(fix),
        _shown_options(registry, stage, spec),
        (host_of(address) or None) if address else None,
    )


def _files(registry: Registry, spec: BackendSpec) -> tuple[tuple[FileCheck, ...], tuple[str, str] | None]:
    """Return the files of a back-end's models, and what is wrong with them and how to fix it."""
    files: list[FileCheck] = []
    problem = None
    for model in spec.models:
        try:
            folder = registry.store.path(model)
        except ModelError as error:
            problem = str(error), str(error.fix) or PULL_COMMAND
            continue
        entries = registry.store.entry(model).files
        files += [FileCheck(f"{model}/{f.path}", sha256_of(folder / f.path)) for f in entries]
    return tuple(files), problem


def _answers(registry: Registry, stage: Stage, spec: BackendSpec) -> tuple[str, str] | None:
    """Return why a back-end's server cannot be used, None for one that answers or that needs none."""
    if not spec.address:
        return None
    try:
        backend = registry.build(stage, registry.name(stage))
        if isinstance(backend, Checkable):
            backend.check()
    except TrioError as error:
        return str(error), str(error.fix)
    return None


def _shown_options(registry: Registry, stage: Stage, spec: BackendSpec) -> dict[str, str]:
    """Return a back-end's options as text. No secret is in it, not even inside an address."""
    given = registry.options(stage)
    shown = {name: _shown(value, address=name == spec.address) for name, value in given.items()}
    if spec.address and not given.get(spec.address) and (address := registry.address(stage)):
        shown[spec.address] = f"{_shown(address, address=True)} (from {spec.address_variable})"
    variable = str(given.get("api_key_env") or "OPENAI_API_KEY")
    if "api_key" in spec.options and "api_key" not in given and os.environ.get(variable):
        shown["api_key"] = f"{HIDDEN} (from {variable})"
    return shown


def _shown(value: Any, *, address: bool) -> str:
    if isinstance(value, SecretStr):
        return HIDDEN
    text = str(value)
    return f"{text.partition('//')[0]}//{HIDDEN}@{host_of(text)}" if address and "@" in text else text


def torch_notes(registry: Registry) -> list[str]:
    """Return what to install where torchvision or torchaudio is there and cannot be loaded.

    Each is tried in a process of its own, and only where a chosen back-end needs torch: it takes seconds.
    """
    chosen = (registry.spec(stage) for stage in registry.table)
    needed = {package for spec in chosen for package in spec.packages} & TORCH_PACKAGES
    if not needed:
        return []
    return [note for part in TORCH_PARTS if (note := import_note(part)) is not None]


def import_note(package: str) -> str | None:
    """Return why an installed package cannot be imported and the command that helps; None where it can.

    A package that is not installed at all is no fault: a back-end that needs it names it.
    """
    code = (
        "import importlib.util, sys\n"
        f"if importlib.util.find_spec({package!r}) is None: sys.exit()\n"
        f"try: import {package}\n"
        "except Exception as error: sys.exit(f'{type(error).__name__}: {error}')\n"
    )
    try:
        result = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=IMPORT_SECONDS
        )
    except subprocess.TimeoutExpired:
        return None
    if result.returncode == 0:
        return None
    why = " ".join(result.stderr.split())[:200] or f"exit code {result.returncode}"
    return (
        f"{package} is installed and cannot be loaded ({why}). It must fit torch: "
        f"pip install --force-reinstall --no-deps {package}"
    )
