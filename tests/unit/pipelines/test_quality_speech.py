"""Transcribers and voice emotion on tiny random models of every architecture, loaded as real ones are."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines.core.cancel import CancelToken
from pipelines.core.errors import (
    BackendError,
    Cancelled,
    EmptyInputError,
    InputError,
    ModelError,
    ModelHashError,
    ModelMissingError,
    SettingsError,
)
from pipelines.core.types import Audio, Stage
from pipelines.speech.decode import decode_audio
from pipelines.speech.huggingface.whisper_files import WhisperFiles
from pipelines.speech.vad import SAMPLE_RATE, Speech, find_speech
from pipelines.speech.windows import windows
from tests.support.opened_backends import Opener
from tests.support.tiny_models import recognisers

SILENCE = Audio(np.zeros(SAMPLE_RATE, np.float32), SAMPLE_RATE)


@pytest.fixture(scope="module")
def jfk(samples: Path) -> Audio:
    return decode_audio(samples / "jfk.flac")


@pytest.mark.parametrize("name", ["whisper", "transformers"])
def test_whisper_hears_the_word_and_the_language_it_was_built_for(
    opened: Opener, jfk: Audio, name: str
) -> None:
    transcriber = opened(Stage.TRANSCRIBE, name)
    found = transcriber.transcribe(jfk)
    assert set(found.text.split()) == {recognisers.WORD.strip()}
    assert found.language == recognisers.LANGUAGE
    assert found.language_probability > 0.99
    assert found.segments
    assert all(0 <= s.start <= s.end <= jfk.seconds for s in found.segments)
    assert transcriber.transcribe(jfk, language="en").language == "en"


@pytest.mark.parametrize("name", ["whisper", "transformers"])
def test_silence_other_rates_and_unknown_languages(opened: Opener, jfk: Audio, name: str) -> None:
    transcriber = opened(Stage.TRANSCRIBE, name)
    assert transcriber.transcribe(SILENCE).text == ""
    with pytest.raises(EmptyInputError):
        transcriber.encode(SILENCE)
    with pytest.raises(InputError, match="16 kHz"):
        transcriber.transcribe(Audio(jfk.samples, 8000))
    with pytest.raises(InputError, match="does not support this language"):
        transcriber.transcribe(jfk, language="xx")


@pytest.mark.parametrize("name", ["whisper", "transformers"])
def test_the_encoding_has_one_frame_for_20_ms(opened: Opener, jfk: Audio, name: str) -> None:
    encoding = opened(Stage.TRANSCRIBE, name).encode(jfk)
    expected = len(find_speech(jfk).samples) / 320
    assert encoding.frames.shape == (pytest.approx(expected, abs=2), 16)
    assert encoding.frames.dtype == np.float32


@pytest.mark.parametrize("name", ["whisper", "transformers"])
def test_cancel_is_asked_between_windows_and_tokens(opened: Opener, jfk: Audio, name: str) -> None:
    transcriber = opened(Stage.TRANSCRIBE, name)
    early = CancelToken()
    early.cancel()
    with pytest.raises(Cancelled):
        transcriber.transcribe(jfk, cancel=early)
    late = CancelAfter(3)
    with pytest.raises(Cancelled):
        transcriber.transcribe(jfk, language="en", cancel=late)
    assert late.asked < 12, "each window of the tiny models has 20 tokens or more"


class CancelAfter(CancelToken):
    """Is cancelled once it has been asked so many times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self._times, self.asked = times, 0

    @property
    def cancelled(self) -> bool:
        self.asked += 1
        return self.asked > self._times

    def raise_if_cancelled(self) -> None:
        if self.cancelled:
            raise Cancelled()


@pytest.mark.parametrize("batch_size", [1, 3])
def test_long_sound_works_in_windows_at_any_batch_size(opened: Opener, jfk: Audio, batch_size: int) -> None:
    long = Audio(np.tile(jfk.samples, 7), SAMPLE_RATE)
    transcriber = opened(Stage.TRANSCRIBE, "transformers", batch_size=batch_size)
    found = transcriber.transcribe(long, language="en")
    starts = [segment.start for segment in found.segments]
    assert starts == sorted(starts)
    assert len(starts) >= 3
    assert starts[-1] > 50
    assert found.segments[-1].end <= long.seconds


