"""Streamed speech and transcripts, and what the metrics count of requests to the API."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import openai
import pytest

from pipelines.core.errors import BackendError
from pipelines.core.types import Segment, Stage
from pipelines.speech.decode import decode_audio
from pipelines.speech.transcribe import WhisperTranscriber
from tests.support.api_server import EndlessTranscriber, Served, served, wav

SOUND = ("voice.wav", wav())


@pytest.fixture(scope="module")
def trio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("streams"), hot_words="陆小满") as server:
        yield server


def transcribed(trio: Served, model: str, **more: Any) -> list[Any]:
    return list(trio.openai.audio.transcriptions.create(model=model, file=SOUND, stream=True, **more))


def spoken(trio: Served, **asked: Any) -> tuple[list[dict[str, Any]], list[str]]:
    """Return a stream's events, and its lines that are none."""
    wanted: Any = {"model": "trio", "voice": "auto", "stream_format": "sse", **asked}
    with trio.openai.audio.speech.with_streaming_response.create(**wanted) as answer:
        lines = [line for line in answer.iter_lines() if line]
    events = [line.removeprefix("data: ") for line in lines if line.startswith("data: {")]
    return [json.loads(event) for event in events], [line for line in lines if not line.startswith("data: {")]


def test_a_transcript_comes_as_it_is_found(trio: Served) -> None:
    events = transcribed(trio, "transcribe/growing", language="fr")
    assert [event.type for event in events] == ["transcript.text.delta"] * 2 + ["transcript.text.done"]
    assert [event.delta for event in events[:-1]] == ["I am", " here."]
    assert events[-1].text == "I am here."


@pytest.mark.parametrize("model", ["growing", "timed"])
def test_a_prompt_says_which_words_to_listen_for(trio: Served, model: str) -> None:
    for prompt, listened in (("Siobhan, Loft", "Siobhan, Loft"), ("", "陆小满")):
        asked: dict[str, Any] = {"model": f"transcribe/{model}", "file": SOUND, "prompt": prompt}
        list(trio.openai.audio.transcriptions.create(**asked, stream=True))
        assert trio.chatbot.registry.get(Stage.TRANSCRIBE, model).hot_words == listened


def test_a_back_end_that_cannot_stream_gives_it_all_at_once(trio: Served) -> None:
    events = transcribed(trio, "transcribe/timed", response_format="text")
    assert [getattr(event, "delta", None) for event in events] == ["I am here.", None]
    assert events[-1].text == "I am here."


def test_streamed_transcripts_that_are_refused(trio: Served) -> None:
    for more, code in (
        ({"response_format": "srt"}, "unsupported_value"),
        ({"file": ("x.wav", b"no sound")}, "invalid_audio"),
    ):
        with pytest.raises(openai.BadRequestError) as refused:
            trio.openai.audio.transcriptions.create(
                **{"model": "trio", "file": SOUND, "stream": True, **more}  # type: ignore[call-overload]
            )
        assert refused.value.code == code


