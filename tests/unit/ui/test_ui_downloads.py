"""A model that is missing is downloaded from the page: progress, stop, errors, and who may."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chatbot.config.settings import Settings
from chatbot.turn.options import TurnOptions
from chatbot.ui import hub_downloads
from chatbot.ui.model_downloads import Download, ModelDownloads, bytes_to_get
from chatbot.ui.page import may_download
from chatbot.ui.preference_handlers import PreferenceHandlers
from chatbot.ui.settings_alerts import download_state
from chatbot.ui.words import words_for
from chatbot.ui.writers import is_installed, other_writers
from pipelines.core.errors import ModelError, ModelHashError, UnknownBackendError
from pipelines.core.hub import Hub
from pipelines.core.hub_request import HubRequest
from pipelines.core.registry import BackendSpec, Registry
from pipelines.core.types import Stage
from tests.support.hub_server import FakeHub, serving
from tests.support.package_index import PIECE, Index, model, store
from tests.support.scripted import Generator, scripted_registry

WORDS = words_for("en")


class Reader(Generator):
    """A writer that needs its model's file."""

    def __init__(self, registry: Registry, **options: Any) -> None:
        super().__init__(registry, **options)
        self._store = registry.store

    def load(self) -> None:
        self._store.path("big")


class FromHub(Generator):
    """A writer that needs a model of the hub."""

    def __init__(self, registry: Registry, **options: Any) -> None:
        super().__init__(registry, **options)
        self.request, self._registry = HubRequest("owner/tiny", files=("a.gguf",)), registry

    def load(self) -> None:
        hub_downloads.hub_of(self._registry).folder(self.request)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    given = scripted_registry()
    table = {stage: dict(rows) for stage, rows in given.table.items()}
    table[Stage.GENERATE]["big"] = BackendSpec(f"{__name__}:Reader", "embedded", "Big", models=("big",))
    table[Stage.GENERATE]["other"] = BackendSpec(f"{__name__}:Reader", "embedded", "Other", models=("small",))
    tiny = BackendSpec(f"{__name__}:FromHub", "huggingface", "Tiny", title="Tiny 4B")
    bare = replace(tiny, packages=("no_such_package",), install="pip install no-such-package")
    table[Stage.GENERATE] |= {"tiny": tiny, "bare": bare}
    return Registry(table, store(tmp_path, big=model(4), small=model(1)))


def downloads_of(registry: Registry, **index: Any) -> ModelDownloads:
    return ModelDownloads(registry, lambda: Index(**index))


def ended(downloads: ModelDownloads) -> Download:
    state = downloads.state
    while state is None or not state.ended:
        state = downloads.wait(state, 10)
    return state


def held(gate: threading.Event) -> Callable[[int], None]:
    def before(_: int) -> None:
        gate.wait(30)

    return before


def test_what_is_missing_is_counted_and_then_there(registry: Registry) -> None:
    assert bytes_to_get(registry, Stage.GENERATE, "big") == 4 * PIECE
    downloads = downloads_of(registry)
    downloads.start(Stage.GENERATE, "big")
    state = ended(downloads)
    assert state.error is None and not state.stopped and state.done == state.total > 0
    assert bytes_to_get(registry, Stage.GENERATE, "big") == 0
    assert registry.get(Stage.GENERATE, "big")


def test_it_can_be_stopped_and_goes_on_later(registry: Registry) -> None:
    gate = threading.Event()
    downloads = downloads_of(registry, before=held(gate))
    downloads.start(Stage.GENERATE, "big")
    downloads.stop()
    gate.set()
    state = ended(downloads)
    assert state.stopped and state.error is None
    downloads.start(Stage.GENERATE, "big")
    assert not ended(downloads).stopped
    assert bytes_to_get(registry, Stage.GENERATE, "big") == 0


def test_one_at_a_time(registry: Registry) -> None:
    gate = threading.Event()
    downloads = downloads_of(registry, before=held(gate))
    first = downloads.start(Stage.GENERATE, "big")
    assert downloads.start(Stage.GENERATE, "big").name == first.name, "a second press does nothing"
    with pytest.raises(ModelError, match="Another model is being downloaded"):
        downloads.start(Stage.GENERATE, "other")
    gate.set()
    ended(downloads)
    downloads.start(Stage.GENERATE, "other")
    assert ended(downloads).error is None


