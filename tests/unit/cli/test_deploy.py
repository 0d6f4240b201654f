"""Dockerfile, compose file, Space and hosting page fit the app and each other."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from chatbot.config.settings import Settings, load_settings
from chatbot.turn.engine import Chatbot
from chatbot.web.observability.health import health_router
from tests.support.scripted import scripted_registry

ROOT = Path(__file__).resolve().parents[3]
NOT_SETTINGS = {"TRIO_CONFIG", "TRIO_MODELS_DIR"}


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, lines joined."""
    lines = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", text("Dockerfile"), flags=re.MULTILINE)).splitlines()
    return [(line.split()[0], line.partition(" ")[2]) for line in lines if line.strip()]


def environment() -> dict[str, str]:
    (given,) = [rest for name, rest in instructions() if name == "ENV"]
    return dict(pair.split("=", 1) for pair in given.split())


def compose() -> Any:
    return yaml.safe_load(text("compose.yaml"))


def test_debian_packages_are_the_same_everywhere() -> None:
    wanted = set(text("packages.txt").split())
    assert any("xargs -a packages.txt apt-get install" in rest for _, rest in instructions())
    (line,) = [part for part in text("Makefile").splitlines() if "debian_packages.sh 'espeak-ng?'" in part]
    assert {name.strip("'?") for name in line.split()[1:]} == wanted


def test_the_image_has_what_the_app_needs_and_nothing_is_run_as_root() -> None:
    kinds = [name for name, _ in instructions()]
    assert kinds[0] == "FROM"
    assert instructions()[0][1].startswith("python:3.11-slim")
    assert instructions()[kinds.index("USER")][1] not in {"root", "0"}
    assert kinds.index("USER") < kinds.index("CMD")
    patterns = text(".dockerignore").split()
    assert patterns[0] == "*"
    kept = {pattern[1:] for pattern in patterns if pattern.startswith("!")}
    copied = {source for name, rest in instructions() if name == "COPY" for source in rest.split()[:-1]}
    assert copied == kept
    assert all((ROOT / source).exists() for source in copied)
    assert not any(fnmatch("tests", pattern) for pattern in kept)


def test_everything_that_the_app_imports_is_copied() -> None:
    files = [ROOT / "app.py", *(ROOT / "chatbot").rglob("*.py"), *(ROOT / "pipelines").rglob("*.py")]
    own = {path.name for path in ROOT.iterdir() if path.is_dir()} - {"chatbot", "pipelines"}
    for file in files:
        found = re.findall(r"^\s*(?:from|import) (\w+)", file.read_text("utf-8"), re.MULTILINE)
        assert not own & set(found), file


def test_ports_folders_and_health_fit() -> None:
    given = dict(instructions())
    assert given["EXPOSE"] == environment()["GRADIO_SERVER_PORT"] == "7860"
    routes = {
        route.path
        for route in health_router(lambda: Chatbot(load_settings(), scripted_registry()).status()).routes
    }  # type: ignore[attr-defined]
    assert re.findall(r"127\.0\.0\.1:7860(/\w+)", given["HEALTHCHECK"])[0] in routes
    service = compose()["services"]["trio"]
    assert [port.rpartition(":")[2] for port in service["ports"]] == ["7860"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    folders = {mount.partition(":")[2] for mount in service["volumes"]}
    assert folders == {environment()["TRIO_DATA_DIR"], environment()["TRIO_MODELS_DIR"]}
    assert environment()["GRADIO_TEMP_DIR"].startswith(environment()["TRIO_DATA_DIR"])
    assert {mount.partition(":")[0] for mount in service["volumes"]} == set(compose()["volumes"])
    arguments = [rest.partition("=")[0] for name, rest in instructions() if name == "ARG"]
    assert list(service["build"]["args"]) == arguments


@pytest.mark.parametrize(
    "name", ["Dockerfile", "compose.yaml", "docs/hosting.md", "README.md", "README.zh-CN.md"]
)
def test_every_variable_is_a_setting(name: str) -> None:
    for variable in set(re.findall(r"\bTRIO_[A-Z_]+\b", text(name))) - NOT_SETTINGS:
        assert variable.removeprefix("TRIO_").lower() in Settings.model_fields, variable


def test_every_limit_in_the_hosting_page_is_the_default() -> None:
    rows = dict(re.findall(r"\| `TRIO_(\w+)` \| (\d+) \|", text("docs/hosting.md")))
    for name in ("body_mb", "turns_at_once", "turns_each"):
        assert Settings.model_fields[name].default == int(rows.pop(name.upper()))
    from chatbot.web.admission.limits import Kind, rates_of

    rates = rates_of(load_settings(), "0.0.0.0")
    assert rates[Kind.REQUESTS].amount == int(rows.pop("REQUESTS_PER_MINUTE"))
    assert rates[Kind.TURNS].amount == int(rows.pop("TURNS_PER_MINUTE"))
    assert rates[Kind.UPLOAD].amount == int(rows.pop("UPLOAD_MB_PER_HOUR")) * 1_000_000
    assert rows == {}


def on_the_space(folder: Path) -> Path:
    """A folder in which the copies that the hosting page names have been made."""
    copies = re.findall(r"^cp (\S+) (\S+)$", text("docs/hosting.md"), re.MULTILINE)
    assert copies
    for source, target in copies:
        (folder / target).write_text(text(source), "utf-8")
    return folder


def test_the_space_runs_what_is_pinned(tmp_path: Path) -> None:
    from huggingface_hub import metadata_load

    space = on_the_space(tmp_path)
    front = metadata_load(space / "README.md")
    assert front is not None
    (gradio,) = re.findall(r"^gradio==(.+)$", (space / "requirements.txt").read_text("utf-8"), re.MULTILINE)
    assert front["sdk"] == "gradio"
    assert front["sdk_version"] == gradio
    assert (ROOT / front["app_file"]).is_file()
    assert front["python_version"] == "3.11"


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_other_hosts_show_no_card(name: str) -> None:
    assert text(name).startswith("# Trio\n")
