"""The wheel, built and installed without network: what is in it, and a turn far from the checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from pipelines.core.manifest import shipped_manifest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("chatbot", "pipelines", "training")
WHERE = "import chatbot, pipelines.core.assets as a; print(chatbot.__file__, a.ASSETS, a.CHECKOUT, sep='\\n')"


def pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-build-isolation", "--no-deps", "--no-index", "--wheel-dir", str(folder), str(ROOT))
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs of an environment that has the wheel, and sees this one's packages."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=os.name != "nt")
    python = next(folder.glob("[bS]*/python*"))
    pip("--python", str(python), "install", "--no-deps", "--no-index", str(wheel))
    (site,) = folder.glob("[lL]ib/**/site-packages")
    seen = [path for path in sys.path if Path(path).name == "site-packages"]
    (site / "seen.pth").write_text("\n".join(seen), "utf-8")
    return python.parent


def run(programs: Path, folder: Path, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which(name, path=str(programs))
    assert program is not None
    hidden = {"PYTHONPATH", "VIRTUAL_ENV"}
    environment = {key: value for key, value in os.environ.items() if key not in hidden}
    environment["TRIO_DATA_DIR"] = str(folder / "data")
    return subprocess.run(
        [program, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def files_of(root: Path) -> dict[str, int]:
    found = (path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(root).as_posix(): path.stat().st_size for path in found}


def test_no_file_is_missing(wheel: Path) -> None:
    wanted = {f"pipelines/assets/{name}": size for name, size in files_of(ROOT / "assets").items()}
    assert len(wanted) > 40
    for package in PACKAGES:
        wanted |= {f"{package}/{name}": size for name, size in files_of(ROOT / package).items()}
    with zipfile.ZipFile(wheel) as archive:
        packed = {entry.filename: entry.file_size for entry in archive.infolist()}
    assert {name: size for name, size in packed.items() if ".dist-info/" not in name} == wanted


def test_the_wheel_asks_for_what_is_pinned(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = Parser().parsestr(archive.read(name).decode())
    wanted = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    pinned = (ROOT / "requirements-light.txt").read_text("utf-8").splitlines()
    normal = {line.lower().replace("_", "-") for line in pinned if not line.startswith("#")}
    assert {line.lower().replace("_", "-") for line in wanted} == normal
    assert metadata.get_all("Provides-Extra") == ["cluster", "dev", "full", "mcp"]


def test_what_runs_is_what_was_installed(programs: Path, tmp_path: Path) -> None:
    done = run(programs, tmp_path, "python", "-c", WHERE)
    assert done.returncode == 0, done.stderr
    module, assets, checkout = done.stdout.splitlines()
    assert Path(module).is_relative_to(programs.parent) and Path(assets).is_relative_to(programs.parent)
    assert checkout == "False" and (Path(assets) / "models" / "manifest.json").is_file()


def test_the_command_names_itself(programs: Path, tmp_path: Path) -> None:
    (tmp_path / "users").write_text("no hash\n", "utf-8")
    done = run(programs, tmp_path, "trio-chat", "user", "list", "--file", "users")
    assert done.returncode == 1
    assert "Add the user with: trio-chat user add NAME" in done.stderr


def test_every_shipped_weight_is_whole(programs: Path, tmp_path: Path) -> None:
    names = [name for name, entry in shipped_manifest().models.items() if entry.kind == "asset"]
    done = run(programs, tmp_path, "trio-chat", "models", "verify", *names)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(names) > 5 and done.stdout.split() == [word for name in names for word in ("ok", name)]


@pytest.mark.timeout(300)
def test_a_turn(programs: Path, tmp_path: Path, samples: Path) -> None:
    picture = shutil.copy(samples / "cat.jpg", tmp_path)
    asked = ("--text", "What animal is in the picture?", "--image", str(picture), "--json")
    done = run(programs, tmp_path, "trio-chat", "ask", *asked)
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["reply"].strip() and "cat" in record["reply"].lower()
