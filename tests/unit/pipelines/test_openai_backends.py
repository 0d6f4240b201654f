"""Chat, captions, transcription and speech through a scripted server."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import soundfile

from chatbot.config.backends import CHATBOT_TABLE
from chatbot.generators.openai_server import CONTEXT_TOKENS, OpenAIGenerator
from chatbot.generators.protocol import Finish, Message
from pipelines.backends import default_registry
from pipelines.core.errors import BackendError, InputError, SettingsError
from pipelines.core.openai_client.options import EndpointOptions
from pipelines.core.registry import Registry
from pipelines.core.types import Audio, Image, Stage
from pipelines.core.weights import WeightStore
from pipelines.image.decode import decode_image
from pipelines.image.openai_caption import OpenAICaptioner
from pipelines.speech.decode import decode_audio
from pipelines.speech.openai_transcribe import OpenAITranscriber
from pipelines.speech.tts.openai_speak import OpenAISpeaker
from tests.support.fake_openai import (
    HELLO,
    KEY,
    FakeServer,
    break_off,
    data,
    delta,
    error,
    fake_server,
    models,
    pcm,
    reply,
    stream,
)

CHAT, HEAR, SPEAK = "/v1/chat/completions", "/v1/audio/transcriptions", "/v1/audio/speech"
RED = Image(np.full((30, 40, 3), (200, 10, 10), np.uint8))


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with fake_server() as server:
        yield server


@pytest.fixture
def use(server: FakeServer) -> Iterator[Any]:
    """Load a stage's back-end on the scripted server."""
    registries: list[Registry] = []

    def use(stage: Stage, **options: Any) -> Any:
        given = {stage: {"url": server.url, "retries": 0, **options}}
        registries.append(Registry(CHATBOT_TABLE, WeightStore(), {stage: "openai"}, given))
        return registries[-1].get(stage)

    yield use
    for registry in registries:
        registry.unload()


def say(generator: OpenAIGenerator, *messages: Message) -> tuple[list[str], Finish | None]:
    pieces, written = [], generator.stream(list(messages) or [USER], temperature=0.3, max_tokens=9)
    while True:
        try:
            pieces.append(next(written))
        except StopIteration as ended:
            return pieces, ended.value


USER: Message = {"role": "user", "content": "Hi!"}


def test_a_reply_is_streamed_and_counted(server: FakeServer, use: Any) -> None:
    server.script[CHAT] = [stream(*HELLO)]
    generator = use(Stage.GENERATE)
    assert say(generator) == (["Hello ", "there."], Finish("stop", 7, 2))
    sent = server.asked(CHAT)[0].json
    assert (sent["model"], sent["temperature"], sent["max_tokens"]) == ("tiny", 0.3, 9)
    assert sent["messages"] == [USER]
    assert generator.model == f"tiny (server {server.url[7:-3]})"


def test_the_length_that_ended_a_reply_is_told(server: FakeServer, use: Any) -> None:
    server.script[CHAT] = [stream(delta("a"), delta(None, finish_reason="length"), HELLO[-1])]
    assert say(use(Stage.GENERATE))[1] == Finish("length", 7, 2)


def test_odd_events_of_a_reply_are_passed_over(server: FakeServer, use: Any) -> None:
    odd = [{"choices": None}, {"choices": [3]}, {"choices": [{"delta": None}]}, delta(None), {"usage": None}]
    server.script[CHAT] = [stream(*odd, delta("a"))]
    assert say(use(Stage.GENERATE)) == (["a"], None)


@pytest.mark.parametrize("ending", [{"then": break_off}, {"done": False}], ids=["cut", "no end"])
def test_what_was_said_before_a_cut_stays(server: FakeServer, use: Any, ending: Any) -> None:
    server.script[CHAT] = [stream(delta("Hello "), **ending)]
    written = use(Stage.GENERATE).stream([USER], temperature=0.0, max_tokens=9)
    assert next(written) == "Hello "
    with pytest.raises(BackendError, match="was lost"):
        next(written)


