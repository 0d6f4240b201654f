"""Voices of the hub on tiny models: VITS, SpeechT5 with HiFi-GAN, Kokoro."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines.core.cancel import CancelToken
from pipelines.core.errors import (
    Cancelled,
    InputError,
    MissingPackageError,
    ModelError,
    SettingsError,
)
from pipelines.core.types import Audio, Stage
from pipelines.speech.huggingface.tempo import change_tempo
from tests.support.opened_backends import Build, Opener
from tests.support.tiny_models import voices

VOICES: list[Any] = [
    pytest.param("transformers", voices.vits, id="vits"),
    pytest.param("transformers", voices.speecht5, id="speecht5"),
    pytest.param("kokoro", voices.kokoro, id="kokoro"),
]


def spoken(speaker: Any, text: str, **options: Any) -> list[Audio]:
    return list(speaker.stream(text, **options))


@pytest.mark.parametrize(("name", "build"), VOICES)
def test_every_sentence_is_one_piece_of_sound(opened: Opener, name: str, build: Build) -> None:
    speaker = opened(Stage.SPEAK, name, build)
    parts = spoken(speaker, "Hello world. How are *you*? 😀")
    assert len(parts) == 2
    for part in parts:
        assert part.sample_rate == speaker.sample_rate > 0
        assert part.samples.dtype == np.float32
        assert len(part.samples) > 500
        assert np.abs(part.samples).max() <= 1
    assert spoken(speaker, "😀 ... !") == []


@pytest.mark.parametrize(("name", "build"), VOICES)
def test_the_same_text_sounds_the_same(opened: Opener, name: str, build: Build) -> None:
    speaker = opened(Stage.SPEAK, name, build)
    one, two = (spoken(speaker, "hello world")[0].samples for _ in range(2))
    assert np.array_equal(one, two)


@pytest.mark.parametrize(("name", "build"), VOICES)
def test_speed_changes_the_length(opened: Opener, name: str, build: Build) -> None:
    speaker = opened(Stage.SPEAK, name, build)
    slow, fast = (len(spoken(speaker, "hello world", speed=s)[0].samples) for s in (0.5, 2.0))
    assert slow > 2.5 * fast
    with pytest.raises(SettingsError):
        spoken(speaker, "hello", speed=3.0)


@pytest.mark.parametrize(("name", "build"), VOICES)
def test_other_languages_and_cancel(opened: Opener, name: str, build: Build) -> None:
    speaker = opened(Stage.SPEAK, name, build)
    assert speaker.speaks("en-GB")
    assert not speaker.speaks("ko")
    with pytest.raises(InputError, match="does not support this language"):
        spoken(speaker, "hello", language="ko")
    cancel = CancelToken()
    stream = speaker.stream("Hello world. How are you?", cancel=cancel)
    next(stream)
    cancel.cancel()
    with pytest.raises(Cancelled):
        next(stream)


def test_speecht5_stops_in_the_middle_of_a_sentence(opened: Opener) -> None:
    class AtFifth(CancelToken):
        asked = 0

        def raise_if_cancelled(self) -> None:
            self.asked += 1
            if self.asked == 5:
                raise Cancelled()

    speaker, cancel = opened(Stage.SPEAK, "transformers", voices.speecht5), AtFifth()
    with pytest.raises(Cancelled):
        spoken(speaker, "hello world", cancel=cancel)
    assert cancel.asked == 5


def test_speecht5_needs_a_speaker_of_its_width(opened: Opener, tmp_path: Path) -> None:
    for speaker in (None, 3, str(tmp_path / "nothing.npy")):
        with pytest.raises(SettingsError, match=r"whose voice|x-vector"):
            opened(Stage.SPEAK, "transformers", voices.speecht5, speaker=speaker)
    np.save(tmp_path / "wide.npy", np.zeros(512, np.float32))
    with pytest.raises(SettingsError, match=r"different size.*512.*8"):
        opened(Stage.SPEAK, "transformers", voices.speecht5, speaker=str(tmp_path / "wide.npy"))
    np.save(tmp_path / "pickle.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(SettingsError, match="cannot be read"):
        opened(Stage.SPEAK, "transformers", voices.speecht5, speaker=str(tmp_path / "pickle.npy"))


def test_vits_is_what_the_model_itself_computes(opened: Opener, tmp_path: Path) -> None:
    import torch
    from transformers import AutoTokenizer, VitsModel

    voices.vits(tmp_path)
    speaker = opened(Stage.SPEAK, "transformers", lambda _: {"model": str(tmp_path)}, seed=3, language="de")
    assert (speaker.speaks("de"), speaker.speaks("en")) == (True, False)
    found = spoken(speaker, "hello world", language="de")[0]
    net, tokenizer = VitsModel.from_pretrained(tmp_path).eval(), AutoTokenizer.from_pretrained(tmp_path)
    with torch.inference_mode():
        torch.manual_seed(3)
        expected = net(**tokenizer("hello world", return_tensors="pt")).waveform[0].numpy()
    assert found.samples == pytest.approx(expected, abs=1e-5)
    assert found.sample_rate == net.config.sampling_rate


def test_vits_speakers_and_alphabets(opened: Opener, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such speaker"):
        opened(Stage.SPEAK, "transformers", voices.vits, speaker=7)
    voices.vits(tmp_path)
    settings = tmp_path / "tokenizer_config.json"
    settings.write_text(settings.read_text().replace('"is_uroman": false', '"is_uroman": true'))
    with pytest.raises(MissingPackageError, match="install uroman"):
        opened(Stage.SPEAK, "transformers", lambda _: {"model": str(tmp_path)})


def test_what_is_no_voice_is_refused(opened: Opener) -> None:
    from tests.support.tiny_models import words

    with pytest.raises(ModelError, match=r"not a voice that Trio can use.*distilbert"):
        opened(Stage.SPEAK, "transformers", words.sentiment)


def test_kokoro_takes_a_voice_of_each_language(opened: Opener, tmp_path: Path) -> None:
    speaker = opened(Stage.SPEAK, "kokoro")
    assert [code for code in ("en", "fr", "zh", "es") if speaker.speaks(code)] == ["en", "fr"]
    loudness = {
        code: np.abs(spoken(speaker, "bonjour", language=code)[0].samples).max() for code in ("en", "fr")
    }
    assert loudness == {"en": pytest.approx(0.5, abs=0.01), "fr": pytest.approx(0.25, abs=0.01)}
    british = opened(Stage.SPEAK, "kokoro", voice="bf_emma")
    assert np.abs(spoken(british, "hello")[0].samples).max() == pytest.approx(0.4, abs=0.01)
    with pytest.raises(SettingsError, match=r"no voice with that name.*af_heart"):
        opened(Stage.SPEAK, "kokoro", voice="zf_xiaobei")
    with pytest.raises(ModelError, match="does not have this ONNX graph"):
        opened(Stage.SPEAK, "kokoro", file="onnx/model_q8.onnx")
    with pytest.raises(SettingsError, match="runs only on the CPU"):
        opened(Stage.SPEAK, "kokoro", device="cuda")


def test_kokoro_reads_an_archive_of_voices_too(opened: Opener, tmp_path: Path) -> None:
    voices.kokoro(tmp_path)
    for path in (tmp_path / "voices").glob("*.bin"):
        path.unlink()
    with (tmp_path / "voices-v1.0.bin").open("wb") as file:
        np.savez(file, af_heart=np.full((510, 1, 256), 0.3, np.float32))
    speaker = opened(Stage.SPEAK, "kokoro", lambda _: {"model": str(tmp_path)})
    assert np.abs(spoken(speaker, "hello")[0].samples).max() == pytest.approx(0.3, abs=0.01)
    (tmp_path / "voices-v1.0.bin").write_bytes(b"no archive")
    with pytest.raises(ModelError, match="voices cannot be read"):
        opened(Stage.SPEAK, "kokoro", lambda _: {"model": str(tmp_path)})


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.25, 2.0])
def test_tempo_keeps_the_pitch(speed: float) -> None:
    tone = np.sin(np.arange(24_000) * 2 * np.pi * 220 / 24_000).astype(np.float32)
    changed = change_tempo(tone, 24_000, speed)
    assert len(changed) == pytest.approx(24_000 / speed, rel=0.03)
    spectrum = np.abs(np.fft.rfft(changed))
    assert spectrum.argmax() * 24_000 / len(changed) == pytest.approx(220, abs=3)
    assert change_tempo(tone, 24_000, 1.0) is tone
    assert len(change_tempo(tone[:100], 24_000, speed)) > 0
