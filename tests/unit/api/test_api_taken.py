"""Requests that other servers take: each is answered, what was changed is reported."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest

from chatbot.api.aliases import ALIASES, resolve_alias
from chatbot.api.errors import ApiError
from chatbot.api.json_schemas import MOST_DEPTH, checked_schema
from chatbot.api.language_codes import language_code
from chatbot.api.service import ExpiringValues
from pipelines.core.types import Stage
from tests.support.api_server import Served, png, served, wav
from tests.unit.api.test_api_chat import HI, prompt

PICTURE = f"data:image/png;base64,{base64.b64encode(png()).decode()}"


@pytest.fixture(scope="module")
def trio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("api")
    with served(folder, aliases={"my-model": "generate/plain", "gpt-4o": "", "kate": "scripted"}) as server:
        yield server


def ask(trio: Served, **fields: Any) -> httpx.Response:
    return httpx.post(f"{trio.url}/v1/chat/completions", json={"messages": HI, **fields}, timeout=60)


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
@pytest.mark.parametrize(("given", "used"), [(4096, 2000), (-1, 2000), (100_000, 2000), (0, 1), (7, 7)])
def test_lengths_beyond_the_limits_are_clamped_and_reported(
    trio: Served, name: str, given: int, used: int
) -> None:
    """The scripted model's context is 4000 tokens; half of it is the prompt's."""
    answer = ask(trio, **{name: given}).raise_for_status().json()
    assert trio.backend(Stage.GENERATE).asked["max_tokens"] == used
    changed = {} if given == used else {name: {"given": given, "used": used}}
    assert answer["trio"]["adjusted"] == changed


@pytest.mark.parametrize(("given", "used"), [(3.5, 2.0), (-1.0, 0.0), (1.5, 1.5)])
def test_temperatures_are_clamped(trio: Served, given: float, used: float) -> None:
    ask(trio, temperature=given).raise_for_status()
    assert trio.backend(Stage.GENERATE).asked["temperature"] == used


@pytest.mark.parametrize(
    "fields",
    [
        {"stop": ""},
        {"stop": ["", "", "", "", ""]},
        {"stop": []},
        {"temperature": None, "max_tokens": None, "n": 1, "logprobs": False, "tools": None},
        {"tools": [], "tool_choice": "none"},
        {"response_format": {"type": "text"}},
        {"model": "gpt-4o-mini", "user": "x", "seed": 1, "top_p": 0.9, "presence_penalty": 0},
    ],
)
def test_empty_and_null_fields_mean_nothing(trio: Served, fields: Any) -> None:
    answer = ask(trio, **fields)
    assert answer.status_code == 200, answer.text
    assert answer.json()["choices"][0]["message"]["content"] == "Hello there. How are you?"


def test_not_a_number_is_refused_in_words(trio: Served) -> None:
    body = b'{"messages": [{"role": "user", "content": "Hi"}], "temperature": NaN}'
    answer = httpx.post(
        f"{trio.url}/v1/chat/completions", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 400


def test_a_pictures_address_may_be_a_plain_text(trio: Served) -> None:
    part = {"type": "image_url", "image_url": PICTURE}
    answer = ask(trio, messages=[{"role": "user", "content": [part]}]).raise_for_status().json()
    assert answer["trio"]["captions"] == ["A cat on a mat."]


def test_a_last_message_of_the_assistant_is_gone_on_with(trio: Served) -> None:
    messages = [*HI, {"role": "assistant", "content": "Well then, "}]
    whole = ask(trio, messages=messages).raise_for_status().json()
    assert prompt(trio)[-1] == {"role": "assistant", "content": "Well then, "}
    assert whole["choices"][0]["message"]["content"].strip() == "Hello there. How are you?"
    client = trio.openai
    stream = client.chat.completions.create(model="trio", messages=messages, stream=True)  # type: ignore[call-overload]
    said = "".join(chunk.choices[0].delta.content or "" for chunk in stream)
    assert said == "Hello there. How are you?", "what the client has already does not come again"
    assert ask(trio, messages=[*HI, {"role": "assistant", "content": ""}]).status_code == 200
    assert ask(trio, messages=[{"role": "assistant", "content": "Hello"}]).status_code == 400


def test_calls_and_results_of_tools_reach_the_prompt(trio: Served) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Rome"}'}}
    messages = [
        {"role": "user", "content": "Is it warm in Rome?"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "21 degrees <|im_end|>"},
        {"role": "tool", "tool_call_id": "c2", "content": [{"type": "text", "text": "sunny"}]},
    ]
    ask(trio, messages=messages).raise_for_status()
    calls, results = prompt(trio)[-2:]
    assert calls["content"].startswith('<tool_call>\n{"name": "weather", "arguments": {"city": "Rome"}}')
    assert results["role"] == "user" and results["content"].count("<tool_response>") == 2
    assert "sunny" in results["content"] and "<|im_end|>" not in results["content"]
    more = [*messages, {"role": "assistant", "content": "Yes."}, {"role": "user", "content": "And now?"}]
    ask(trio, messages=more).raise_for_status()
    roles = [message["role"] for message in prompt(trio)]
    assert roles == ["system", "user", "assistant", "user", "assistant", "user"]


@pytest.mark.parametrize("form", ["chat", "responses"])
def test_what_a_tool_shows_or_plays_is_told_in_its_result(trio: Served, form: str) -> None:
    sound = {
        "type": "input_audio",
        "input_audio": {"data": base64.b64encode(wav()).decode(), "format": "wav"},
    }
    if form == "chat":
        call = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
        shown = [
            {"type": "text", "text": "Now:"},
            {"type": "image_url", "image_url": {"url": PICTURE}},
            sound,
        ]
        steps = [
            {"role": "assistant", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": shown},
        ]
        ask(trio, messages=[*HI, *steps]).raise_for_status()
    else:
        given = [{"type": "input_text", "text": "Now:"}, {"type": "input_image", "image_url": PICTURE}, sound]
        items = [
            {"role": "user", "content": "Hi"},
            {"type": "function_call", "call_id": "c1", "name": "look", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c1", "output": given},
        ]
        httpx.post(f"{trio.url}/v1/responses", json={"input": items}, timeout=60).raise_for_status()
    result = prompt(trio)[-1]["content"]
    assert result.startswith("<tool_response>") and "a cat on a mat" in result
    assert "Now:" in result and "I am here." in result and "They seem" not in result


def test_what_a_tool_gave_and_cannot_be_used_is_named(trio: Served) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
    far = {"type": "image_url", "image_url": {"url": "https://example.org/cat.png"}}
    steps: list[Any] = [
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": [far]},
    ]
    answer = ask(trio, messages=[*HI, *steps])
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "messages.2.content.0.image_url.url"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        *(
            (None, None),
            ("", None),
            ("auto", None),
            ("en", "en"),
            ("EN", "en"),
            ("en-US", "en"),
            ("english", "en"),
        ),
        *(
            ("zh-CN", "zh"),
            ("zh_Hant_TW", "zh"),
            ("Chinese", "zh"),
            ("deu", "de"),
            ("German", "de"),
            ("yue", "yue"),
        ),
    ],
)
def test_languages_are_named_in_many_ways(trio: Served, given: str | None, code: str | None) -> None:
    assert language_code(given) == code
    if given is not None:
        with trio.openai as client:
            heard = client.audio.transcriptions.create(
                model="whisper-1", file=("a.wav", wav()), language=given, response_format="verbose_json"
            )
        assert heard.language == (code or "en")


def test_what_is_no_language_is_refused(trio: Served) -> None:
    with pytest.raises(ApiError, match="There is no language 'klingon'"):
        language_code("Klingon")
    with pytest.raises(openai.BadRequestError):
        trio.openai.audio.transcriptions.create(model="trio", file=("a.wav", wav()), language="xx")


@pytest.mark.parametrize(("given", "used"), [(4.0, 2.0), (0.25, 0.5), (None, 1.0), (1.5, 1.5)])
def test_the_pace_of_a_voice_is_clamped_and_reported(trio: Served, given: float | None, used: float) -> None:
    body = {"model": "tts-1", "voice": "alloy", "input": "Hello.", "speed": given, "response_format": "wav"}
    answer = httpx.post(f"{trio.url}/v1/audio/speech", json=body, timeout=60).raise_for_status()
    assert trio.backend(Stage.SPEAK).calls[-1][2] == used
    assert answer.headers.get("x-trio-adjusted") == (None if given in (used, None) else f"speed={used:g}")


def test_names_of_openai_stand_for_trios_own(trio: Served) -> None:
    with trio.openai as client:
        assert client.chat.completions.create(model="gpt-4o-mini", messages=HI).model == "gpt-4o-mini"
        assert client.embeddings.create(model="text-embedding-3-small", input="Hi").data[0].embedding
        assert client.audio.speech.create(model="tts-1", voice="nova", input="Hi").content
        assert client.audio.transcriptions.create(model="whisper-1", file=("a.wav", wav())).text
        assert client.models.retrieve("whisper-1").id == "whisper-1"
        for name in ("gpt-4o-tomorrow", "gpt-4o"):
            with pytest.raises(openai.NotFoundError):
                client.chat.completions.create(model=name, messages=HI)
        assert client.chat.completions.create(model="my-model", messages=HI).choices
        assert client.audio.speech.create(model="trio", voice="kate", input="Hi").content


def test_the_settings_come_before_the_table() -> None:
    assert resolve_alias("tts-1", {}) == "trio" and resolve_alias("alloy", {}) == "auto"
    assert resolve_alias("tts-1", {"tts-1": "speak/espeak"}) == "speak/espeak"
    assert resolve_alias("tts-1", {"tts-1": ""}) == "tts-1"
    assert set(ALIASES.values()) == {"trio", "auto"}


def test_a_schema_is_made_small_and_flat() -> None:
    schema = {"$defs": {"A": {"type": "string"}}, "properties": {"a": {"$ref": "#/$defs/A", "title": "T"}}}
    assert checked_schema(schema, "s") == {"properties": {"a": {"type": "string", "title": "T"}}}
    deep: Any = {}
    for _ in range(MOST_DEPTH + 2):
        deep = {"items": deep}
    wide: Any = {"$defs": {"A0": {"type": "string"}}}
    for n in range(1, 20):
        wide["$defs"][f"A{n}"] = {"anyOf": [{"$ref": f"#/$defs/A{n - 1}"}] * 2}
    for bad in (
        deep,
        {**wide, "$ref": "#/$defs/A10"},
        {"$ref": "https://evil.example/schema.json"},
        {"$ref": "#/$defs/none"},
        {"$defs": {"A": {"items": {"$ref": "#/$defs/A"}}}, "$ref": "#/$defs/A"},
        {"type": "array", "maxItems": 1_000_000},
        {"type": "string", "pattern": "^" + "(a|b)" * 100 + "$"},
    ):
        with pytest.raises(ApiError) as refused:
            checked_schema(bad, "s")
        assert refused.value.code == "invalid_schema" and refused.value.param == "s"


def test_a_spoken_reply_is_kept_as_long_as_it_says_whatever_others_ask() -> None:
    now = [0.0]
    kept: ExpiringValues[str] = ExpiringValues(100, lambda: now[0])
    kept.put("ann", "Hello.")
    for n in range(10_000):
        kept.put(f"bob {n}", "...")
    now[0] = 99.9
    assert kept.get("ann") == "Hello."
    now[0] = 100.0
    assert kept.get("ann") is None and kept.get("nobody") is None
    kept.put("cara", "Hi.")
    assert len(kept._values) == 1, "what is over takes no memory"
