"""/v1/chat/completions through the official client, against a real server with scripted models."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from chatbot.generators.llama import LlamaGenerator
from pipelines.core.errors import BackendError
from pipelines.core.types import Stage
from pipelines.speech.decode import decode_audio
from tests.support.api_server import EndlessGenerator, Served, png, served, wav

PICTURE = {
    "type": "image_url",
    "image_url": {"url": f"data:image/png;base64,{base64.b64encode(png()).decode()}"},
}
VOICE = {"type": "input_audio", "input_audio": {"data": base64.b64encode(wav()).decode(), "format": "wav"}}
HI: Any = [{"role": "user", "content": "Hi"}]


@pytest.fixture(scope="module")
def trio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("api")) as server:
        yield server


def prompt(trio: Served) -> list[dict[str, str]]:
    found: list[dict[str, str]] = trio.backend(Stage.GENERATE).calls[-1]
    return found


def user(*parts: Any) -> Any:
    return {"role": "user", "content": list(parts)}


def words(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


def test_a_reply_with_usage_and_what_was_understood(trio: Served) -> None:
    reply = trio.openai.chat.completions.create(model="trio", messages=HI)
    assert reply.choices[0].message.content == "Hello there. How are you?"
    assert (reply.choices[0].finish_reason, reply.object) == ("stop", "chat.completion")
    assert reply.usage is not None
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens, reply.usage.total_tokens) == (11, 4, 15)
    about: Any = reply.trio  # type: ignore[attr-defined]
    assert about["fused"]["label"] == "happy"
    assert {item["kind"] for item in about["evidence"]} == {"sentiment", "text-emotion", "danger"}
    assert about["ignored"] == []


def test_pictures_and_voice_reach_the_prompt(trio: Served) -> None:
    reply = trio.openai.chat.completions.create(
        model="trio", messages=[user(words("What?"), PICTURE, PICTURE, VOICE)]
    )
    about: Any = reply.trio  # type: ignore[attr-defined]
    assert about["captions"] == ["A cat on a mat."] * 2
    assert about["transcript"] == "I am here."
    assert "What? I am here." in prompt(trio)[-1]["content"]
    assert "[You see picture 2: a cat on a mat. No text in it.]" in prompt(trio)[-1]["content"]


def test_instructions_and_earlier_turns_reach_the_prompt(trio: Served) -> None:
    trio.openai.chat.completions.create(
        model="trio",
        messages=[
            {"role": "system", "content": "Speak like a pirate."},
            {"role": "user", "content": "My name is Ann."},
            {"role": "assistant", "content": "Hello Ann."},
            {"role": "developer", "content": [{"type": "text", "text": "Be short."}]},
            {"role": "user", "content": "Who"},
            {"role": "user", "content": "am I?"},
        ],
    )
    said = prompt(trio)
    assert said[0]["role"] == "system"
    assert said[0]["content"].startswith("You are Trio")
    assert said[0]["content"].endswith("Speak like a pirate.\nBe short.")
    assert [m["content"] for m in said[-3:-1]] == ["My name is Ann.", "Hello Ann."]
    assert said[-1]["content"].endswith("Who\nam I?")


def test_an_earlier_picture_is_remembered_and_not_looked_at_again(trio: Served) -> None:
    first = user(words("Remember this one"), PICTURE)
    trio.openai.chat.completions.create(model="trio", messages=[first])
    looked = len(trio.backend(Stage.CAPTION).calls)
    trio.openai.chat.completions.create(
        model="trio", messages=[first, {"role": "assistant", "content": "A cat."}, HI[0]]
    )
    assert len(trio.backend(Stage.CAPTION).calls) == looked
    assert prompt(trio)[-3]["content"].startswith("[You see a picture: a cat on a mat.")


def test_an_earlier_picture_that_is_new_here_is_understood(trio: Served) -> None:
    unseen = user(words("Never sent before"), PICTURE)
    looked = len(trio.backend(Stage.CAPTION).calls)
    trio.openai.chat.completions.create(
        model="trio", messages=[unseen, {"role": "assistant", "content": "A cat."}, HI[0]]
    )
    assert len(trio.backend(Stage.CAPTION).calls) == looked + 1
    assert "[You see a picture: a cat on a mat." in prompt(trio)[-3]["content"]


def test_streaming(trio: Served) -> None:
    stream = trio.openai.chat.completions.create(
        model="trio", messages=HI, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    text = [c.choices[0].delta.content for c in chunks if c.choices and c.choices[0].delta.content]
    assert text == ["Hello ", "there. ", "How are ", "you?"]
    assert chunks[0].choices[0].delta.role == "assistant"
    assert len({chunk.id for chunk in chunks}) == 1
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert all(chunk.usage is None for chunk in chunks[:-1])
    assert chunks[-1].choices == [] and chunks[-1].usage is not None
    assert chunks[-1].usage.total_tokens == 15
    assert chunks[-2].trio["fused"]["label"] == "happy"  # type: ignore[attr-defined]
    found = [
        c.trio["evidence"]["kind"]
        for c in chunks
        if hasattr(c, "trio") and isinstance(c.trio["evidence"], dict)
    ]
    assert set(found) == {"sentiment", "text-emotion", "danger"}


def test_the_clients_own_stream_helper_agrees(trio: Served) -> None:
    with trio.openai.chat.completions.stream(model="trio", messages=HI) as stream:
        for _ in stream:
            pass
        final = stream.get_final_completion()
    assert final.choices[0].message.content == "Hello there. How are you?"


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_a_reply_that_is_cut_says_so(trio: Served, name: str) -> None:
    more: Any = {name: 2}
    reply = trio.openai.chat.completions.create(model="trio", messages=HI, **more)
    assert reply.choices[0].message.content == "Hello there."
    assert reply.choices[0].finish_reason == "length"
    assert reply.usage is not None and reply.usage.completion_tokens == 2


@pytest.mark.parametrize(
    ("stop", "text"),
    [
        ("there", "Hello"),
        (["x", ". How", "you"], "Hello there"),
        ("?", "Hello there. How are you"),
        ("none", "Hello there. How are you?"),
    ],
)
def test_stop_texts_end_the_reply(trio: Served, stop: Any, text: str) -> None:
    reply = trio.openai.chat.completions.create(model="trio", messages=HI, stop=stop)
    assert (reply.choices[0].message.content, reply.choices[0].finish_reason) == (text, "stop")
    assert reply.usage is not None and reply.usage.completion_tokens > 0


def test_temperature_and_what_is_ignored(trio: Served) -> None:
    reply = trio.openai.chat.completions.create(
        model="trio", messages=HI, temperature=0.7, top_p=0.5, seed=3, user="ann"
    )
    assert trio.backend(Stage.GENERATE).asked["temperature"] == 0.7
    assert reply.trio["ignored"] == ["seed", "top_p", "user"]  # type: ignore[attr-defined]


def test_another_generator_may_be_chosen(trio: Served) -> None:
    reply = trio.openai.chat.completions.create(model="generate/plain", messages=HI)
    assert reply.usage is not None and reply.usage.completion_tokens == len("Hello there. How are you?")
    again = trio.openai.chat.completions.create(
        model="trio", messages=HI, extra_body={"trio": {"backends": {"generate": "plain"}}}
    )
    assert again.usage is not None and again.usage.completion_tokens == reply.usage.completion_tokens


@pytest.mark.parametrize("sound", ["wav", "mp3", "flac", "opus", "aac"])
def test_a_spoken_reply(trio: Served, sound: Any) -> None:
    reply = trio.openai.chat.completions.create(
        model="trio", messages=HI, modalities=["text", "audio"], audio={"voice": "auto", "format": sound}
    )
    voice = reply.choices[0].message.audio
    assert voice is not None and voice.transcript == "Hello there. How are you?"
    assert voice.expires_at > reply.created
    assert decode_audio(base64.b64decode(voice.data)).seconds >= 0.02
    trio.openai.chat.completions.create(
        model="trio",
        messages=[HI[0], {"role": "assistant", "audio": {"id": voice.id}}, HI[0]],
    )
    assert prompt(trio)[-2]["content"] == "Hello there. How are you?"


def test_a_streamed_voice(trio: Served) -> None:
    stream = trio.openai.chat.completions.create(
        model="trio",
        messages=HI,
        stream=True,
        modalities=["text", "audio"],
        audio={"voice": "auto", "format": "pcm16"},
    )
    deltas = [chunk.model_dump(exclude_none=True)["choices"][0]["delta"] for chunk in stream]
    parts = [delta["audio"] for delta in deltas if "audio" in delta]
    assert "".join(part.get("transcript", "") for part in parts) == "Hello there. How are you?"
    sound = b"".join(base64.b64decode(part["data"]) for part in parts if "data" in part)
    assert len(sound) == 2 * 2 * 240
    assert len({part["id"] for part in parts}) == 1 and parts[-1]["expires_at"]


@pytest.mark.parametrize(
    ("more", "param", "code"),
    [
        ({"n": 2}, "n", "unsupported_value"),
        ({"functions": [{"name": "f"}]}, "functions", "unsupported_parameter"),
        (
            {"response_format": {"type": "json_schema"}},
            "response_format.json_schema",
            "missing_required_parameter",
        ),
        ({"tool_choice": "required"}, "tool_choice", "invalid_value"),
        ({"modalities": ["audio"]}, "audio", "missing_required_parameter"),
        (
            {"modalities": ["text", "audio"], "audio": {"voice": "nobody", "format": "wav"}},
            "audio.voice",
            "unknown_voice",
        ),
        (
            {"stream": True, "modalities": ["audio"], "audio": {"voice": "auto", "format": "mp3"}},
            "audio.format",
            "unsupported_value",
        ),
        (
            {"messages": [{"role": "tool", "tool_call_id": "x", "content": "y"}]},
            "messages",
            "invalid_value",
        ),
        ({"messages": [{"role": "assistant", "content": "y"}]}, "messages", "invalid_value"),
        ({"messages": [user(words("  "))]}, "messages.0.content", "empty_message"),
        (
            {"messages": [user({"type": "video_url", "video_url": {}})]},
            "messages.0.content.0",
            "unsupported_content_part",
        ),
        (
            {"messages": [user({"type": "image_url", "image_url": {"url": "http://127.0.0.1/x.png"}})]},
            "messages.0.content.0.image_url.url",
            "unsupported_image_url",
        ),
        (
            {"messages": [user({"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}})]},
            "messages.0.content.0.image_url.url",
            "invalid_image",
        ),
        (
            {"messages": [user({"type": "image_url", "image_url": {"url": "data:image/png;base64,!"}})]},
            "messages.0.content.0.image_url.url",
            "invalid_base64",
        ),
        (
            {"messages": [user({"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}})]},
            "messages.0.content.0.input_audio.data",
            "invalid_audio",
        ),
        (
            {"messages": [HI[0], {"role": "assistant", "audio": {"id": "audio_x"}}, HI[0]]},
            "messages.1.audio.id",
            "unknown_audio",
        ),
        ({"messages": [{"role": "user", "content": "word " * 1500}]}, "messages", "context_length_exceeded"),
    ],
)
def test_what_is_refused(trio: Served, more: dict[str, Any], param: str, code: str) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        trio.openai.chat.completions.create(**{"model": "trio", "messages": HI, **more})
    body: Any = refused.value.body
    assert (body["param"], body["code"], body["type"]) == (param, code, "invalid_request_error")
    assert len(body["message"]) > 20


@pytest.mark.parametrize("model", ["gpt-9", "transcribe/timed", "generate/none", "\u2603"])
def test_an_unknown_model_is_named(trio: Served, model: str) -> None:
    with pytest.raises(openai.NotFoundError, match="There is no model"):
        trio.openai.chat.completions.create(model=model, messages=HI)


def test_a_missing_package_says_how_to_install_it(trio: Served) -> None:
    for stream in (False, True):
        with pytest.raises(openai.InternalServerError, match="pip install it") as refused:
            trio.openai.chat.completions.create(model="generate/absent", messages=HI, stream=stream)
        assert refused.value.status_code == 503
        assert refused.value.code == "missing_package"


def test_too_long_a_recording_is_refused(trio: Served) -> None:
    long = {
        "type": "input_audio",
        "input_audio": {"data": base64.b64encode(wav(601)).decode(), "format": "wav"},
    }
    with pytest.raises(openai.APIStatusError, match="too long") as refused:
        trio.openai.chat.completions.create(model="trio", messages=[user(long)])
    assert refused.value.status_code == 413


def test_a_body_that_is_no_json(trio: Served) -> None:
    answer = httpx.post(
        f"{trio.url}/v1/chat/completions", content=b"{", headers={"content-type": "application/json"}
    )
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_json"


def test_a_generator_that_fails_ends_the_stream_with_an_error(tmp_path: Path) -> None:
    broken = {Stage.GENERATE: {"error": BackendError("The model broke"), "error_at": 2}}
    with served(tmp_path, broken) as trio:
        seen = []
        with pytest.raises(openai.APIError, match="The model broke"):
            for chunk in trio.openai.chat.completions.create(model="trio", messages=HI, stream=True):
                seen.append(chunk.choices[0].delta.content or "")
        assert "".join(seen) == "Hello there. "
        with pytest.raises(openai.InternalServerError, match="The model broke"):
            trio.openai.chat.completions.create(model="trio", messages=HI)


def test_a_voice_that_fails_is_an_error_where_it_was_asked_for(tmp_path: Path) -> None:
    with served(tmp_path, {Stage.SPEAK: {"error": BackendError("No loudspeaker")}}) as trio:
        aloud: Any = {"modalities": ["text", "audio"], "audio": {"voice": "auto", "format": "pcm16"}}
        with pytest.raises(openai.InternalServerError, match="No loudspeaker"):
            trio.openai.chat.completions.create(model="trio", messages=HI, **aloud)
        with pytest.raises(openai.APIError, match="No loudspeaker"):
            list(trio.openai.chat.completions.create(model="trio", messages=HI, stream=True, **aloud))
        assert trio.openai.chat.completions.create(model="trio", messages=HI).choices[0].message.content


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_leaves_stops_its_turn(trio: Served, stream: bool) -> None:
    EndlessGenerator.ended.clear()
    body = {"model": "generate/endless", "messages": HI, "stream": stream}
    if stream:
        with httpx.stream("POST", f"{trio.url}/v1/chat/completions", json=body) as answer:
            for line in answer.iter_lines():
                if "more" in line:
                    break
    else:
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{trio.url}/v1/chat/completions", json=body, timeout=2)
    assert EndlessGenerator.ended.wait(30)


def test_who_waits_in_line_is_told_and_then_answered(tmp_path: Path) -> None:
    with served(tmp_path, turns_at_once=1) as trio, httpx.Client(base_url=trio.url, timeout=60) as http:
        endless = {"model": "generate/endless", "messages": HI, "stream": True}
        with http.stream("POST", "/v1/chat/completions", json=endless) as first:
            held = first.iter_lines()  # its end would end the stream
            assert next(line for line in held if "more" in line)
            with http.stream("POST", "/v1/chat/completions", json={"messages": HI, "stream": True}) as second:
                lines = second.iter_lines()
                assert next(lines) == ": waiting, position 1"
                first.close()
                rest = [line for line in lines if line]
        assert rest[-1] == "data: [DONE]"
        assert any('"content": "Hello "' in line for line in rest)


def test_the_events_are_those_of_the_openai_api(trio: Served) -> None:
    body = {"messages": HI, "stream": True}
    with httpx.stream("POST", f"{trio.url}/v1/chat/completions", json=body) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in answer.iter_lines() if line]
    assert lines[-1] == "data: [DONE]"
    assert all(json.loads(line[6:])["object"] == "chat.completion.chunk" for line in lines[:-1])


def test_llama_tells_how_it_ended() -> None:
    from chatbot.generators.llama import _Generation

    class Scripted:
        def handle_chat_completions(self, request: Any, take: Any) -> None:
            assert request["stream_options"] == {"include_usage": True}
            take({"choices": [{"delta": {"content": "Hi"}, "finish_reason": None}]})
            take({"choices": [{"delta": {}, "finish_reason": "length"}]})
            take({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 1}})

    generator = LlamaGenerator.__new__(LlamaGenerator)
    generator._server, generator._generations = Scripted(), __import__("weakref").WeakSet()
    stream = generator.stream([{"role": "user", "content": "Hi"}], temperature=0.0, max_tokens=1)
    assert next(stream) == "Hi"
    with pytest.raises(StopIteration) as ended:
        next(stream)
    assert (ended.value.value.reason, ended.value.value.prompt_tokens, ended.value.value.reply_tokens) == (
        "length",
        5,
        1,
    )
    assert _Generation(None, {}, ()).finish() is None