def test_a_server_without_the_last_mark_may_end_with_a_reason(server: FakeServer, use: Any) -> None:
    server.script[CHAT] = [stream(*HELLO, done=False)]
    assert say(use(Stage.GENERATE))[0] == ["Hello ", "there."]


def test_pictures_go_to_a_model_that_sees(server: FakeServer, use: Any) -> None:
    server.script[CHAT] = [stream(*HELLO)]
    generator = use(Stage.GENERATE, vision=True)
    assert generator.sees
    say(generator, {**USER, "images": (RED,)})
    picture, words = server.asked(CHAT)[0].json["messages"][0]["content"]
    assert words == {"type": "text", "text": "Hi!"}
    kind, _, encoded = picture["image_url"]["url"].partition(",")
    assert kind == "data:image/jpeg;base64" and decoded(encoded).shape == (30, 40, 3)
    assert generator.count_tokens([{**USER, "images": (RED,)}]) > generator.count_tokens([USER]) + 500


def decoded(encoded: str) -> Any:
    import base64

    return decode_image(base64.b64decode(encoded)).pixels


@pytest.mark.parametrize(
    ("card", "properties", "sees", "context"),
    [
        ({}, None, False, CONTEXT_TOKENS),
        ({"max_model_len": 32768}, None, False, 32768),
        ({"capabilities": {"vision": True}, "max_context_length": 8000}, None, True, 8000),
        ({"capabilities": ["completion", "multimodal"]}, None, True, CONTEXT_TOKENS),
        ({"capabilities": {"vision": False}}, None, False, CONTEXT_TOKENS),
        ({"architecture": {"input_modalities": ["text", "image"]}}, None, True, CONTEXT_TOKENS),
        ({"type": "vlm"}, None, True, CONTEXT_TOKENS),
        ({}, {"modalities": {"vision": True}, "default_generation_settings": {"n_ctx": 512}}, True, 512),
        ({"capabilities": 3, "architecture": "x"}, {"modalities": []}, False, CONTEXT_TOKENS),
    ],
)
def test_the_server_tells_what_its_model_can(
    server: FakeServer, use: Any, card: Any, properties: Any, sees: bool, context: int
) -> None:
    server.script["/v1/models"] = [models("m", **card)]
    if properties is not None:
        server.script["/props"] = [reply(properties)]
    generator = use(Stage.GENERATE)
    assert (generator.sees, generator.context_tokens) == (sees, context)
    told = use(Stage.GENERATE, vision=not sees, context_tokens=1000)
    assert (told.sees, told.context_tokens) == (not sees, 1000)


def test_a_server_that_keeps_no_list_needs_a_model(server: FakeServer, use: Any) -> None:
    server.script["/v1/models"] = [error(404, "Not Found")]
    assert use(Stage.TRANSCRIBE, model="whisper-1").model.startswith("whisper-1 (server ")
    with pytest.raises(BackendError, match="/models"):
        use(Stage.TRANSCRIBE)
    server.script["/v1/models"] = [reply({"data": []})]
    with pytest.raises(BackendError, match=r"lists no models.*Set model"):
        use(Stage.TRANSCRIBE)


def test_a_caption_and_how_sure_it_is(server: FakeServer, use: Any) -> None:
    tokens = {"content": [{"logprob": math.log(0.9)}, {"logprob": math.log(0.4)}]}
    message = {"message": {"content": " A red\n wall. "}, "logprobs": tokens}
    server.script[CHAT] = [reply({"choices": [message]})]
    captioner: OpenAICaptioner = use(Stage.CAPTION, prompt="What is it?")
    caption = captioner.caption(RED)
    assert caption.text == "A red wall." and caption.confidence == pytest.approx(0.6)
    content = server.asked(CHAT)[0].json["messages"][0]["content"]
    assert content[0] == {"type": "text", "text": "What is it?"}
    server.script[CHAT] = [
        error(400, "no", param="logprobs"),
        reply({"choices": [{**message, "logprobs": None}]}),
    ]
    assert captioner.caption(RED).confidence is None


@pytest.mark.parametrize("answer", [{}, {"choices": []}, {"choices": [{"message": {"content": None}}]}])
def test_a_caption_that_is_none_is_refused(server: FakeServer, use: Any, answer: Any) -> None:
    server.script[CHAT] = [reply(answer)]
    with pytest.raises(BackendError, match="could not be read"):
        use(Stage.CAPTION).caption(RED)