def test_windows_are_cut_between_stretches_or_at_a_quiet_moment() -> None:
    rng = np.random.default_rng(1)
    stretch = rng.normal(0, 0.1, 70 * SAMPLE_RATE).astype(np.float32)
    stretch[27 * SAMPLE_RATE : 27 * SAMPLE_RATE + 1600] = 0
    parts = windows(Speech(stretch, ((0, len(stretch)),)))
    assert parts[0].samples.size / SAMPLE_RATE == pytest.approx(27.05, abs=0.06)
    assert all(part.samples.size <= 30 * SAMPLE_RATE for part in parts)
    assert np.array_equal(np.concatenate([part.samples for part in parts]), stretch)
    assert [part.start for part in parts] == pytest.approx(
        np.cumsum([0, *[part.samples.size for part in parts[:-1]]]) / SAMPLE_RATE
    )
    seconds = SAMPLE_RATE * np.array([0, 20, 30, 45])
    spans = ((0, int(seconds[1])), (int(seconds[2]), int(seconds[3])))
    lengths = [part.samples.size for part in windows(Speech(stretch[: 35 * SAMPLE_RATE], spans))]
    assert lengths == [20 * SAMPLE_RATE, 15 * SAMPLE_RATE]


def test_a_ctc_model_writes_what_its_head_prefers(opened: Opener, jfk: Audio) -> None:
    transcriber = opened(Stage.TRANSCRIBE, "transformers", recognisers.ctc)
    found = transcriber.transcribe(jfk)
    assert set(found.text.lower().replace(" ", "")) == {"a"}
    assert (found.language, found.language_probability) == ("fr", 1.0)
    assert transcriber.encode(jfk).frames.shape[1] == 32


def test_what_is_no_transcriber_is_refused(opened: Opener) -> None:
    with pytest.raises(ModelError, match=r"not a speech recognition model.*HubertForSequenceClassification"):
        opened(Stage.TRANSCRIBE, "transformers", recognisers.voice_emotion)


def test_openai_checkpoints_are_compared_with_what_openai_publishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    files = WhisperFiles(tmp_path / "trio")
    with pytest.raises(ModelMissingError, match="models hub whisper:tiny"):
        files.path("tiny")
    theirs = tmp_path / "whisper" / "tiny.pt"
    theirs.parent.mkdir()
    theirs.write_bytes(b"not a model")
    with pytest.raises(ModelHashError, match="does not match the file published by OpenAI"):
        files.path("tiny")
    with pytest.raises(SettingsError, match="no Whisper model of that size"):
        files.path("enormous")


def test_openai_downloads_resume_and_are_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file_server: Callable[[bytes], str]
) -> None:
    import whisper

    data = bytes(range(256)) * 4000
    address = file_server(data)
    monkeypatch.setattr("pipelines.core.resume.PAUSE_SECONDS", 0.0)
    url = f"{address}/{hashlib.sha256(data).hexdigest()}/tiny.pt"
    monkeypatch.setitem(whisper._MODELS, "tiny", url)
    files = WhisperFiles(tmp_path)
    (tmp_path / "tiny.pt.part").write_bytes(data[:1000])
    seen: list[tuple[int, int]] = []
    assert files.described("tiny") == "Whisper tiny: 1.0 MB, licence MIT"
    assert files.get("tiny", lambda _, done, total: seen.append((done, total))).read_bytes() == data
    assert seen[0][0] > 1000
    assert seen[-1] == (len(data), len(data))
    assert files.path("tiny") == tmp_path / "tiny.pt"
    monkeypatch.setitem(whisper._MODELS, "base", f"{address}/{'0' * 64}/base.pt")
    with pytest.raises(ModelHashError, match="does not match the file published by OpenAI"):
        files.get("base")
    assert list(tmp_path.glob("base*")) == []


@pytest.fixture
def file_server() -> Any:
    servers = []

    def serve(data: bytes) -> str:
        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                pass

            def do_HEAD(self) -> None:
                self._head(0)

            def do_GET(self) -> None:
                first = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
                self._head(first)
                self.wfile.write(data[first:])

            def _head(self, first: int) -> None:
                self.send_response(206 if first else 200)
                self.send_header("Content-Length", str(len(data) - first))
                self.end_headers()

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_pickle_with_code_in_it_is_not_run(opened: Opener, tmp_path: Path) -> None:
    import torch

    class Bad:
        def __reduce__(self) -> Any:
            return (Path.touch, (tmp_path / "ran",))

    path = tmp_path / "bad.pt"
    torch.save({"dims": Bad(), "model_state_dict": {}}, path)
    with pytest.raises(ModelError, match="cannot be opened"):
        opened(Stage.TRANSCRIBE, "whisper", lambda _: {"model": str(path)})
    assert not (tmp_path / "ran").exists()


