"""The reward of captions."""

from __future__ import annotations

import pytest

pytest.importorskip("sklearn")

from pipelines.image.words import END
from training.caption.reward import (
    ODD_PENALTY,
    BleuReward,
    CaptionReward,
    CiderReward,
    OddPairs,
    grams_of,
)

REFERENCES = [
    [[5, 6, 7, 8, 2], [5, 6, 7, 9, 2]],
    [[10, 11, 12, 2], [10, 11, 13, 2]],
    [[14, 15, 2], [14, 16, 2]],
]


def test_grams_are_counted() -> None:
    assert grams_of([1, 2, 1]) == {(1,): 2, (2,): 1, (1, 2): 1, (2, 1): 1, (1, 2, 1): 1}


def test_nearer_sentences_score_higher() -> None:
    reward = CiderReward(REFERENCES)
    same, near, other = (reward.score(0, t) for t in ([5, 6, 7, 8, 2], [5, 6, 9, 2], [10, 11, 12, 2]))
    assert same > near > other == pytest.approx(0.0, abs=1e-6)
    assert reward.score(0, [5, 6, 7, 8, 2] * 4) < same


def test_it_agrees_with_the_standard_package() -> None:
    pytest.importorskip("pycocoevalcap")
    from pycocoevalcap.cider.cider_scorer import CiderScorer

    reward, guesses = CiderReward(REFERENCES), [[5, 6, 7, 9, 2], [10, 12, 13, 2], [14, 15, 2]]
    scorer = CiderScorer(n=4, sigma=6.0)
    for captions, guess in zip(REFERENCES, guesses, strict=True):
        scorer += (" ".join(map(str, guess)), [" ".join(map(str, c)) for c in captions])
    _, standard = scorer.compute_score()
    own = [reward.score(photo, guess) for photo, guess in enumerate(guesses)]
    assert own == pytest.approx(standard.tolist(), rel=1e-6)


def test_bleu_agrees_with_the_standard_package() -> None:
    from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu

    reward, smoothing = BleuReward(REFERENCES), SmoothingFunction().method2
    for tokens in ([5, 6, 7, 9], [5, 6, 7, 8, 5, 6, 7, 8], [5, 20, 7, 8, 21, 6], [7]):
        truth = [caption[:-1] for caption in REFERENCES[0]]
        standard = sentence_bleu(truth, tokens, smoothing_function=smoothing)
        assert reward.score(0, [*tokens, END]) == pytest.approx(standard, rel=1e-9), tokens
    assert reward.score(0, [20, 21, END]) == 0.0 == reward.score(0, [END])


def test_pairs_that_people_avoid_are_odd() -> None:
    in_, a, air, dog, runs = range(4, 9)
    people = [[[a, dog, runs, in_, air, END]] * 40 + [[a, 20, END]]]
    pairs = OddPairs(people)
    assert pairs.count([a, dog, runs, in_, air, END]) == 0
    assert pairs.count([a, dog, in_, a, END]) == 3  # "dog in", "in a", and "a" at the end
    assert pairs.count([a, dog, runs, in_, air]) == 1  # no end
    assert pairs.count([a, 20, 21, END]) == 0  # rare words are no fault
    whole = CaptionReward(people)
    ended, cut = whole.score(0, [a, dog, runs, in_, air, END]), whole.score(0, [a, dog, runs, in_, END])
    assert ended - ODD_PENALTY > cut


def test_captions_that_agree_weigh_more() -> None:
    people = [[[5, 6, 7, END], [5, 6, 7, END], [9, 10, END]], [[11, 12, END], [13, END], [14, 15, 16, END]]]
    first, second = CaptionReward(people).consensus(people)
    assert first[0] == pytest.approx(first[1]) and first[0] > 1.0 > first[2]
    assert second.min() >= 0.25 and second.dtype == "float32"