@pytest.fixture(scope="module")
def voice(samples: Any) -> Audio:
    return decode_audio(next(samples.glob("*.flac"), None) or next(samples.glob("*.wav")))


HEARD = {
    "text": " Ask not. ",
    "language": "english",
    "segments": [{"start": 0, "end": 1.5, "text": " Ask not. "}, {"start": None, "end": 2}],
}


def test_a_recording_is_sent_as_a_file(server: FakeServer, use: Any, voice: Audio) -> None:
    server.script[HEAR] = [reply(HEARD)]
    transcriber: OpenAITranscriber = use(Stage.TRANSCRIBE, model="whisper-1")
    heard = transcriber.transcribe(voice, language="en", hot_words="Siobhan, Loft")
    assert (heard.text, heard.language, heard.language_probability) == ("Ask not.", "en", None)
    (segment,) = heard.segments
    assert (segment.start, segment.end, segment.text) == (0.0, 1.5, "Ask not.")
    assert heard.encoding is None
    body = server.asked(HEAR)[0].body
    assert b"whisper-1" in body and b"verbose_json" in body and b'name="language"\r\n\r\nen' in body
    assert b'name="prompt"\r\n\r\nSiobhan, Loft\r\n' in body
    sound, rate = soundfile.read(io.BytesIO(body[body.index(b"RIFF") :]))
    assert rate == 16_000 and len(sound) >= len(voice.samples)


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ({"language": "german"}, "de"),
        ({"language": "zh"}, "zh"),
        ({"language": "klingon", "text": "你好，世界"}, "zh"),
        ({"language": None}, "en"),
    ],
)
def test_the_language_has_many_names(
    server: FakeServer, use: Any, voice: Audio, said: Any, language: str
) -> None:
    server.script[HEAR] = [reply({**HEARD, **said, "language_probability": 0.75})]
    heard = use(Stage.TRANSCRIBE).transcribe(voice)
    assert (heard.language, heard.language_probability) == (language, 0.75)


def test_silence_is_not_sent(server: FakeServer, use: Any) -> None:
    silence = Audio(np.zeros(32_000, np.float32), 16_000)
    assert use(Stage.TRANSCRIBE).transcribe(silence).text == ""
    assert server.asked(HEAR) == []


def test_a_model_that_answers_plain_json_alone_is_asked_for_it(
    server: FakeServer, use: Any, voice: Audio
) -> None:
    server.script[HEAR] = [error(400, "no", param="response_format"), reply({"text": "Ask not."})]
    assert use(Stage.TRANSCRIBE).transcribe(voice).text == "Ask not."
    assert b"verbose_json" not in server.asked(HEAR)[1].body


def test_a_transcript_without_text_is_refused(server: FakeServer, use: Any, voice: Audio) -> None:
    server.script[HEAR] = [reply({"words": 3})]
    with pytest.raises(BackendError, match="no transcript"):
        use(Stage.TRANSCRIBE).transcribe(voice)


def test_the_voices_emotion_needs_no_encoding_of_the_server(voice: Audio) -> None:
    registry = default_registry()
    try:
        emotion = registry.get(Stage.SPEECH_EMOTION)
        alone = emotion.classify(voice, None)
        assert alone.scores == emotion.classify(voice, registry.get(Stage.TRANSCRIBE).encode(voice)).scores
    finally:
        registry.unload()


def test_raw_sound_is_played_while_it_comes(server: FakeServer, use: Any) -> None:
    sound = pcm(1.25)

    def halves(handler: Any) -> None:
        handler.begin(200, "audio/pcm")
        for start in range(0, len(sound), 9_999):
            handler.chunk(sound[start : start + 9_999])
        handler.chunk(b"")

    server.script[SPEAK] = [halves]
    speaker: OpenAISpeaker = use(Stage.SPEAK, voice="nova")
    chunks = list(speaker.stream("**Hello** there.", speed=1.5))
    assert len(chunks) > 1 and {chunk.sample_rate for chunk in chunks} == {24_000}
    joined = np.concatenate([chunk.samples for chunk in chunks])
    np.testing.assert_array_equal(joined, np.frombuffer(sound, "<i2").astype(np.float32) / 32_768)
    sent = server.asked(SPEAK)[0].json
    assert (sent["input"], sent["voice"], sent["speed"], sent["response_format"]) == (
        "Hello there.",
        "nova",
        1.5,
        "pcm",
    )