def test_a_transcription_that_fails_on_the_way_ends_with_the_error(
    trio: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = trio.chatbot.registry.get(Stage.TRANSCRIBE, "growing").options
    monkeypatch.setitem(options, "late", BackendError("The model broke"))
    with pytest.raises(openai.APIError, match="The model broke"):
        transcribed(trio, "transcribe/growing")


def test_a_client_that_leaves_ends_the_transcription(trio: Served) -> None:
    EndlessTranscriber.ended.clear()
    stream: Any = trio.openai.audio.transcriptions.create(model="transcribe/endless", file=SOUND, stream=True)
    assert next(iter(stream)).delta
    stream.close()
    assert EndlessTranscriber.ended.wait(30)


@pytest.mark.parametrize("sound", ["mp3", "wav", "pcm"])
def test_speech_as_events(trio: Served, sound: str) -> None:
    events, other = spoken(trio, input="Hello there.", response_format=sound)
    assert [event["type"] for event in events[-1:]] == ["speech.audio.done"]
    assert {event["type"] for event in events[:-1]} == {"speech.audio.delta"}
    data = b"".join(base64.b64decode(event["audio"]) for event in events[:-1])
    plain = trio.openai.audio.speech.create(
        model="trio", voice="auto", input="Hello there.", response_format=sound
    )  # type: ignore[call-overload]
    assert data == plain.read()
    assert sound == "pcm" or decode_audio(data).seconds >= 0.01
    assert events[-1]["usage"] == {"input_tokens": 12, "output_tokens": 0, "total_tokens": 12}
    assert other == ["data: [DONE]"]


def test_speech_that_fails_before_the_first_event_has_its_own_status(trio: Served) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        spoken(trio, input="\U0001f600")
    assert refused.value.code == "empty_message"


def counted(trio: Served) -> dict[tuple[str, str], float]:
    text = httpx.get(f"{trio.url}/metrics", timeout=60).text
    found = re.findall(r'^trio_api_requests_total\{endpoint="(.+?)",outcome="(.+?)"\} (.+)$', text, re.M)
    seconds = re.findall(r'^trio_api_seconds_count\{endpoint="(.+?)"\} (.+)$', text, re.M)
    return {(a, b): float(n) for a, b, n in found} | {(a, "seconds"): float(n) for a, n in seconds}


def test_requests_are_counted_and_nobodys_words(tmp_path: Path) -> None:
    options: Any = {Stage.SPEAK: {"error": BackendError("No voice")}}
    with served(tmp_path, options, max_reply_tokens=5) as trio:
        secret = "xyzzy"
        httpx.post(f"{trio.url}/v1/perceive", json={"text": secret}, timeout=60)
        httpx.post(f"{trio.url}/v1/perceive", json={"images": ["http://xyzzy.example/"]}, timeout=60)
        transcribed(trio, "transcribe/growing")
        with pytest.raises(openai.InternalServerError):
            trio.openai.audio.speech.create(model="trio", voice="auto", input=secret)
        trio.openai.chat.completions.create(model="trio", messages=[{"role": "user", "content": secret}])
        found = counted(trio)
        assert found == {
            ("/v1/perceive", "answered"): 1,
            ("/v1/perceive", "refused"): 1,
            ("/v1/perceive", "seconds"): 2,
            ("/v1/audio/transcriptions", "answered"): 1,
            ("/v1/audio/transcriptions", "seconds"): 1,
            ("/v1/audio/speech", "failed"): 1,
            ("/v1/audio/speech", "seconds"): 1,
            ("/v1/chat/completions", "answered"): 1,
            ("/v1/chat/completions", "seconds"): 1,
        }
        text = httpx.get(f"{trio.url}/metrics", timeout=60).text
        assert secret not in text
        assert 'trio_stage_seconds_count{stage="sentiment"} 2.0' in text  # perceive's and the turn's


def test_one_who_leaves_is_counted_as_left(trio: Served) -> None:
    before = counted(trio).get(("/v1/audio/transcriptions", "left"), 0)
    test_a_client_that_leaves_ends_the_transcription(trio)
    for _ in range(300):
        if counted(trio).get(("/v1/audio/transcriptions", "left"), 0) == before + 1:
            return
    raise AssertionError(counted(trio))


def test_whisper_grows_its_transcript(monkeypatch: pytest.MonkeyPatch) -> None:
    """The words of `stream` begin with those before, dots alone are no words, the last has everything."""
    from types import SimpleNamespace

    from pipelines.core.types import Audio
    from pipelines.speech import transcribe

    class Whisper:
        supported_languages = ("en",)

        def __init__(self) -> None:
            self.passed: list[int] = []

        def recorder(self) -> Any:
            import contextlib

            recorder = SimpleNamespace(windows=[], keep=lambda _: None, encoding=lambda *_: "encoding")
            return contextlib.nullcontext(recorder)

        def windows(self, samples: Any) -> Iterator[Any]:
            return iter([samples])

        def encode(self, _: Any) -> None:
            pass

        def transcribe(self, *_: Any, **__: Any) -> Any:
            def found() -> Iterator[Any]:
                for number, text in enumerate((" ...", " One.", " Two.")):
                    self.passed.append(number)
                    yield SimpleNamespace(text=text, compression_ratio=1.0, start=number, end=number + 1)

            return found(), None

    silence = np.zeros(48_000, np.float32)
    speech = SimpleNamespace(
        spans=[1],
        cuts=[],
        samples=silence,
        original_times=lambda *times: tuple(time + 10.0 for time in times),
    )
    window = SimpleNamespace(start=0.0, samples=silence)
    monkeypatch.setattr(transcribe, "speech_of", lambda _: speech)
    monkeypatch.setattr(transcribe, "windows", lambda _: [window])
    transcriber = WhisperTranscriber(SimpleNamespace(store=None))  # type: ignore[arg-type]
    transcriber._whisper = whisper = Whisper()  # type: ignore[assignment]
    sound = Audio(np.zeros(16, np.float32), 16_000)
    grown = transcriber.stream(sound, language="en")
    assert next(grown).text == "" and next(grown).text == "... One." and whisper.passed == [0, 1]
    *_, last = grown
    assert (last.text, last.encoding) == ("... One. Two.", "encoding")
    assert last.segments[1] == Segment(11.0, 12.0, "One.")
    whole = transcriber.transcribe(sound, language="en")
    assert (whole.text, whole.segments, whole.encoding) == (last.text, last.segments, "encoding")
