"""Cross-modal foundations on made pairs: trained in seconds, better than a floor, the same after reloading."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from pipelines.core.errors import InputError, ModelError
from pipelines.core.linear import LinearHead
from pipelines.crossmodal.foundations.bank import Bank
from pipelines.crossmodal.foundations.encoders import HEARD, READ, SEEN, WIDTHS, Modality, kind_of
from pipelines.crossmodal.foundations.enhance import ImageGuidedEnhancer, MaskNet
from pipelines.crossmodal.foundations.fusion import LABELS, Heads, LearnedFusion, certainty, late, stack
from pipelines.crossmodal.foundations.joint import TextImage, embed
from pipelines.crossmodal.foundations.matching import ImageText, companion, every_score
from pipelines.crossmodal.foundations.speaking import word_errors, words_of
from training.common.linear_heads import fit_head, logistic
from training.common.loop import Problem
from training.foundations.crossmodal.enhance import Captions, EnhanceProblem, pink, si_sdr
from training.foundations.crossmodal.joint import Adversaries, JointProblem, Training, _Reversed
from training.foundations.crossmodal.matching import MatchProblem
from training.foundations.crossmodal.retrieval import both_ways, ranks, recalls

Rows = NDArray[np.float32]


pytestmark = pytest.mark.usefixtures("one_thread")


class FakeEncoders:
    """Gives each kind of file one row that the test chose."""

    def __init__(self, rows: dict[Modality, Rows]) -> None:
        self.rows = rows

    def file(self, path: Path, allowed: Any) -> tuple[Modality, Rows]:
        kind = kind_of(path)
        if kind not in allowed:
            raise InputError("not this kind")
        return kind, self.rows[kind]


def train(model: torch.nn.Module, problem: Problem, epochs: int, rate: float) -> None:
    """Train without the logs and figures of `training.common.loop.fit`, which takes the longest at this size."""
    optimiser, device = torch.optim.AdamW(model.parameters(), rate), torch.device("cpu")
    model.train()
    for epoch in range(epochs):
        for batch in problem.batches(epoch):
            optimiser.zero_grad()
            problem.loss(model, batch, device).backward()
            optimiser.step()
    model.eval()


def made_pairs(count: int, width: int = READ) -> tuple[Rows, Rows]:
    """Return pairs that share a hidden cause of eight numbers, (n, 1280) and (n, 1, width)."""
    random = np.random.default_rng(0)
    cause = random.standard_normal((count, 8))
    first = cause @ random.standard_normal((8, SEEN)) + 0.3 * random.standard_normal((count, SEEN))
    second = cause @ random.standard_normal((8, width)) + 0.3 * random.standard_normal((count, width))
    return first.astype(np.float32), second.astype(np.float32)[:, None]


def bank_of(first: Rows, second: Rows) -> Bank:
    names = [f"{at}.jpg" for at in range(len(first))]
    return Bank(names, [f"caption {at}" for at in range(len(first))], first, second)


@pytest.mark.parametrize("training", ["paired", "critic"])
def test_a_shared_space_finds_the_partner_and_is_the_same_after_reloading(
    training: Training, tmp_path: Path
) -> None:
    first, second = made_pairs(240)
    torch.manual_seed(0)
    towers = TextImage.new_towers()
    model: Any = towers if training == "paired" else Adversaries(towers, SEEN, READ)
    problem = JointProblem(first[:180], second[:180], 40, training, 0)
    train(model, problem, 30, 1e-3)
    found = TextImage(towers, bank_of(embed(towers, 0, first[180:]), embed(towers, 1, second[180:, 0])))
    recall = both_ways(found.bank.first @ found.bank.second.T)
    assert recall["there"]["recall_at_5"] > 0.5 > recall["there"]["chance_at_5"] * 3
    found.save(tmp_path)
    again = TextImage.load(tmp_path)
    assert np.array_equal(again.embed("image", first[180:]), found.embed("image", first[180:]))
    again._encoders = FakeEncoders({"image": first[200]})  # type: ignore[assignment]
    picture = tmp_path / "x.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n")
    fields = again.predict(picture, tmp_path)
    assert fields["answers"] == "text"
    assert "20.jpg: caption 20" in [row["text"] for row in fields["nearest"]]


def test_the_critic_pulls_the_modalities_together() -> None:
    """The critic's gradient reaches the towers with its sign changed."""
    first, second = made_pairs(16)
    torch.manual_seed(0)
    model = Adversaries(TextImage.new_towers().eval(), SEEN, READ)
    problem = JointProblem(first, second, 4, "unpaired", 0)
    shared = torch.cat(model.towers(torch.from_numpy(first), torch.from_numpy(second[:, 0])))
    direct = torch.autograd.grad(model.critic(shared).sum(), shared, retain_graph=True)[0]
    turned = torch.autograd.grad(model.critic(_Reversed.apply(shared)).sum(), shared)[0]
    assert torch.allclose(turned, -direct) and direct.abs().sum() > 0
    assert problem.score(model, torch.device("cpu")) == {"score": 0.0}, "unpaired training may not look"


