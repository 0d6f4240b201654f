"""The cluster's messages, plan and client, without Ray."""

from __future__ import annotations

import dataclasses
import io
import pkgutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chatbot.cluster.deploy import check_backends
from chatbot.cluster.plan import DEPLOYMENTS, ClusterPlan, read_plan
from chatbot.generators.protocol import Finish
from pipelines.backends_ray import RAY_TABLE
from pipelines.cluster.calls import CALLS
from pipelines.cluster.stages import ClusterSentiment
from pipelines.cluster.wire import Wire, frame, messages, pack_error, unpack_error
from pipelines.core import errors
from pipelines.core.errors import BackendError, InputError, SettingsError, TrioError
from pipelines.core.registry import Registry
from pipelines.core.types import (
    Audio,
    Detection,
    Detections,
    Image,
    OcrText,
    SpeechEncoding,
    Stage,
    TextBox,
    Transcript,
)
from pipelines.core.weights import WeightStore
from tests.support.event_loops import in_a_loop

FRAMES = np.arange(12, dtype=np.float32).reshape(3, 4)
TRANSCRIPT = Transcript("hé", "en", 0.5, (), SpeechEncoding(FRAMES, "whisper-base", None, FRAMES.T))


def same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and one.shape == other.shape and bool((one == other).all())
    if dataclasses.is_dataclass(one):
        fields = dataclasses.fields(one)
        return type(one) is type(other) and all(
            same(getattr(one, f.name), getattr(other, f.name)) for f in fields
        )
    if isinstance(one, list | tuple):
        return type(one) is type(other) and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return type(one) is type(other) and bool(one == other)


@pytest.mark.parametrize(
    "value",
    [
        None,
        0.1 + 0.2,
        ["list", ("tuple", 1)],
        {"class": "Audio", "dict": ["object", "Audio"]},
        "\ud800 lone",
        TRANSCRIPT,
        Detections((Detection("dog", (0.5, 1.0, 2.0, 3.0), 0.9),), 4, 5),
        OcrText("a", (TextBox("a", 0.5, ((0.0, 1.0), (2.0, 3.0))),)),
        {
            "args": (Audio(FRAMES[0], 16_000), Image(np.zeros((2, 3, 3), np.uint8))),
            "empty": np.zeros((0, 384)),
        },
        Finish("length", 3, 4),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_arrives_is_what_was_sent(value: Any) -> None:
    wire = Wire(Finish)
    assert same(value, wire.decode(wire.encode(value)))


def test_unknown_types_are_not_sent() -> None:
    with pytest.raises(TypeError, match="Finish"):
        Wire().encode(Finish("stop", 1, 1))


def test_a_message_with_a_pickle_is_refused() -> None:
    buffer = io.BytesIO()
    np.savez(buffer, json=np.array([{"a": print}], dtype=object), allow_pickle=True)
    with pytest.raises(BackendError, match="could not be read"):
        Wire().decode(buffer.getvalue())


@pytest.mark.parametrize("cut", [0, 10, 100])
def test_a_message_that_is_cut_is_refused(cut: int) -> None:
    with pytest.raises(BackendError, match="could not be read"):
        Wire().decode(Wire().encode(TRANSCRIPT)[:cut])


@pytest.mark.parametrize("size", [1, 3, 9, 1000])
def test_frames_may_be_cut_anywhere(size: int) -> None:
    sent = [b"", b"one", b"x" * 300]
    stream = b"".join(map(frame, sent))

    async def chunks() -> AsyncIterator[bytes]:
        for at in range(0, len(stream), size):
            yield stream[at : at + size]

    async def read() -> list[bytes]:
        return [message async for message in messages(chunks())]

    assert in_a_loop(read()) == sent


KINDS = [cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, TrioError)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_errors_cross_intact(kind: type[TrioError]) -> None:
    sent = (
        kind("It failed") if kind is errors.Cancelled else kind("It failed", given="a", allowed="b", fix="c")
    )
    got = unpack_error(Wire().decode(Wire().encode(pack_error(sent))))
    assert type(got) is kind and (got.what, got.given, got.allowed, got.fix) == (
        *(sent.what, sent.given),
        *(sent.allowed, sent.fix),
    )


def test_an_error_of_another_module_becomes_its_base() -> None:
    class Odd(InputError):
        pass

    assert type(unpack_error(pack_error(Odd("It failed")))) is InputError


def test_every_stage_has_calls_and_a_row() -> None:
    assert set(CALLS) == set(Stage) and set(RAY_TABLE) == set(Stage) - {Stage.GENERATE}
    for stage, rows in RAY_TABLE.items():
        assert pkgutil.resolve_name(rows["ray"].target).stage is stage


def test_the_default_plan_serves_every_stage_on_two_cores() -> None:
    assert sorted(stage for plan in DEPLOYMENTS.values() for stage in plan.stages) == sorted(Stage)
    assert ClusterPlan().cpus == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hots = 'x'", "hots"),
        ("port = 0", "port"),
        ("[backends]\ncaption = 'ray'", "the cluster itself"),
        ("[deployments.a]\nstages = ['ocr']\nmemory_mb = 9\nreplicas = 3\nmax_replicas = 2", "smaller"),
        (
            "[deployments.a]\nstages = ['ocr']\nmemory_mb = 9\n[deployments.b]\nstages = ['ocr']\nmemory_mb = 9",
            "two deployments",
        ),
        ("[deployments.a]\nstages = []\nmemory_mb = 9", "stages"),
        ("port = ", "cannot be read"),
    ],
)
def test_a_bad_plan_says_what_is_wrong(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=message):
        read_plan(file)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[options.caption]\nthreads = 1", "'auto' of caption does not have these options"),
        ("[backends]\ncaption = 'nobody'", "nobody"),
    ],
)
def test_what_replicas_cannot_be_made_with_is_told_before_ray_starts(
    text: str, message: str, tmp_path: Path
) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(text)
    with pytest.raises(TrioError, match=message):
        check_backends(read_plan(file))
    check_backends(ClusterPlan(options={Stage.CAPTION: {"trio": {"threads": 1}}, Stage.OCR: {"threads": 1}}))


def test_an_absent_cluster_says_how_to_start_it() -> None:
    backend = ClusterSentiment(Registry({}, WeightStore()), address="http://127.0.0.1:9")
    with pytest.raises(BackendError, match=r"The cluster is not responding.*chatbot cluster start"):
        backend.load()
    with pytest.raises(BackendError, match="not loaded"):
        backend.classify("hello")
