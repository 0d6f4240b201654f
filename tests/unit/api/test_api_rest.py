"""The other routes of /v1 through the official client: audio, embeddings, models, perception, keys, limits."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from pipelines.core.errors import BackendError
from pipelines.core.types import Detection, Stage
from pipelines.speech.decode import decode_audio
from tests.support.api_server import PASSWORD, Served, png, served, wav

SOUND = ("voice.wav", wav())
URL = f"data:image/png;base64,{base64.b64encode(png()).decode()}"


@pytest.fixture(scope="module")
def trio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("api")) as server:
        yield server


def test_transcription_in_every_format(trio: Served) -> None:
    create: Any = trio.openai.audio.transcriptions.create
    assert create(model="trio", file=SOUND).text == "I am here."
    assert create(model="transcribe/timed", file=SOUND, response_format="text") == "I am here.\n"
    assert create(model="trio", file=SOUND, response_format="srt") == (
        "1\n00:00:00,000 --> 00:00:01,250\nI am <here>.\n\n2\n01:01:01,500 --> 01:01:02,000\nTwice.\n"
    )
    assert create(model="trio", file=SOUND, response_format="vtt") == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.250\nI am &lt;here&gt;.\n\n01:01:01.500 --> 01:01:02.000\nTwice.\n"
    )
    whole = create(
        model="trio",
        file=SOUND,
        response_format="verbose_json",
        language="fr",
        timestamp_granularities=["segment"],
    )
    assert (whole.language, whole.duration, len(whole.segments)) == ("fr", 0.5, 2)
    assert (whole.segments[1].start, whole.segments[1].text) == (3661.5, "Twice.")


@pytest.mark.parametrize(
    ("more", "code", "status"),
    [
        ({"file": ("x.wav", b"no sound")}, "invalid_audio", 400),
        ({"file": ("x.wav", b"")}, "invalid_audio", 400),
        ({"file": ("x.wav", wav(601))}, "too_large", 413),
        ({"model": "whisper-9"}, "model_not_found", 404),
        ({"response_format": "yaml"}, "invalid_value", 400),
        ({"timestamp_granularities": ["word"]}, "unsupported_value", 400),
    ],
)
def test_recordings_that_are_refused(trio: Served, more: dict[str, Any], code: str, status: int) -> None:
    create: Any = trio.openai.audio.transcriptions.create
    with pytest.raises(openai.APIStatusError) as refused:
        create(**{"model": "trio", "file": SOUND, **more})
    assert (refused.value.code, refused.value.status_code) == (code, status)


@pytest.mark.parametrize("sound", ["mp3", "opus", "aac", "flac", "wav", "pcm"])
def test_speech_in_every_format(trio: Served, sound: Any) -> None:
    made = trio.openai.audio.speech.create(
        model="trio", voice="auto", input="Hello there.", response_format=sound, speed=1.5
    )
    assert trio.backend(Stage.SPEAK).calls[-1] == ("Hello there.", "en", 1.5)
    data = made.read()
    if sound == "pcm":
        assert len(data) == 480
    else:
        assert decode_audio(data).seconds >= 0.01
    with trio.openai.audio.speech.with_streaming_response.create(
        model="speak/scripted", voice="scripted", input="Hello.", response_format=sound
    ) as streamed:
        assert b"".join(streamed.iter_bytes())


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"voice": "nobody"}, "unknown_voice"),
        ({"input": "```\ncode\n```"}, "empty_message"),
        ({"input": ""}, "invalid_value"),
        ({"input": "x" * 5000}, "invalid_value"),
        ({"response_format": "midi"}, "invalid_value"),
    ],
)
def test_speech_that_is_refused(trio: Served, more: dict[str, Any], code: str) -> None:
    create: Any = trio.openai.audio.speech.create
    with pytest.raises(openai.BadRequestError) as refused:
        create(**{"model": "trio", "voice": "auto", "input": "Hello.", **more})
    assert refused.value.code == code


def test_embeddings_as_numbers_and_as_bytes(trio: Served) -> None:
    texts = ["one", "two words", "x" * 10]
    for encoding in ("float", "base64"):
        made = trio.openai.embeddings.create(model="trio", input=texts, encoding_format=encoding)
        assert [item.index for item in made.data] == [0, 1, 2]
    plain = trio.openai.embeddings.create(model="embed/lengths", input=texts)  # base64 underneath
    assert [item.embedding for item in plain.data] == [[3, 1, 0], [9, 1, 0], [10, 1, 0]]
    assert plain.usage.total_tokens == 4
    assert len(trio.openai.embeddings.create(model="trio", input="one", dimensions=3).data) == 1
    many = trio.openai.embeddings.create(model="trio", input=[str(n) for n in range(100)])
    assert len(many.data) == 100


@pytest.mark.parametrize("wrong", [{"input": ""}, {"input": []}, {"input": [[1, 2]]}, {"dimensions": 2}])
def test_embeddings_that_are_refused(trio: Served, wrong: dict[str, Any]) -> None:
    with pytest.raises(openai.BadRequestError):
        trio.openai.embeddings.create(**{"model": "trio", "input": "one", **wrong})


def test_models(trio: Served) -> None:
    names = {model.id: model for model in trio.openai.models.list()}
    assert {"trio", "generate/plain", "transcribe/timed", "speak/scripted"} <= set(names)
    assert all(model.owned_by == "trio" and model.object == "model" for model in names.values())
    about: Any = trio.openai.models.retrieve("generate/absent").trio  # type: ignore[attr-defined]
    assert about["missing_packages"] == ["no_such_package"] and not about["chosen"]
    with pytest.raises(openai.NotFoundError, match="There is no model"):
        trio.openai.models.retrieve("gpt-9")


def test_perceive_takes_json_and_files_and_says_the_same(trio: Served) -> None:
    url = f"{trio.url}/v1/perceive"
    sound = {"data": base64.b64encode(wav()).decode()}
    by_json = httpx.post(url, json={"text": "Look!", "images": [URL], "audio": sound}).json()
    files: Any = [("images", ("a.png", png())), ("audio", ("b.wav", wav()))]
    by_form = httpx.post(url, data={"text": "Look!"}, files=files).json()
    for found in (by_json, by_form):
        assert found["object"] == "perception"
        assert found["captions"] == ["A cat on a mat."] and found["transcript"] == "I am here."
        assert found["fused"]["sources"] and found["speech_emotion"]["label"] == "sad"
        assert len(found["evidence"]) == 11
        assert "generate" not in found["models"]


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({"json": {}}, 400),
        ({"json": {"text": " "}}, 400),
        ({"json": {"words": "x"}}, 400),
        ({"json": {"images": ["http://localhost/x.png"]}}, 400),
        ({"content": b"{", "headers": {"content-type": "application/json"}}, 400),
        ({"content": b"x", "headers": {"content-type": "text/plain"}}, 415),
        ({"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 400),
        ({"files": {"text": ("a", b"x")}}, 400),
        ({"files": {"images": ("a", b"x")}}, 400),
        ({"data": {"audio": "x"}, "files": {"images": ("a", png())}}, 400),
    ],
)
def test_perceive_refuses(trio: Served, how: dict[str, Any], status: int) -> None:
    answer = httpx.post(f"{trio.url}/v1/perceive", **how)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["message"]


def test_a_stage_that_fails_is_evidence_not_an_error(tmp_path: Path) -> None:
    with served(tmp_path, {Stage.OCR: {"error": BackendError("No reader")}}) as trio:
        found = httpx.post(f"{trio.url}/v1/perceive", json={"images": [URL]}).json()
        assert [e["error"] for e in found["evidence"] if e["kind"] == "ocr"] == ["No reader."]


def test_objects_come_for_each_picture(tmp_path: Path) -> None:
    dog = Detection("dog", (1.0, 2.0, 3.5, 4.0), 0.75)
    with served(tmp_path, {Stage.DETECT: {"objects": [dog]}}) as trio:
        found = httpx.post(f"{trio.url}/v1/perceive", json={"images": [URL, URL]}).json()
        assert found["objects"] == [[{"label": "dog", "box": [1.0, 2.0, 3.5, 4.0], "score": 0.75}]] * 2
    with served(tmp_path, {Stage.DETECT: {"error": BackendError("No detector")}}) as trio:
        assert httpx.post(f"{trio.url}/v1/perceive", json={"images": [URL]}).json()["objects"] == [[]]


def test_unknown_paths_and_methods(trio: Served) -> None:
    missing = httpx.get(f"{trio.url}/v1/assistants")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "not_found")
    wrong = httpx.get(f"{trio.url}/v1/chat/completions")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")


def test_the_documentation_needs_no_network(trio: Served) -> None:
    page = httpx.get(f"{trio.url}/docs").text
    assert "://" not in page.replace("http://www.w3.org", "")
    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"):
        assert name in page and httpx.get(f"{trio.url}/docs/{name}").status_code == 200
    assert httpx.get(f"{trio.url}/docs/x").status_code == 404
    paths = httpx.get(f"{trio.url}/v1/openapi.json").json()["paths"]
    assert set(paths) == {
        "/chat/completions",
        "/responses",
        "/responses/{response_id}",
        "/audio/transcriptions",
        "/audio/speech",
        "/embeddings",
        "/perceive",
        "/files",
        "/files/{file_id}",
        "/files/{file_id}/content",
        "/models",
        "/models/{model}",
    }


def test_with_accounts_a_key_is_needed(tmp_path: Path) -> None:
    with served(tmp_path, accounts=True, turns_per_minute=3, body_mb=1) as trio:
        hi: Any = [{"role": "user", "content": "Hi"}]
        for key in ("none", trio.key[:-2], PASSWORD):
            with pytest.raises(openai.AuthenticationError, match="API key") as refused:
                trio.openai.with_options(api_key=key).models.list()
            assert refused.value.response.headers["www-authenticate"] == "Bearer"
            assert refused.value.code == "invalid_api_key"
        assert trio.openai.models.list().data
        spoken: Any = trio.openai.chat.completions.create(
            model="trio", messages=hi, modalities=["audio"], audio={"voice": "auto", "format": "wav"}
        )
        assert spoken.choices[0].message.audio
        trio.openai.embeddings.create(model="trio", input="one")
        trio.openai.audio.transcriptions.create(model="trio", file=SOUND)
        with pytest.raises(openai.RateLimitError, match="Try again in") as limited:
            trio.openai.chat.completions.create(model="trio", messages=hi, stream=True)
        assert int(limited.value.response.headers["retry-after"]) > 0
        with pytest.raises(openai.APIStatusError, match="larger than 1 MB") as large:
            trio.openai.audio.transcriptions.create(
                model="trio", file=("x.wav", io.BytesIO(b"x" * 1_100_000))
            )
        assert (large.value.status_code, large.value.code) == (413, "request_too_large")
        assert httpx.get(f"{trio.url}/docs", headers={"accept": "text/html"}).status_code == 303
        assert httpx.get(f"{trio.url}/v1/openapi.json").status_code == 401


def test_metrics_name_routes_and_no_ids(trio: Served) -> None:
    httpx.get(f"{trio.url}/v1/models/secret-word")
    text = httpx.get(f"{trio.url}/metrics").text
    assert "secret-word" not in text
