"""Every stage of `python -m pipelines` on its real models: the fields, and a bad file beside a good one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PIL import Image, ImageDraw, ImageFont
from typer.testing import CliRunner

from pipelines.backends import default_registry
from pipelines.cli import app
from pipelines.core.registry import Registry
from pipelines.core.types import Stage

runner = CliRunner()


def run(*args: object) -> tuple[int, list[dict[str, Any]]]:
    """Return the exit code and the parsed lines of stdout."""
    result = runner.invoke(app, [str(a) for a in args])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A spoken sentence, a picture with words, and a text, each with a broken partner."""
    folder = tmp_path_factory.mktemp("media")
    (folder / "words.txt").write_text("I am so happy today, this is a wonderful film.", encoding="utf-8")
    speaker = default_registry().get(Stage.SPEAK)
    samples = np.concatenate([a.samples for a in speaker.stream("The weather is lovely today.")])
    stereo = np.stack([samples, samples], axis=1)
    soundfile.write(folder / "voice.wav", stereo, 24_000)
    picture = Image.new("RGB", (640, 200), "white")
    font = ImageFont.load_default(64)
    ImageDraw.Draw(picture).text((40, 50), "HELLO WORLD", fill="black", font=font)
    picture.save(folder / "sign.png")
    picture.save(folder / "sign", "PNG")
    (folder / "broken.png").write_bytes((folder / "sign.png").read_bytes()[:60])
    (folder / "broken.wav").write_bytes(b"RIFF no sound at all")
    return folder


def test_decode(media: Path) -> None:
    names = ["voice.wav", "sign.png", "sign", "broken.png", "broken.wav", "words.txt"]
    code, lines = run("decode", "--jsonl", *(media / n for n in names))
    assert code == 0
    voice, sign, plain, *bad = lines
    assert (voice["kind"], voice["sample_rate"], voice["channels"]) == ("audio", 24_000, 2)
    assert voice["audio_seconds"] == pytest.approx(soundfile.info(media / "voice.wav").duration, abs=0.05)
    for picture in (sign, plain):
        assert (picture["kind"], picture["width"], picture["height"]) == ("image", 640, 200)
    assert all("error" in line for line in bad)


@pytest.mark.parametrize(
    ("stage", "good", "bad", "fields"),
    [
        ("transcribe", "voice.wav", "broken.wav", {"text", "language", "segments"}),
        ("speech-emotion", "voice.wav", "broken.wav", {"label", "confidence", "scores"}),
        ("listen", "voice.wav", "broken.wav", {"text", "language", "segments", "label", "scores"}),
        ("sentiment", "words.txt", "sign.png", {"label", "score"}),
        ("text-emotion", "words.txt", "sign.png", {"label", "confidence", "scores"}),
        ("feelings", "words.txt", "sign.png", {"sentiment", "emotion", "fine"}),
        ("embed", "words.txt", "sign.png", {"width", "vector"}),
        ("caption", "sign.png", "broken.png", {"text", "confidence"}),
        ("ocr", "sign.png", "broken.png", {"text", "boxes"}),
        ("detect", "sign.png", "broken.png", {"objects", "counts", "perhaps", "width", "height"}),
    ],
)
def test_every_stage_on_its_models(
    registry: Registry, media: Path, stage: str, good: str, bad: str, fields: set[str]
) -> None:
    del registry  # only skips where the models have not been pulled
    code, lines = run(stage, "--jsonl", media / bad, media / good)
    assert code == 0
    assert "error" in lines[0]
    assert fields | {"file", "seconds", "model"} <= set(lines[1]), lines[1]
    assert lines[1]["model"]
    if stage in {"transcribe", "listen"}:
        assert "weather is lovely" in lines[1]["text"]
        assert set(lines[1]["segments"][0]) == {"start", "end", "text"}
    if stage == "ocr":
        assert "HELLO" in lines[1]["text"].upper()
        assert set(lines[1]["boxes"][0]) == {"text", "confidence", "corners"}
    if stage == "sentiment":
        assert lines[1]["label"] == "positive"
