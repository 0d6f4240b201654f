"""The stages in a real Ray cluster of two cores: same answers, retries, streams, errors, command line."""

from __future__ import annotations

import json
import math
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chatbot.cli.server.web_app import create_app
from chatbot.config.backends import CHATBOT_TABLE
from chatbot.config.settings import load_settings
from chatbot.turn.engine import Chatbot
from chatbot.turn.options import TurnOptions
from chatbot.turn.state import collect
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import BackendError, Cancelled, EmptyInputError, InputError
from pipelines.core.registry import Registry
from pipelines.core.types import Audio, Image, Stage, Turn, to_jsonable
from pipelines.image.decode import decode_image
from pipelines.speech.decode import decode_audio
from tests.support.clustered import Cluster, clustered, replicas, until

pytest.importorskip("ray", reason='pip install "ray[serve]"')
pytestmark = pytest.mark.usefixtures("registry")  # skipped where the models have not been pulled
BLACK = Image(np.zeros((8, 8, 3), np.uint8))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with clustered(tmp_path_factory.mktemp("cluster")) as found:
        yield found


@pytest.fixture(scope="module")
def remote(cluster: Cluster) -> Iterator[Registry]:
    registry = cluster.registry()
    yield registry
    registry.unload()


@pytest.fixture(scope="module")
def noting(cluster: Cluster) -> Iterator[Registry]:
    registry = cluster.registry("noting")
    yield registry
    registry.unload()


@pytest.fixture(scope="module")
def here(registry: Registry) -> Iterator[Registry]:
    """The same back-ends in this process, with the generator."""
    local = Registry(CHATBOT_TABLE, registry.store)
    yield local
    local.unload()


def spoken(samples: Path) -> Audio:
    """Return the first words of a real clip, up to its first pause."""
    audio = decode_audio(samples / "jfk.flac")
    return Audio(audio.samples[: 3 * audio.sample_rate], audio.sample_rate)