def test_unpaired_batches_hold_no_pairs() -> None:
    first = np.arange(64, dtype=np.float32)[:, None]
    problem = JointProblem(first, first[:, None], 0, "unpaired", 0)
    same = [float((a == b).float().mean()) for a, b in problem.batches(0)]
    assert max(same) < 0.2
    paired = JointProblem(first, first[:, None], 0, "paired", 0).batches(0)
    assert all(torch.equal(a, b) for a, b in paired)


def test_a_matcher_tells_pairs_from_others_and_is_the_same_after_reloading(tmp_path: Path) -> None:
    first, second = made_pairs(600)
    torch.manual_seed(0)
    matcher = ImageText.new_matcher()
    train(matcher, MatchProblem(first[:540], second[:540], 40, 0), 6, 1e-3)
    found = ImageText(matcher, bank_of(first[540:], second[540:, 0]))
    yes = found.probabilities(first[540:], second[540:, 0])[:, 0]
    no = found.probabilities(first[540:], np.roll(second[540:, 0], 1, axis=0))[:, 0]
    assert ((yes > 0.5).mean() + (no < 0.5).mean()) / 2 > 0.8
    found.save(tmp_path)
    again = ImageText.load(tmp_path)
    assert np.array_equal(again.scores(first[:3], second[:5, 0]), found.scores(first[:3], second[:5, 0]))
    again._encoders = FakeEncoders({"image": first[550], "text": second[550, 0]})  # type: ignore[assignment]
    (tmp_path / "x.jpg").write_bytes(b"\xff\xd8\xff")
    assert again.predict(tmp_path / "x.jpg", tmp_path)["query"] == "image"
    (tmp_path / "x.txt").write_text("a caption")
    assert companion(tmp_path / "x.jpg", "text") == tmp_path / "x.txt"
    fields = again.predict(tmp_path / "x.jpg", tmp_path)
    assert fields["with"] == "x.txt"
    assert fields["confidence"] == pytest.approx(max(yes[10], 1 - yes[10]), abs=1e-5)


def test_every_score_is_the_score_of_its_pair() -> None:
    matcher = ImageText.new_matcher().eval()
    first, second = made_pairs(20)
    whole = every_score(matcher, first, second[:, 0])
    with torch.inference_mode():
        own = matcher(torch.from_numpy(first), torch.from_numpy(second[:, 0])).numpy()
    assert np.allclose(whole.diagonal(), own, atol=1e-5)


def test_files_that_are_no_such_model_are_refused(tmp_path: Path) -> None:
    (tmp_path / "towers.safetensors").write_bytes(b"nothing")
    with pytest.raises(ModelError):
        TextImage.load(tmp_path)
    (tmp_path / "bank.npz").write_bytes(b"nothing")
    with pytest.raises(ModelError, match="bank"):
        Bank.load(tmp_path)


def test_ranks_and_recalls_are_counted_right() -> None:
    scores = np.array([[0.9, 0.1, 0.8, 0.2], [0.7, 0.6, 0.5, 0.4]])
    found = ranks(scores, np.array([0, 0, 1, 1]), np.array([0, 1]))
    assert found.tolist() == [1, 3]
    shares = recalls(found, 4, 2)
    assert (shares["recall_at_1"], shares["recall_at_5"]) == (0.5, 1.0)
    assert shares["chance_at_1"] == 0.5


def test_enhancement_learns_to_take_noise_away(tmp_path: Path) -> None:
    """Two tones of a few pitches in noise: after seconds of training the mask helps by more than 2 dB."""
    random, times = np.random.default_rng(0), np.arange(32_000) / 16_000
    waves = [
        (0.3 * np.sin(2 * np.pi * f * times) * (np.sin(2 * np.pi * 2 * times) > 0)).astype(np.float32)
        for f in random.uniform(200, 600, size=24)
    ]
    captions = Captions(waves, np.zeros((24, SEEN), np.float32))
    problem = EnhanceProblem(
        Captions(waves[:18], captions.seen[:18]), Captions(waves[18:], captions.seen[18:]), 0
    )
    torch.manual_seed(0)
    nets = [MaskNet(guided=guided) for guided in (False, True)]
    train(nets[0], problem, 12, 5e-3)
    found = ImageGuidedEnhancer(*nets)
    noisy, clean = captions.noisy(20, 0.0, random)
    assert si_sdr(clean, found.enhance(noisy)) > si_sdr(clean, noisy) + 2.0
    found.save(tmp_path)
    again = ImageGuidedEnhancer.load(tmp_path)
    assert np.array_equal(again.enhance(noisy), found.enhance(noisy))
    seen = np.ones(SEEN, np.float32)
    assert np.array_equal(again.enhance(noisy, seen), found.enhance(noisy, seen))


