"""The project of chapter 5.2.2 on made data: every step to the exported files, the figures and the card."""

from __future__ import annotations

import html
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")


from pipelines.core.foundation import load_foundation
from pipelines.crossmodal.foundations.fusion import LABELS, LearnedFusion
from pipelines.foundations import FOUNDATIONS
from tests.support.emotions import made_side
from tests.support.reviews import made_reviews
from tests.support.shapes import cifar_like
from training.common.datasets import SpeechClip
from training.foundations import project
from training.foundations.crossmodal import fusion
from training.foundations.crossmodal.emotion_pairs import Side
from training.foundations.recipe import Run

DIGITS = Path(__file__).resolve().parents[2] / "data" / "fsdd"


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Made data and, in `out`, what a small run wrote.

    The voices' and tweets' features, and what Whisper hears, are made too.
    """
    found = tmp_path_factory.mktemp("project")
    with pytest.MonkeyPatch.context() as patched:
        run_small(found, patched)
    yield found


@pytest.fixture(scope="module")
def results(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "out" / "results.json").read_text("utf-8"))
    return found


def run_small(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:

    def tweets(run: Run, registry: Any, *, held_out: bool) -> Side:
        return made_side(200, 12, 1 + held_out, 1)

    def voices(run: Run, *, held_out: bool) -> Side:
        return made_side(120, 10, 3 + held_out, 6)

    def heard(model: LearnedFusion, file: Path, out: Path) -> dict[str, Any]:
        row = model.probabilities(np.eye(1, 12, 2, np.float32) * 3, np.eye(1, 10, 2, np.float32) * 3)[0]
        return {"words": "kids", "label": LABELS[int(row.argmax())], "confidence": float(row.max())}

    for module in (fusion, project):
        monkeypatch.setattr(module, "tweets", tweets)
        monkeypatch.setattr(module, "voices", voices)
    monkeypatch.setattr(LearnedFusion, "predict", heard)
    clip = SpeechClip(folder / "a.ogg", "happy", "ravdess-Actor_17")
    monkeypatch.setattr(project, "held_out_clip", lambda data: clip)
    data = cifar_like(made_reviews(folder, 200), train=20, test=6)
    shutil.copytree(DIGITS, data / "fsdd")
    project.project(data, folder / "out", small=True)


def test_every_step_is_made_and_measured(results: dict[str, Any], folder: Path) -> None:
    assert list(results["seconds"]) == list(project.STEPS)
    rows = {(row["part"], row["model"], row["input"]): row for row in results["rows"]}
    for name, part in project.PARTS.items():
        given = [row for key, row in rows.items() if key[0] == name]
        assert [row["input"] for row in given] == ["as it is", "spoilt", "spoilt, pre-processed"]
        assert len({row["count"] for row in given}) == 1 and given[0]["model"] == part.recipe
    assert all(0.0 <= row[column] <= 1.0 for row in rows.values() for column in project.COLUMNS)
    alone = [rows["fusion", f"fusion-{way}", "as it is"]["accuracy"] for way in ("text", "voice")]
    assert rows["fusion", "fusion", "as it is"]["accuracy"] > max(alone) > 0.4
    card = (folder / "out" / "README.md").read_text("utf-8")
    assert all(f"| {row['part']}, {row['model']}, {row['input']} |" in card for row in rows.values())


def test_the_exported_files_alone_give_the_answers(
    results: dict[str, Any], folder: Path, tmp_path: Path
) -> None:
    out = folder / "out"
    assert (out / "deployed" / "text" / "model.onnx").stat().st_size > 1000
    for name, part in project.PARTS.items():
        said = results["message"][name]
        elsewhere = tmp_path / "elsewhere" / name
        shutil.copytree(out / "deployed" / name, elsewhere)
        model = load_foundation(FOUNDATIONS[part.recipe], part.recipe, elsewhere)
        again = model.predict(out / said["file"], tmp_path)
        assert again["scores"] == said["scores"] and again["label"] == said["label"]
        assert results["kilobytes"][name] > 1


def test_the_prompt_tells_what_each_model_found(results: dict[str, Any], folder: Path) -> None:
    said = results["message"]
    lines = said["prompt"].splitlines()
    assert said["image"]["label"] in lines[0] and lines[0].startswith("[You see a picture")
    assert lines[1] == "[They said this aloud. They seem happy.]"
    typed = (folder / "sst2" / "dev.tsv").read_text("utf-8").split("\t")[0]
    assert lines[2] == f"{typed} {said['speech']['label']}", "the markup is gone"


def test_the_page_shows_the_run_that_was_measured() -> None:
    root = Path(__file__).resolve().parents[3]
    found = json.loads((root / "docs/results/project.json").read_text("utf-8"))
    page = (root / "docs/project.md").read_text("utf-8")
    assert "\n".join(project.markdown(found["rows"])) in page
    for part in project.PARTS.values():
        assert f"`{part.recipe}`" in page and (part.epochs is None or f"{part.epochs} epochs" in page)


def test_pre_processing_takes_away_what_was_added() -> None:
    draw = np.random.default_rng(0)
    text, image, speech = project.PARTS.values()
    spoilt = text.spoil("a < b & so on", draw)
    assert html.escape("a < b & so on") in spoilt and text.repair(spoilt) == "a < b & so on"
    flat = np.full((32, 32, 3), 120, np.uint8)
    noisy = image.spoil(flat, draw)
    assert np.abs(image.repair(noisy) - 120.0).mean() < 0.6 * np.abs(noisy - 120.0).mean()
    tone = np.zeros(8000, np.float32)
    tone[2000:6000] = 0.5 * np.sin(np.arange(4000) * 0.3)
    heard = speech.spoil(tone, draw)
    quiet = slice(200, 1800)
    assert (speech.repair(heard)[quiet] ** 2).mean() < 0.5 * (heard[quiet] ** 2).mean()
