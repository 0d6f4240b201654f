"""The reward of captions."""

from __future__ import annotations

import pytest

pytest.importorskip("sklearn")

from training.caption.reward import CiderReward, grams_of

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