def test_noise_has_the_level_and_colour_that_was_asked_for() -> None:
    random = np.random.default_rng(0)
    waves = [random.standard_normal(16_000).astype(np.float32) for _ in range(5)]
    noisy, clean = Captions(waves, np.zeros((5, SEEN), np.float32)).noisy(0, 5.0, random)
    noise = noisy - clean
    assert 10 * np.log10((clean**2).mean() / (noise**2).mean()) == pytest.approx(5.0, abs=0.1)
    power = np.abs(np.fft.rfft(pink(2**15, random))) ** 2
    assert 2.5 < 10 * np.log10(power[512:1024].mean() / power[1024:2048].mean()) < 3.5


def made_emotions(count: int, seed: int) -> tuple[Rows, Rows, NDArray[np.str_]]:
    random = np.random.default_rng(seed)
    codes = np.arange(count) % len(LABELS)
    rows = [random.standard_normal((count, 12)).astype(np.float32) for _ in range(2)]
    for row in rows:
        row[np.arange(count), codes] += 1.8
    return rows[0], rows[1], np.array(LABELS)[codes]


def heads() -> Heads:
    words, sound, labels = made_emotions(400, 1)
    of_words, of_sound = (fit_head(rows, labels, (logistic(0.1),))[0] for rows in (words, sound))
    spare = made_emotions(200, 2)
    answers = stack(of_words.probabilities(spare[0]), of_sound.probabilities(spare[1]))
    early, _ = fit_head(np.concatenate([words, sound], axis=1), labels, (logistic(0.1),))
    return Heads(of_words, of_sound, early, fit_head(answers, spare[2], (logistic(0.1),))[0])


def test_fusion_beats_each_side_and_is_the_same_after_reloading(tmp_path: Path) -> None:
    kept = heads()
    words, sound, labels = made_emotions(400, 3)

    def right(found: Rows) -> float:
        return float((np.array(LABELS)[found.argmax(axis=1)] == labels).mean())

    sides = kept.words.probabilities(words), kept.sound.probabilities(sound)
    fused = LearnedFusion(kept, (0.7, 0.7))
    both = fused.probabilities(words, sound)
    assert right(both) > max(right(sides[0]), right(sides[1])) + 0.05
    assert right(late(*sides, (0.7, 0.7))) > max(right(sides[0]), right(sides[1]))
    fused.save(tmp_path)
    again = LearnedFusion.load(tmp_path)
    assert again.reliability == pytest.approx((0.7, 0.7))
    assert np.array_equal(again.probabilities(words, sound), both)


def test_what_does_not_know_counts_little() -> None:
    sure, unsure = np.array([[0.96, 0.01, 0.01, 0.01, 0.01]], np.float32), np.full((1, 5), 0.2, np.float32)
    assert certainty(unsure)[0] == pytest.approx(0.0, abs=1e-5)
    assert certainty(sure)[0] > 0.8
    assert late(sure, unsure, (0.5, 1.0))[0, 0] > 0.9


def test_a_head_of_another_kind_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "words.npz", nothing=np.zeros(3))
    with pytest.raises(ModelError):
        Heads.load(tmp_path)
    assert isinstance(heads().words, LinearHead)


def test_word_errors_are_edits() -> None:
    wanted = words_of("The cat's on the mat!")
    assert wanted == ["the", "cat's", "on", "the", "mat"]
    assert word_errors(wanted, ["the", "cat's", "on", "mat"]) == 1
    assert word_errors(wanted, []) == 5 == word_errors([], wanted)
    assert word_errors(wanted, ["a", "cat's", "on", "the", "big", "mat"]) == 2


def test_widths_are_those_of_the_encoders() -> None:
    assert WIDTHS == {"image": SEEN, "text": READ, "speech": HEARD}


def test_equal_scores_count_half_and_broken_ones_are_refused() -> None:
    found = both_ways(np.zeros((10, 10)))["there"]
    assert found["recall_at_1"] == 0.0 and found["recall_at_5"] == 0.0 and found["median_rank"] == 5.5
    with pytest.raises(ModelError, match="not numbers"):
        both_ways(np.full((4, 4), np.nan))
