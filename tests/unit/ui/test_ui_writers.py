"""Which other models can answer a turn again."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.config.backends import GENERATOR_TABLE
from chatbot.turn.options import TurnOptions
from chatbot.ui.preference_handlers import PreferenceHandlers
from chatbot.ui.preferences import Preferences
from chatbot.ui.words import words_for
from chatbot.ui.writers import is_installed, other_writers
from pipelines.backends_server import server_spec
from pipelines.core.hub import Hub
from pipelines.core.hub_request import HubRequest
from pipelines.core.pull import Puller
from pipelines.core.registry import BackendSpec, Registry
from pipelines.core.resume import no_progress
from pipelines.core.types import Stage
from tests.support.hub_server import FakeHub, serving
from tests.support.package_index import Index, model, store
from tests.support.scripted import scripted_registry

WRITER = "tests.support.scripted:Generator"
GGUF = {"model": "owner/tiny", "file": "a.gguf"}


def registry_of(tmp_path: Path, **more: BackendSpec) -> Registry:
    given = scripted_registry()
    table = {stage: dict(rows) for stage, rows in given.table.items()}
    table[Stage.GENERATE] |= more
    options = {Stage.GENERATE: {"far": {"url": "https://far.example:8443/v1"}, "gguf": GGUF}}
    return Registry(table, store(tmp_path, big=model(1)), options=options)


def names(registry: Registry, chosen: str = "scripted") -> list[str]:
    return [each["name"] for each in other_writers(registry, {Stage.GENERATE: chosen})]


def test_a_packaged_model_is_offered_once_its_file_is_there(tmp_path: Path) -> None:
    registry = registry_of(
        tmp_path, big=BackendSpec(WRITER, "embedded", "Big", models=("big",), title="Big 9B")
    )
    assert names(registry) == []
    Puller(registry.store, no_progress, Index()).pull(["big"])
    assert other_writers(registry, {}) == [{"name": "big", "title": "Big 9B", "host": ""}]
    assert names(registry, "big") == ["scripted"], "the chosen one has a button of its own"


def test_a_server_is_offered_with_where_it_is_once_its_address_is_set(tmp_path: Path) -> None:
    registry = registry_of(tmp_path, far=server_spec(WRITER, "Far"), nowhere=server_spec(WRITER, "Nowhere"))
    (only,) = other_writers(registry, {})
    assert only == {"name": "far", "title": "far", "host": "far.example:8443"}


def test_one_that_lacks_a_package_or_cannot_be_imported_is_not_offered(tmp_path: Path) -> None:
    registry = registry_of(
        tmp_path,
        bare=BackendSpec(WRITER, "huggingface", "Bare", packages=("no_such_package",)),
        gone=BackendSpec("no.module:None", "huggingface", "Gone"),
    )
    assert names(registry) == []


def test_a_model_of_the_hub_is_offered_once_it_has_been_got(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    registry = registry_of(tmp_path, gguf=GENERATOR_TABLE[Stage.GENERATE]["gguf"])
    assert not is_installed(registry, Stage.GENERATE, "gguf")
    with serving(FakeHub({"a.gguf": b"weights", "b.gguf": b"others"}, large=("a.gguf",))) as served:
        hub = Hub(registry.store.cache / "hub", endpoint=served.url)
        hub.get(request := HubRequest("owner/tiny", files=("a.gguf",)), hub.look_up(request))
    (only,) = other_writers(registry, {})
    assert only["title"] == "gguf · tiny"
    (hub.folder(request) / "a.gguf").unlink()
    assert names(registry) == []


def test_the_page_learns_who_else_can_answer(tmp_path: Path) -> None:
    registry = registry_of(tmp_path, far=server_spec(WRITER, "Far"))
    remembering = PreferenceHandlers(registry, TurnOptions())
    words, chosen = words_for("en"), Preferences(backends={Stage.GENERATE: "far"})
    assert [each["name"] for each in remembering.client_words(words, Preferences())["writers"]] == ["far"]
    assert [each["name"] for each in remembering.client_words(words, chosen)["writers"]] == ["scripted"]
