"""The cross-modal recipes from data to card, on made data in place of the corpora and the encoders."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pipelines.core.types import Audio
from pipelines.crossmodal.foundations.encoders import HEARD, READ, SEEN
from tests.support.emotions import made_side
from training.caption.flickr8k import Photo
from training.foundations.crossmodal import enhance, features, fusion, joint, matching
from training.foundations.crossmodal.crossmodal_recipes import TABLE
from training.foundations.crossmodal.emotion_pairs import Side, pair_up
from training.foundations.crossmodal.features import Pairs
from training.foundations.recipe import Run, train_and_keep

pytestmark = pytest.mark.usefixtures("one_thread")


def run_of(folder: Path, name: str, task: str = "") -> Run:
    return Run(folder, folder / name, task or TABLE[name].tasks[0], epochs=1, small=True)


def made(run: Run, split: str, *, sound: bool = False) -> Pairs:
    random = np.random.default_rng(len(split))
    photos = [
        Photo(Path(f"{split}{at}.jpg"), tuple(f"caption {n} of {at}" for n in range(5))) for at in range(24)
    ]
    rows = [
        random.standard_normal(size).astype(np.float32) for size in ((24, SEEN), (24, 5, READ), (16, HEARD))
    ]
    return Pairs(photos, rows[0], rows[1], rows[2] if sound else rows[2][:0])


@pytest.mark.parametrize(
    ("name", "task"),
    [
        ("text-image", ""),
        ("text-image-adversarial", ""),
        ("text-image-adversarial", "flickr8k-unpaired"),
        ("text-speech", ""),
        ("image-speech", ""),
        ("image-text-match", ""),
    ],
)
def test_retrieval_recipes_run_to_their_card(
    name: str, task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (joint, matching):
        monkeypatch.setattr(module, "flickr_pairs", made)
    run = run_of(tmp_path, name, task)
    metrics = train_and_keep(name, TABLE[name], run)
    kept = json.loads((run.folder / "foundation.json").read_text("utf-8"))
    assert kept["name"] == name and kept["parameters"] == metrics["parameters"] > 100_000
    chance = [value for key, value in metrics.items() if key.endswith("chance_at_10")]
    assert chance[1] == pytest.approx(10 / 24 if "speech" not in name else 10 / 16, abs=1e-3)
    assert (run.folder / "recall.png").stat().st_size > 1000
    if TABLE[name].compared:
        assert metrics["count"] == 2 * (16 if name == "image-speech" else 24)
        assert 0.0 <= metrics["hard_negatives_accuracy"] <= metrics["two_choice_accuracy"] + 0.5 <= 1.5


def test_a_perfect_matcher_is_right_in_every_choice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "flickr_pairs", made)
    recipe, run = matching.MatchRecipe("image-text-match"), run_of(tmp_path, "image-text-match")
    run.folder.mkdir()
    model = recipe.train(run)
    monkeypatch.setattr(model, "scores", lambda first, second: np.eye(len(first)) * 20 - 10)
    found = recipe.evaluate(model, run)
    assert found["two_choice_accuracy"] == found["hard_negatives_accuracy"] == 1.0
    assert found["image to text, recall_at_1"] == 1.0


def test_a_matcher_learns_from_its_true_pairs() -> None:
    """The mask of the hardest partners must not reach the scores: the loss is finite, and falls for them."""
    scores = torch.zeros(6, 6, requires_grad=True)

    class Scores:
        def every_pair(self, first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
            return scores * 1.0

    rows = np.zeros((8, 3), np.float32)
    problem = matching.MatchProblem(rows, rows[:, None], 2, 0)
    loss = problem.loss(Scores(), (torch.zeros(6, 3), torch.zeros(6, 3)), torch.device("cpu"))
    loss.backward()
    assert torch.isfinite(loss) and scores.grad is not None
    inside = torch.eye(6, dtype=torch.bool)
    # d softplus(-s) / ds = -1/2 at 0, a mean of 6; the contrast adds (1/6 - 1) / 6
    assert scores.grad[inside].tolist() == pytest.approx([-0.5 / 6 + (1 / 6 - 1) / 6] * 6, abs=1e-6)
    assert (scores.grad[~inside] > 0).all()


def test_calibrated_scores_decide_at_an_even_chance() -> None:
    random = np.random.default_rng(0)
    first, second = (random.standard_normal((60, 8)).astype(np.float32) for _ in range(2))
    matcher = matching.Matcher(8, 8).eval()
    before = matching.every_score(matcher, first, second)
    matching.calibrate(matcher, first, second)
    after = matching.every_score(matcher, first, second)
    slope, bias = np.polyfit(before.ravel(), after.ravel(), 1)
    assert np.allclose(slope * before + bias, after, atol=1e-3)
    true, wrong = after.diagonal(), after[~np.eye(60, dtype=bool)]
    yes_of_true, yes_of_wrong = (float((1 / (1 + np.exp(-rows))).mean()) for rows in (true, wrong))
    assert yes_of_true + yes_of_wrong == pytest.approx(1.0, abs=0.01) and yes_of_true >= yes_of_wrong - 0.01


def test_unpaired_training_keeps_its_last_epoch() -> None:
    rows = np.zeros((8, 3), np.float32)
    problem = joint.JointProblem(rows, rows[:, None], 2, "unpaired", 0)
    found = []
    for epoch in range(3):
        problem.batches(epoch)
        found.append(problem.score(None, torch.device("cpu"))["score"])
    assert found[0] < found[1] < found[2]


class Voice:
    """Says each text as a tone of its own."""

    def __init__(self) -> None:
        self.random = np.random.default_rng(0)

    def stream(self, text: str) -> Iterator[Audio]:
        times = np.arange(30_000) / 24_000
        tone = 0.3 * np.sin(2 * np.pi * self.random.uniform(200, 900) * times)
        yield Audio((tone * (self.random.random(30_000) < 0.9)).astype(np.float32), 24_000)


def test_the_enhancement_recipe_measures_with_another_photo_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enhance, "flickr_pairs", made)
    monkeypatch.setattr(enhance, "voice", Voice)
    run = run_of(tmp_path, "image-guided-enhancement")
    metrics = train_and_keep("image-guided-enhancement", TABLE["image-guided-enhancement"], run)
    assert metrics["0 dB, noisy, si_sdr"] == pytest.approx(0.0, abs=0.6)
    assert metrics["5 dB, noisy, si_sdr"] == pytest.approx(5.0, abs=0.6)
    gain = metrics["5 dB, with the photo, si_sdr"] - metrics["5 dB, sound alone, si_sdr"]
    assert metrics["5 dB, gain by the photo, si_sdr"] == pytest.approx(gain, abs=1e-3)
    assert (run.folder / "enhancement.png").stat().st_size > 1000


def test_the_fusion_recipe_is_better_than_its_sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def tweets(run: Run, registry: Any, *, held_out: bool) -> Side:
        return made_side(400, 12, 1 + held_out, 1)

    def voices(run: Run, *, held_out: bool) -> Side:
        return made_side(240, 10, 3 + held_out, 6)

    monkeypatch.setattr(fusion, "tweets", tweets)
    monkeypatch.setattr(fusion, "voices", voices)
    found = {
        name: train_and_keep(name, TABLE[name], run_of(tmp_path, name))["accuracy"]
        for name in ("fusion-text", "fusion-voice", "fusion-late", "fusion")
    }
    sides = max(found["fusion-text"], found["fusion-voice"])
    assert sides > 0.6
    assert found["fusion"] > sides + 0.03 and found["fusion-late"] > sides
    table = (tmp_path / "fusion" / "shipped.md").read_text("utf-8")
    assert "| feelings | SST-2 dev, 872 |" in table and "BLEU-4" in table


def test_pairs_have_the_label_of_both_sides() -> None:
    words, sound = made_side(50, 12, 1, 1), made_side(15, 10, 2, 3)
    first, second, labels, speakers = pair_up(words, sound, 0, each=3)
    assert len(labels) == 15 * 3 == len(first) == len(second)
    assert list(speakers) == list(np.repeat(sound.groups, 3))
    for row, other, label in zip(first, second, labels, strict=True):
        assert words.labels[(words.features == row).all(axis=1)][0] == label
        assert sound.labels[(sound.features == other).all(axis=1)][0] == label


def test_features_are_computed_once(tmp_path: Path) -> None:
    made_times = []

    def make() -> np.ndarray[Any, np.dtype[np.float32]]:
        made_times.append(1)
        return np.full((2, 3), 0.5, np.float32)

    path = tmp_path / "deep" / "x.npy"
    assert np.array_equal(features._kept(path, make), features._kept(path, make))
    assert made_times == [1]