def close(one: Any, other: Any) -> bool:
    """Whether a person would call results the same.

    Another number of threads, or a processor with other vector instructions, sums in another order: numbers
    change by two in a hundred at most, and a sentence may lose its last full stop.
    """
    if isinstance(one, float):
        return math.isclose(one, other, rel_tol=0.02, abs_tol=5e-3)
    if isinstance(one, str) and isinstance(other, str):
        return said(one) == said(other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(close(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(close, one, other))
    return bool(one == other)


def said(text: str) -> str:
    """Return a text without what ends it."""
    return text.strip().rstrip(".,!?").casefold()


def gist(value: Any) -> str:
    """Return what evidence says, without its numbers: a label or a text."""
    found = to_jsonable(value)
    return (
        said(str(found.get("label") or found.get("text") or ""))
        if isinstance(found, dict)
        else said(str(found))
    )


Ask = Callable[[Registry, Path], Any]
SENTENCES = ["I love this.", "A dog runs over the grass in the morning.", "No."]


def _stream(registry: Registry, _: Path) -> list[str]:
    messages = [{"role": "user", "content": "What is the capital of France?"}]
    return list(registry.get(Stage.GENERATE).stream(messages, temperature=0.0, max_tokens=8))


ANSWERS: dict[str, Ask] = {
    "transcribe": lambda r, s: r.get(Stage.TRANSCRIBE).transcribe(spoken(s)),
    "encode": lambda r, s: r.get(Stage.TRANSCRIBE).encode(spoken(s)).frames[::50].tolist(),
    "speech-emotion": lambda r, s: r.get(Stage.SPEECH_EMOTION).classify(spoken(s)),
    "sentiment": lambda r, _: [r.get(Stage.SENTIMENT).classify(text) for text in SENTENCES],
    "text-emotion": lambda r, _: r.get(Stage.TEXT_EMOTION).classify(SENTENCES[0]),
    "danger": lambda r, _: [r.get(Stage.DANGER).classify(text) for text in SENTENCES],
    "feelings": lambda r, _: r.get(Stage.FEELINGS).read(SENTENCES[1]),
    "embed": lambda r, _: r.get(Stage.EMBED).embed(SENTENCES).tolist(),
    "count_tokens": lambda r, _: r.get(Stage.EMBED).count_tokens(SENTENCES),
    "image-features": lambda r, s: r.get(Stage.IMAGE_FEATURES).features(decode_image(s / "cat.jpg")).tolist(),
    "caption": lambda r, s: r.get(Stage.CAPTION).caption(decode_image(s / "cat.jpg")),
    "ocr": lambda r, s: r.get(Stage.OCR).read(decode_image(s / "cat.jpg")),
    "detect": lambda r, s: r.get(Stage.DETECT).detect(decode_image(s / "cat.jpg")),
    "speaks": lambda r, _: [r.get(Stage.SPEAK).speaks(code) for code in ("en", "xx")],
    "generate": _stream,
}


@pytest.mark.parametrize("name", ANSWERS)
def test_the_answers_are_those_of_one_process(
    name: str, remote: Registry, here: Registry, samples: Path
) -> None:
    ask = ANSWERS[name]
    assert close(to_jsonable(ask(remote, samples)), to_jsonable(ask(here, samples)))


def test_the_voice_is_that_of_one_process(remote: Registry, here: Registry) -> None:
    far, near = (list(r.get(Stage.SPEAK).stream("Hello there. How are you?")) for r in (remote, here))
    assert len(far) == len(near) == 2
    for one, other in zip(far, near, strict=True):
        assert one.sample_rate == other.sample_rate
        assert math.isclose(one.seconds, other.seconds, rel_tol=0.02)
        assert math.isclose(one.samples.std(), other.samples.std(), rel_tol=0.1)


def test_the_encoder_pass_is_used_again(remote: Registry, here: Registry, samples: Path) -> None:
    """Emotion from the encoding alone: the sound that comes with it is silent."""
    audio = spoken(samples)
    encoding = remote.get(Stage.TRANSCRIBE).transcribe(audio).encoding
    silent = Audio(np.zeros(16_000, np.float32), 16_000)
    with pytest.raises(EmptyInputError):
        remote.get(Stage.SPEECH_EMOTION).classify(silent)
    found = remote.get(Stage.SPEECH_EMOTION).classify(silent, encoding)
    assert close(to_jsonable(found), to_jsonable(here.get(Stage.SPEECH_EMOTION).classify(audio)))


def test_attributes_come_with_the_back_end(remote: Registry, here: Registry) -> None:
    for name in ("context_tokens", "continues", "languages"):
        far, near = (getattr(r.get(Stage.GENERATE), name) for r in (remote, here))
        assert far == near
    assert remote.get(Stage.SPEAK).sample_rate == 24_000
    assert remote.get(Stage.CAPTION).model == f"{here.get(Stage.CAPTION).model}, in the cluster"


def test_a_whole_turn_is_that_of_one_process(remote: Registry, here: Registry, samples: Path) -> None:
    turn = Turn("What is it?", (decode_image(samples / "cat.jpg"),), spoken(samples))
    options = TurnOptions(temperature=0.0, max_reply_tokens=12)
    far, near = (collect(Chatbot(load_settings(), r).respond(turn, options=options)) for r in (remote, here))
    assert far.error is None and near.error is None and far.reply and near.reply
    assert far.reply.text and near.reply.text
    assert far.reply.finish and near.reply.finish and far.reply.finish.reason == near.reply.finish.reason
    tokens = [reply.finish.prompt_tokens for reply in (far.reply, near.reply) if reply.finish]
    assert math.isclose(*tokens, rel_tol=0.05), "the prompts hold the same findings, up to a full stop"
    assert far.speech and far.reply.context and near.reply.context
    mine, others = (
        sorted((e.kind, e.source, gist(e.value)) for e in reply.context.evidence)
        for reply in (far.reply, near.reply)
        if reply.context
    )
    assert mine == others and len(mine) == 11
    assert close(to_jsonable(far.reply.context.emotion), to_jsonable(near.reply.context.emotion))


def test_a_killed_replica_costs_no_request(cluster: Cluster, remote: Registry, here: Registry) -> None:
    texts = [f"{text} {number}" for number in range(60) for text in SENTENCES[:2]]
    expected = [here.get(Stage.SENTIMENT).classify(text).label for text in texts]
    before = replicas(f"{cluster.app}-words")
    assert len(before) == 2
    killed = threading.Event()

    def ask(at: int) -> str:
        if at == len(texts) // 4:
            os.kill(before[0], signal.SIGKILL)
            killed.set()
        return str(remote.get(Stage.SENTIMENT).classify(texts[at]).label)

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(ask, range(len(texts)))) == expected
    assert killed.is_set()
    assert until(lambda: len(new := replicas(f"{cluster.app}-words")) == 2 and before[0] not in new, 60), (
        "not replaced"
    )


def test_errors_cross_intact(remote: Registry, here: Registry, samples: Path) -> None:
    audio = spoken(samples)
    caught = []
    for registry in (remote, here):
        with pytest.raises(InputError) as found:
            registry.get(Stage.TRANSCRIBE).transcribe(audio, language="xx")
        with pytest.raises(EmptyInputError):
            registry.get(Stage.SENTIMENT).classify("")
        caught.append(found.value)
    far, near = caught
    assert type(far) is type(near) and str(far) == str(near) and "zh" in far.allowed


def test_an_unforeseen_error_is_named(noting: Registry) -> None:
    with pytest.raises(BackendError, match="ZeroDivisionError: nobody foresaw this"):
        noting.get(Stage.TEXT_EMOTION).classify("boom")


def test_closing_a_stream_stops_it_in_the_replica(cluster: Cluster, noting: Registry) -> None:
    stream = noting.get(Stage.SPEAK).stream("first")
    next(stream), next(stream)
    stream.close()
    assert cluster.noted("first closed")


def test_cancelling_a_stream_stops_it_in_the_replica(cluster: Cluster, noting: Registry) -> None:
    token = CancelToken()
    with pytest.raises(Cancelled):
        for _ in noting.get(Stage.SPEAK).stream("second", cancel=token):
            token.cancel()
    assert cluster.noted("second closed")


def test_cancelling_a_call_stops_it_in_the_replica(cluster: Cluster, noting: Registry) -> None:
    token = CancelToken()

    def stop() -> None:
        assert cluster.noted("caption began")
        token.cancel()

    threading.Thread(target=stop).start()
    with pytest.raises(Cancelled):
        noting.get(Stage.CAPTION).caption(BLACK, cancel=token)
    assert cluster.noted("caption was cancelled")


def test_unloading_ends_what_runs(cluster: Cluster) -> None:
    registry = cluster.registry("noting")
    stream = registry.get(Stage.SPEAK).stream("third")
    next(stream)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(list, stream)
        registry.unload()
        with pytest.raises(BackendError, match="unloaded"):
            waiting.result(30)
    assert cluster.noted("third closed")


def test_a_slow_replica_is_told_as_such(cluster: Cluster) -> None:
    registry = cluster.registry("noting", seconds=0.5)
    with pytest.raises(BackendError, match="took too long to run caption"):
        registry.get(Stage.CAPTION).caption(BLACK)
    registry.unload()


def test_a_stage_that_is_not_served_is_named(noting: Registry) -> None:
    with pytest.raises(
        BackendError, match=r"does not serve ocr.*Allowed: caption, sentiment, speak, text-emotion"
    ):
        noting.get(Stage.OCR)


def test_replicas_call_nothing_but_the_protocols(cluster: Cluster, noting: Registry) -> None:
    client = noting.get(Stage.SPEAK).client
    for method in ("unload", "__class__", "note"):
        with pytest.raises(BackendError, match="does not support this call"):
            client.call(method)


def test_a_deployment_scales_with_what_it_has_to_do(noting: Registry) -> None:
    assert len(replicas("noting-scaling")) == 1
    enough = threading.Event()

    def ask() -> int:
        count = 0
        while not enough.is_set():
            noting.get(Stage.SENTIMENT).classify("good")
            count += 1
        return count

    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(ask) for _ in range(4)]
        grown = until(lambda: len(replicas("noting-scaling")) == 2)
        enough.set()
        assert grown and all(one.result() for one in asking), "a busy deployment got no second replica"
    assert until(lambda: len(replicas("noting-scaling")) == 1), "an idle replica was kept"


def test_the_status_command(cluster: Cluster) -> None:
    shown = cluster.command("status", "--plan", str(cluster.plan), "--json")
    assert shown.returncode == 0, shown.stderr
    rows = {row["name"]: row for row in json.loads(shown.stdout)}
    assert rows["words"]["running"] == 2 and rows["rest"]["state"] == "RUNNING"


def test_the_server_stands_in_front(remote: Registry, tmp_path: Path) -> None:
    from fastapi.testclient import TestClient

    settings = load_settings(data_dir=tmp_path)
    chatbot = Chatbot(settings, remote)
    assert chatbot.wait_until_warm().ready
    client = TestClient(
        create_app(chatbot, settings), base_url="http://localhost", client=("127.0.0.1", 50_000)
    )
    health = client.get("/healthz")
    assert health.status_code == 200 and health.json()["status"] == "ok"
    assert client.get("/readyz").status_code == 200 and "trio_" in client.get("/metrics").text
