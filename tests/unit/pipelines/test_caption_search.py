"""Words of captions and the beam search, on a scripted decoder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines.core.cancel import CancelToken
from pipelines.core.errors import Cancelled
from pipelines.image.beam import beam_search
from pipelines.image.words import END, SPECIAL, START, UNKNOWN, Vocabulary, tokenize

WORDS = Vocabulary((*SPECIAL, "a", "dog", "cat", "runs", "'s"))
A, DOG, CAT, RUNS, S = range(4, 9)
TABLE = {
    START: {A: 0.6, CAT: 0.4},
    A: {DOG: 0.55, CAT: 0.45},
    DOG: {END: 0.5, RUNS: 0.5},
    CAT: {END: 0.99, RUNS: 0.01},
    RUNS: {END: 0.7, RUNS: 0.3},
}


class Decoder:
    """A step session: the next word's probabilities by the last word, in a table."""

    def __init__(self, table: dict[int, dict[int, float]] = TABLE) -> None:
        self.table = table

    def run(self, names: Any, given: dict[str, Any]) -> list[Any]:
        assert given["place"].tolist() == [given["past_keys"].shape[3]]
        scores = np.full((len(given["token"]), len(WORDS.words)), -np.inf, np.float32)
        for row, token in enumerate(given["token"]):
            for word, chance in self.table[int(token)].items():
                scores[row, word] = np.log(chance)
        grown = [
            np.concatenate(
                [given[name], np.repeat(given["token"], 4).reshape(1, -1, 1, 1, 4).astype(np.float32)], 3
            )
            for name in ("past_keys", "past_values")
        ]
        return [scores, *grown]


def search(**options: Any) -> list[Any]:
    picture = np.zeros((1, 1, 81, 4), np.float32)
    return beam_search(Decoder(), picture, picture, **{"beams": 3, "longest": 6, **options})


def test_beam_search_finds_what_greedy_misses() -> None:
    best = search()[0]
    assert best.tokens in {(A, CAT, END), (CAT, END)}
    greedy = search(beams=1)[0]
    assert greedy.tokens[:2] == (A, DOG)
    assert best.score >= greedy.score


def test_scores_are_those_of_the_table() -> None:
    found = {h.tokens: h.log_probability for h in search(beams=5)}
    assert found[(A, DOG, END)] == pytest.approx(np.log(0.6 * 0.55 * 0.5), abs=1e-5)
    assert found[(CAT, END)] == pytest.approx(np.log(0.4 * 0.99), abs=1e-5)


def test_a_sentence_that_never_ends_is_cut() -> None:
    picture = np.zeros((1, 1, 81, 4), np.float32)
    found = beam_search(
        Decoder({START: {RUNS: 1.0}, RUNS: {RUNS: 1.0}}), picture, picture, beams=2, longest=5
    )
    assert found[0].tokens == (RUNS,) * 5


def test_cancel_ends_the_search() -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        search(cancel=token)


def test_words_and_back(tmp_path: Path) -> None:
    assert tokenize("A man's T-shirt, 2 dogs!") == ["a", "man", "'s", "t-shirt", "2", "dogs"]
    built = Vocabulary.build(["A dog runs.", "a dog", "a cat"], least=2)
    assert built.words == (*SPECIAL, "a", "dog")
    assert built.encode("A dog sleeps") == [START, 4, 5, UNKNOWN, END]
    assert WORDS.sentence([A, DOG, S, CAT, END]) == "A dog's cat."
    assert WORDS.sentence([END]) == ""
    WORDS.write(tmp_path / "words.json")
    assert Vocabulary.read(tmp_path / "words.json") == WORDS