def wav_file(rate: int) -> bytes:
    out = io.BytesIO()
    soundfile.write(out, np.sin(np.arange(rate) / 20) / 2, rate, format="WAV")
    return out.getvalue()


@pytest.mark.parametrize(("options", "kind"), [({"format": "wav"}, "audio/wav"), ({}, "audio/x-wav")])
def test_a_sound_file_is_decoded_whole(server: FakeServer, use: Any, options: Any, kind: str) -> None:
    server.script[SPEAK] = [data(wav_file(16_000), kind)]
    (sound,) = use(Stage.SPEAK, **options).stream("Hello.")
    assert sound.sample_rate == 24_000 and sound.seconds == pytest.approx(1.0, abs=0.05)


def test_sound_that_cannot_be_read_is_refused(server: FakeServer, use: Any) -> None:
    server.script[SPEAK] = [data(b"<html>", "text/html")]
    with pytest.raises(BackendError, match="text/html"):
        list(use(Stage.SPEAK).stream("Hello."))


def test_a_voice_may_know_some_languages_only(use: Any) -> None:
    speaker = use(Stage.SPEAK, languages=["en", "de"])
    assert speaker.speaks("de-AT") and not speaker.speaks("fr")
    with pytest.raises(InputError, match="fr"):
        next(speaker.stream("Bonjour.", language="fr"))
    assert list(speaker.stream("🙂 ---")) == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"url": "ftp://x/v1"}, "is invalid"),
        ({"url": "http://me:pass@x/v1"}, "api_key"),
        ({"url": ""}, "OPENAI_BASE_URL"),
        ({"timeout": "soon"}, "timeout"),
        ({"retries": 99}, "retries"),
        ({"api_key": f"{KEY}\n{KEY}"}, "printable ASCII"),
        ({"api_key": f"{KEY}é"}, "printable ASCII"),
        ({"vision": "perhaps"}, "vision"),
        ({"url": "http://10.1.2.3/v1", "offline": True}, "offline"),
        ({"url": "https://api.openai.com/v1", "offline": True}, r"api\.openai\.com"),
    ],
)
def test_options_that_cannot_be_used_are_named(
    use: Any, options: Any, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with pytest.raises(SettingsError, match=said) as caught:
        use(Stage.GENERATE, **{"api_key": KEY, **options})
    assert KEY not in str(caught.value) and "pass@" not in str(caught.value)


def test_offline_lets_servers_on_this_computer_be(use: Any) -> None:
    assert use(Stage.GENERATE, offline=True).model.startswith("tiny (server 127.0.0.1")


def test_key_and_address_may_come_from_the_environment(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Options(EndpointOptions):
        stage = Stage.SPEAK

    monkeypatch.setenv("OPENAI_BASE_URL", server.url + "/")
    monkeypatch.setenv("OPENAI_API_KEY", "first")
    monkeypatch.setenv("MY_KEY", "second")
    assert (Options.read({}).url, Options.read({}).key) == (server.url, "first")
    assert Options.read({"api_key_env": "MY_KEY"}).key == "second"
    assert Options.read({"api_key": f" {KEY}\n"}).key == KEY and KEY not in repr(
        Options.read({"api_key": KEY})
    )


def test_rows_of_servers_list_the_options_that_their_classes_take() -> None:
    import dataclasses
    import importlib

    rows = [rows["openai"] for rows in CHATBOT_TABLE.values() if "openai" in rows]
    assert len(rows) == 4
    for row in rows:
        module, _, name = row.target.partition(":")
        options = getattr(importlib.import_module(module), name).options_type
        assert set(row.options) == {field.name for field in dataclasses.fields(options)}
        assert json.dumps(row.options)