def test_openai_whisper_says_what_it_cannot_do(opened: Opener) -> None:
    for options in ({"dtype": "bfloat16"}, {"revision": "v1"}):
        with pytest.raises(SettingsError, match="These openai-whisper settings are invalid"):
            opened(Stage.TRANSCRIBE, "whisper", **options)


def test_speechbrain_gives_what_speechbrain_itself_computes(
    opened: Opener, jfk: Audio, tmp_path: Path
) -> None:
    import torch

    encoder, head = recognisers.speechbrain_modules(tmp_path)
    classifier = opened(Stage.SPEECH_EMOTION, "wav2vec2-emotion", lambda _: {"model": str(tmp_path)})
    found = classifier.classify(jfk)
    speech = torch.from_numpy(find_speech(jfk).samples)[None]
    with torch.inference_mode():
        expected = head[0](encoder.eval()(speech).mean(dim=1))[0].softmax(dim=0)
    assert list(found.scores) == ["neutral", "happy", "angry", "sad"]
    assert list(found.scores.values()) == pytest.approx(expected.tolist(), abs=1e-4)


def test_speechbrain_files_that_do_not_belong_together(opened: Opener, tmp_path: Path) -> None:
    recognisers.speechbrain_modules(tmp_path)
    (tmp_path / "label_encoder.txt").write_text("'neu' => 0\n'ang' => 1\n")
    with pytest.raises(ModelError, match="do not match"):
        opened(Stage.SPEECH_EMOTION, "wav2vec2-emotion", lambda _: {"model": str(tmp_path)})
    (tmp_path / "label_encoder.txt").write_text("nothing")
    with pytest.raises(ModelError, match="no labels"):
        opened(Stage.SPEECH_EMOTION, "wav2vec2-emotion", lambda _: {"model": str(tmp_path)})


def test_transformers_emotion_gives_what_the_model_computes(
    opened: Opener, jfk: Audio, tmp_path: Path
) -> None:
    import torch
    from transformers import AutoFeatureExtractor, HubertForSequenceClassification

    recognisers.voice_emotion(tmp_path)
    classifier = opened(Stage.SPEECH_EMOTION, "transformers", lambda _: {"model": str(tmp_path)})
    found = classifier.classify(jfk)
    extractor = AutoFeatureExtractor.from_pretrained(tmp_path)
    inputs = extractor(find_speech(jfk).samples, sampling_rate=16000, return_tensors="pt")
    with torch.inference_mode():
        logits = HubertForSequenceClassification.from_pretrained(tmp_path).eval()(**inputs).logits[0]
    assert list(found.scores) == ["neutral", "happy", "angry", "sad"]
    assert list(found.scores.values()) == pytest.approx(logits.softmax(dim=0).tolist(), abs=1e-5)
    with pytest.raises(EmptyInputError):
        classifier.classify(SILENCE)


def test_use_before_load_and_after_unload(opened: Opener, jfk: Audio) -> None:
    classifier = opened(Stage.SPEECH_EMOTION, "transformers")
    classifier.unload()
    with pytest.raises(BackendError, match="is not loaded"):
        classifier.classify(jfk)
    classifier.load()
    assert classifier.classify(jfk).confidence > 0.25


def test_loading_gets_a_checkpoint_only_where_it_may(
    opened: Opener,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    file_server: Callable[[bytes], str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    import whisper

    data = Path(recognisers.openai_whisper(tmp_path)["model"]).read_bytes()
    url = f"{file_server(data)}/{hashlib.sha256(data).hexdigest()}/tiny.pt"
    monkeypatch.setitem(whisper._MODELS, "tiny", url)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "theirs"))
    with pytest.raises(ModelMissingError, match="models hub whisper:tiny"):
        opened(Stage.TRANSCRIBE, "whisper", lambda _: {"model": "tiny"})
    transcriber = opened(Stage.TRANSCRIBE, "whisper", lambda _: {"model": "tiny"}, offline=False)
    assert transcriber.model == "Whisper tiny (openai-whisper)"
    assert "MB, licence MIT" in capsys.readouterr().err