def test_a_failure_is_told(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.core.pull_queue.PAUSE_SECONDS", 0.0)
    downloads = downloads_of(registry, fails={2: 99})
    downloads.start(Stage.GENERATE, "big")
    assert "box-part2" in str(ended(downloads).error)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A hub with the model of the back-end "tiny", which the page asks."""
    monkeypatch.setattr("pipelines.core.resume.PAUSE_SECONDS", 0.0)
    files = {"a.gguf": bytes(range(256)) * 4000, "b.gguf": b"another"}
    with serving(FakeHub(files, large=("a.gguf",))) as served:

        def hub_of(_: Registry) -> Hub:
            return Hub(tmp_path / "locks", cache=tmp_path / "hub", endpoint=served.url)

        monkeypatch.setattr(hub_downloads, "hub_of", hub_of)
        yield served


def tell(registry: Registry, downloads: ModelDownloads | None, name: str = "tiny") -> str:
    """Choose a model, and return what the page says once it has asked the hub."""
    remembering = PreferenceHandlers(registry, TurnOptions(), None, downloads)
    chosen, refusals = remembering.change({"backend:generate": name}, None)
    form = remembering.form(WORDS, chosen, refusals)["form"]
    if f'data-look-up="{name}"' not in form:
        return form
    return str(remembering.look_up(WORDS, {"stage": "generate", "name": name})["download"])


def test_a_model_of_the_hub_says_size_and_licence_and_comes_with_a_second_press(
    registry: Registry, hub: FakeHub
) -> None:
    downloads = downloads_of(registry)
    said = tell(registry, downloads)
    assert 'data-download="generate" data-name="tiny">Download (1 MB)<' in said
    assert "Tiny 4B" in said and "apache-2.0" in said and "owner/tiny" in said
    assert hub.downloads("a.gguf") == [], "nothing is got before the press"
    remembering = PreferenceHandlers(registry, TurnOptions(), None, downloads)
    *_, last = remembering.download(WORDS, {"stage": "generate", "name": "tiny"})
    assert last["choose"] == {"backend:generate": "tiny"}
    assert downloads.state is not None and downloads.state.done == downloads.state.total == 1_024_000
    assert hub.downloads("b.gguf") == []
    assert [each["name"] for each in other_writers(registry, {})] == ["tiny"]
    assert registry.get(Stage.GENERATE, "tiny")


def test_a_download_from_the_hub_is_stopped_and_goes_on_where_it_was(
    registry: Registry, hub: FakeHub
) -> None:
    hub.seconds = 5
    downloads = downloads_of(registry)
    downloads.start(Stage.GENERATE, "tiny")
    state = downloads.state
    while state is None or not state.done:
        state = downloads.wait(state, 10)
    downloads.stop()
    state = ended(downloads)
    assert state.stopped and state.error is None and 0 < state.done < state.total
    hub.seconds = 0
    downloads.start(Stage.GENERATE, "tiny")
    assert ended(downloads).error is None
    begun = hub.downloads("a.gguf")[-1]
    assert begun is not None and begun != "bytes=0-"


def test_changed_bytes_are_refused(registry: Registry, hub: FakeHub) -> None:
    hub.tampered["a.gguf"] = bytes(1_024_000)
    downloads = downloads_of(registry)
    downloads.start(Stage.GENERATE, "tiny")
    assert isinstance(ended(downloads).error, ModelHashError)
    assert not is_installed(registry, Stage.GENERATE, "tiny")


def test_one_line_says_that_the_hub_cannot_be_reached(registry: Registry, hub: FakeHub) -> None:
    hub.url = "http://127.0.0.1:9"
    said = tell(registry, downloads_of(registry))
    assert "could not be reached" in said and "data-download" not in said


def test_one_line_says_that_the_hub_has_no_such_model(registry: Registry, hub: FakeHub) -> None:
    hub.repository = "owner/other"
    said = tell(registry, downloads_of(registry))
    assert "has no model owner/tiny" in said and "data-download" not in said


def test_terms_that_were_not_accepted_end_a_download_with_what_helps(
    registry: Registry, hub: FakeHub
) -> None:
    hub.gated = True
    downloads = downloads_of(registry)
    downloads.start(Stage.GENERATE, "tiny")
    assert "accept their terms" in str(ended(downloads).error)


def test_where_the_page_must_not_the_command_for_the_hub_is_named(registry: Registry, hub: FakeHub) -> None:
    said = tell(registry, None)
    assert "models hub owner/tiny" in said and hub.requests == []
    assert PreferenceHandlers(registry, TurnOptions()).look_up(WORDS, {"stage": "generate"}) == {}


def test_a_model_that_lacks_a_package_names_the_command_and_asks_nobody(
    registry: Registry, hub: FakeHub
) -> None:
    said = tell(registry, downloads_of(registry), "bare")
    assert "pip install no-such-package" in said and "data-look-up" not in said
    assert hub.requests == []


def test_only_what_the_table_has_can_be_asked_for(registry: Registry) -> None:
    with pytest.raises(UnknownBackendError):
        downloads_of(registry).start(Stage.GENERATE, "../../etc")


@pytest.mark.parametrize(
    ("changed", "may"),
    [
        ({}, True),
        ({"offline": True}, False),
        ({"host": "0.0.0.0"}, False),
        ({"auth": "users.json"}, False),
    ],
)
def test_only_the_one_who_owns_the_machine_may(
    changed: dict[str, Any], may: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GRADIO_SERVER_NAME", raising=False)
    assert may_download(Settings(**changed)) is may


def refusal_of(remembering: PreferenceHandlers) -> str:
    given = {"changed": "backend:generate", "backend:generate": "big"}
    chosen, refusals = remembering.change(given, None)
    return remembering.form(WORDS, chosen, refusals)["form"]


def test_a_model_that_is_not_there_is_offered_with_its_size(registry: Registry) -> None:
    form = refusal_of(PreferenceHandlers(registry, TurnOptions(), None, downloads_of(registry)))
    assert 'data-download="generate" data-name="big">Download (0 MB)' in form
    assert "has not been downloaded yet" in form and "models pull" not in form


def test_where_the_page_must_not_the_command_is_named(registry: Registry) -> None:
    form = refusal_of(PreferenceHandlers(registry, TurnOptions()))
    assert "data-download" not in form and "models pull" in form
    assert list(PreferenceHandlers(registry, TurnOptions()).download(WORDS, {"stage": "generate"})) == []


def test_the_page_is_told_how_far_it_is_and_chooses_what_it_got(registry: Registry) -> None:
    remembering = PreferenceHandlers(registry, TurnOptions(), None, downloads_of(registry))
    told = list(remembering.download(WORDS, {"stage": "generate", "name": "big"}))
    assert all(row["stage"] == "generate" for row in told)
    assert [row["running"] for row in told] == [True] * (len(told) - 1) + [False]
    assert told[-1]["choose"] == {"backend:generate": "big"} and told[-1]["download"] == ""
    chosen, refusals = remembering.change({"backend:generate": "big"}, None)
    assert chosen.backends == {Stage.GENERATE: "big"} and refusals == []


def test_another_tab_follows_what_is_running(registry: Registry) -> None:
    gate = threading.Event()
    downloads = downloads_of(registry, before=held(gate))
    remembering = PreferenceHandlers(registry, TurnOptions(), None, downloads)
    assert list(remembering.download(WORDS, {})) == []
    downloads.start(Stage.GENERATE, "big")
    assert "data-running" in remembering.form(WORDS, remembering.known(_nothing()))["form"]
    following = remembering.download(WORDS, {})
    assert next(following)["running"]
    gate.set()
    assert [row["running"] for row in following][-1] is False


def _nothing() -> Any:
    from chatbot.ui.preferences import read_preferences

    return read_preferences(None)


@pytest.mark.parametrize(
    ("language", "state", "said"),
    [
        (
            "en",
            {"done": 300_000_000, "total": 1_100_000_000, "seconds_left": 95.0},
            "300 MB of 1.1 GB, 2 min left",
        ),
        ("en", {"done": 1_000_000, "total": 2_000_000, "seconds_left": 4.2}, "1 MB of 2 MB, 4 s left"),
        ("zh", {"done": 1_000_000, "total": 2_000_000}, "1 MB / 2 MB"),
        ("en", {"ended": True, "stopped": True}, "was stopped"),
        ("zh", {"ended": True, "error": ModelError("x")}, "下载失败"),
    ],
)
def test_how_far_it_is_is_said_in_the_persons_language(
    language: str, state: dict[str, Any], said: str
) -> None:
    assert said in download_state(Download(Stage.GENERATE, "qwen", **state), words_for(language))
