"""Models of the hub: got over real HTTP from a hub on loopback, pinned, resumed, verified, refused."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.core.errors import ModelError, ModelHashError, ModelMissingError, SettingsError
from pipelines.core.hub import Hub
from pipelines.core.hub_backend import find
from pipelines.core.hub_request import HubRequest
from tests.support.hub_server import COMMIT, FakeHub, serving

WEIGHTS = bytes(range(256)) * 20_000
NEWER = "b" * 40


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    monkeypatch.setattr("pipelines.core.resume.PAUSE_SECONDS", 0.0)
    files = {
        "model.safetensors": WEIGHTS,
        "config.json": b'{"model_type": "tiny"}',
        "pytorch_model.bin": b"a pickle",
        "modeling.py": b"raise SystemExit",
        "onnx/model.onnx": b"graph",
    }
    with serving(FakeHub(files)) as hub:
        yield hub


def store(served: FakeHub, tmp_path: Path) -> Hub:
    return Hub(tmp_path / "locks", cache=tmp_path / "cache", endpoint=served.url)


REQUEST = HubRequest("owner/tiny")


def got(served: FakeHub, tmp_path: Path, request: HubRequest = REQUEST) -> Path:
    hub = store(served, tmp_path)
    return hub.get(request, hub.look_up(request))


def test_listing_tells_size_licence_and_safe_files_alone(served: FakeHub, tmp_path: Path) -> None:
    listing = store(served, tmp_path).look_up(REQUEST)
    assert [file.path for file in listing.files] == ["config.json", "model.safetensors"]
    assert listing.size == len(WEIGHTS) + 22
    assert str(listing) == "owner/tiny @ aaaaaaaaaaaa: 5.1 MB, licence apache-2.0"
    assert not any(method == "GET" and "/resolve/" in path for method, path, _ in served.requests)


def test_a_folder_comes_back_verified_without_the_network(served: FakeHub, tmp_path: Path) -> None:
    folder = got(served, tmp_path)
    served.requests.clear()
    assert store(served, tmp_path).folder(REQUEST) == folder
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.safetensors"]
    assert served.requests == []


def test_a_named_file_in_a_folder_is_got(served: FakeHub, tmp_path: Path) -> None:
    request = HubRequest("owner/tiny", files=("onnx/model.onnx",))
    assert (got(served, tmp_path, request) / "onnx" / "model.onnx").read_bytes() == b"graph"
    with pytest.raises(ModelMissingError, match="safetensors"):
        store(served, tmp_path).folder(REQUEST)


def test_a_cut_download_goes_on_where_it_stopped(served: FakeHub, tmp_path: Path) -> None:
    served.cut_after = [1_000_000]
    folder = got(served, tmp_path)
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert served.downloads("model.safetensors") == ["bytes=0-", "bytes=1000000-"]


def test_a_download_that_failed_goes_on_in_the_next_try(served: FakeHub, tmp_path: Path) -> None:
    served.cut_after = [1_000_000] + [0] * 20
    with pytest.raises(ModelError, match="could not be reached"):
        got(served, tmp_path)
    with pytest.raises(ModelMissingError):
        store(served, tmp_path).folder(REQUEST)
    served.cut_after, served.requests[:] = [], []
    assert (got(served, tmp_path) / "model.safetensors").read_bytes() == WEIGHTS
    assert served.downloads("model.safetensors") == ["bytes=1000000-"]


def test_a_branch_stays_at_the_commit_it_was_got_at(served: FakeHub, tmp_path: Path) -> None:
    folder = got(served, tmp_path)
    served.commits = {"main": NEWER, "old": COMMIT}
    assert store(served, tmp_path).look_up(REQUEST).commit == COMMIT
    assert store(served, tmp_path).folder(REQUEST) == folder
    newer = HubRequest("owner/tiny", NEWER)
    assert got(served, tmp_path, newer).name == NEWER
    assert store(served, tmp_path).folder(REQUEST) == folder


def test_changed_bytes_are_refused_at_the_next_load(served: FakeHub, tmp_path: Path) -> None:
    path = (got(served, tmp_path) / "model.safetensors").resolve()
    path.write_bytes(WEIGHTS[:-1] + b"!")
    with pytest.raises(ModelHashError, match="changed since it was downloaded"):
        store(served, tmp_path).folder(REQUEST)


def test_a_missing_file_is_named(served: FakeHub, tmp_path: Path) -> None:
    (got(served, tmp_path) / "config.json").unlink()
    with pytest.raises(ModelMissingError, match=r"config\.json is missing.*models hub owner/tiny"):
        store(served, tmp_path).folder(REQUEST)


def test_bytes_that_the_hub_did_not_publish_are_refused_and_deleted(served: FakeHub, tmp_path: Path) -> None:
    served.tampered = {"model.safetensors": bytes(len(WEIGHTS))}
    with pytest.raises(ModelHashError, match=r"model\.safetensors does not match the published file"):
        got(served, tmp_path)
    served.tampered = {}
    assert (got(served, tmp_path) / "model.safetensors").read_bytes() == WEIGHTS


def test_a_model_of_pickles_alone_is_refused(served: FakeHub, tmp_path: Path) -> None:
    del served.files["model.safetensors"], served.files["onnx/model.onnx"]
    with pytest.raises(
        ModelError, match=r"no weights that Trio can use.*pytorch_model\.bin.*pickles are not accepted"
    ):
        store(served, tmp_path).look_up(REQUEST)


def test_unknown_repository_and_revision(served: FakeHub, tmp_path: Path) -> None:
    hub = store(served, tmp_path)
    with pytest.raises(ModelError, match="no model owner/nothing, or the model is private"):
        hub.look_up(HubRequest("owner/nothing"))
    with pytest.raises(ModelError, match=r"no revision with that name.*'v9'"):
        hub.look_up(HubRequest("owner/tiny", "v9"))


def test_a_gated_model_says_where_to_accept_the_terms(served: FakeHub, tmp_path: Path) -> None:
    served.gated = True
    hub = store(served, tmp_path)
    listing = hub.look_up(REQUEST)
    assert str(listing).endswith("gated")
    with pytest.raises(ModelError, match=r"require you to accept.*huggingface\.co/owner/tiny"):
        hub.get(REQUEST, listing)


def test_no_network(tmp_path: Path) -> None:
    hub = Hub(tmp_path / "locks", cache=tmp_path / "cache", endpoint="http://127.0.0.1:9")
    with pytest.raises(ModelError, match=r"could not be reached.*resume where it stopped"):
        hub.look_up(REQUEST)


def test_no_room_on_the_disk(served: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = store(served, tmp_path)
    listing = hub.look_up(REQUEST)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 10**6))
    with pytest.raises(ModelError, match="not enough disk space"):
        hub.get(REQUEST, listing)
    assert served.downloads("model.safetensors") == []


def test_a_disk_that_becomes_full(served: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> str:
        raise OSError(28, "No space left on device")

    hub = store(served, tmp_path)
    listing = hub.look_up(REQUEST)
    monkeypatch.setattr("huggingface_hub.snapshot_download", full)
    with pytest.raises(ModelError, match="disk is full"):
        hub.get(REQUEST, listing)


@pytest.mark.parametrize("name", ["owner", "", "a/b/c d", "owner/../x"])
def test_names_that_are_none(name: str, tmp_path: Path) -> None:
    with pytest.raises((SettingsError, ModelMissingError)):
        Hub(tmp_path).folder(HubRequest(name))


def test_a_folder_of_ones_own_is_taken_as_it_is(tmp_path: Path) -> None:
    assert Hub(tmp_path / "locks").folder(HubRequest(str(tmp_path))) == tmp_path
    with pytest.raises(ModelMissingError, match="no model at this path"):
        Hub(tmp_path).folder(HubRequest(str(tmp_path / "nothing")))


def test_a_damaged_lock_is_said(served: FakeHub, tmp_path: Path) -> None:
    got(served, tmp_path)
    (tmp_path / "locks" / "owner--tiny.json").write_text('{"repository": 1}')
    with pytest.raises(ModelError, match="lock file of owner/tiny cannot be read"):
        store(served, tmp_path).folder(REQUEST)


def test_loading_downloads_only_where_it_may(
    served: FakeHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub = store(served, tmp_path)
    with pytest.raises(ModelMissingError, match="models hub owner/tiny"):
        find(hub, REQUEST, offline=True)
    assert served.requests == []
    assert find(hub, REQUEST, offline=False).name == COMMIT
    assert "5.1 MB, licence apache-2.0" in capsys.readouterr().err


def run(served: FakeHub, tmp_path: Path, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "HF_ENDPOINT": served.url,
        "HF_HOME": str(tmp_path / "hf"),
        "TRIO_MODELS_DIR": str(tmp_path / "trio"),
        **extra,
    }
    command = [sys.executable, "-m", "chatbot", "models", "hub", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, input="n\n", timeout=60)


def test_the_command_asks_and_then_gets(served: FakeHub, tmp_path: Path) -> None:
    refused = run(served, tmp_path, "owner/tiny")
    assert refused.returncode == 1
    assert "5.1 MB, licence apache-2.0" in refused.stderr
    assert served.downloads("model.safetensors") == []
    done = run(served, tmp_path, "owner/tiny", "--yes")
    assert done.returncode == 0, done.stderr
    assert COMMIT in done.stdout
    served.requests.clear()
    again = run(served, tmp_path, "owner/tiny", "--offline")
    assert (again.returncode, served.requests) == (0, [])
    assert again.stdout == done.stdout


def test_the_hubs_own_offline_switch_is_honoured(served: FakeHub, tmp_path: Path) -> None:
    refused = run(served, tmp_path, "owner/tiny", "--yes", HF_HUB_OFFLINE="1")
    assert refused.returncode == 1
    assert "HF_HUB_OFFLINE is set" in refused.stderr
    assert served.requests == []
