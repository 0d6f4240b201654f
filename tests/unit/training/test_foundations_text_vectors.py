"""Word vectors: every method learns two topics of a made corpus; queries, files and judgements."""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import pytest

from pipelines.core.errors import InputError
from pipelines.text.foundations.vectors import WordVectors, plot_words
from training.foundations.recipe import Run
from training.foundations.text.embeddings import factorised, glove, lstm, word2vec
from training.foundations.text.glove import cooccurrences
from training.foundations.text.word_groups import purity, word_list, word_similarity

TOPICS = {
    "sea": ["boat", "fish", "wave", "sailor", "harbour", "sand", "gull", "shell"],
    "kitchen": ["pan", "oven", "spoon", "soup", "bread", "salt", "cook", "plate"],
}


@pytest.fixture(scope="module")
def corpus() -> list[list[str]]:
    random = Random(0)
    return [random.choices(words, k=6) for _ in range(400) for words in TOPICS.values()]


@pytest.mark.parametrize("name", ["lsa", "nmf"])
def test_factorisations_learn_topics(name: str, corpus: list[list[str]]) -> None:
    found = factorised(corpus, name, epochs=20, width=2)
    assert purity(found, TOPICS)["purity"] == 1.0
    assert name == "lsa" or found.matrix.min() >= 0


@pytest.mark.parametrize("skip_gram", [True, False])
def test_word2vec_learns_topics(skip_gram: bool, corpus: list[list[str]]) -> None:
    found = word2vec(corpus, skip_gram=skip_gram, epochs=20, width=8, sample=0.0)
    assert purity(found, TOPICS)["purity"] >= 0.9


def test_glove_learns_topics(corpus: list[list[str]]) -> None:
    assert purity(glove(corpus, epochs=15, width=4), TOPICS)["purity"] >= 0.9


def test_lstm_learns_topics(corpus: list[list[str]], tmp_path: Path) -> None:
    found = lstm(corpus * 2, Run(tmp_path, tmp_path, "joined", device="cpu"), epochs=5, width=16)
    assert purity(found, TOPICS)["purity"] >= 0.9


def test_shuffled_vectors_fail_the_check() -> None:
    words = [word for members in TOPICS.values() for word in members]
    found = purity(WordVectors(words, np.random.default_rng(0).normal(size=(16, 8))), TOPICS)
    assert found["purity"] < 0.8 and found["purity_by_chance"] == pytest.approx(7 / 15, abs=1e-3)


def test_cooccurrences_weigh_by_distance() -> None:
    counts = cooccurrences([[0, 1, -1, 2]], 3, window=3)
    expected = [[0, 1, 1 / 3], [1, 0, 1 / 2], [1 / 3, 1 / 2, 0]]
    np.testing.assert_allclose(counts.toarray(), expected, rtol=1e-6)


@pytest.fixture
def royal() -> WordVectors:
    words = ("man", "king", "woman", "queen", "apple")
    return WordVectors(words, np.array([[1, 0, 0], [1, 1, 0], [1, 0, 1], [1, 1, 1], [-1, 0.2, 0]]))


def test_queries(royal: WordVectors) -> None:
    assert royal.analogy("man", "king", "woman", 1)[0][0] == "queen"
    assert royal.nearest("King", 1)[0] == ("queen", pytest.approx(2 / 6**0.5, abs=1e-4))
    assert royal.similarity("man", "king") == pytest.approx(0.5**0.5)
    assert len(royal.nearest("man", 99)) == 4


def test_a_file_of_queries_and_a_reload_that_answers_the_same(royal: WordVectors, tmp_path: Path) -> None:
    file = tmp_path / "queries.txt"
    file.write_text("near: king\nanalogy: man king woman\n\nsimilar: man king\nplot: man king queen\n")
    royal.save(tmp_path)
    fields = WordVectors.load(tmp_path).predict(file, tmp_path)
    assert fields == royal.predict(file, tmp_path)
    answers = [row["answer"] for row in fields["answers"]]
    assert next(iter(answers[1])) == "queen" and answers[2] == pytest.approx(0.7071)
    assert Path(answers[3]).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("line", ["near: unicorn", "near", "far: man", "analogy: man king", "plot: man king"])
def test_other_lines_are_refused(royal: WordVectors, line: str, tmp_path: Path) -> None:
    file = tmp_path / "queries.txt"
    file.write_text(line)
    with pytest.raises(InputError) as caught:
        royal.predict(file, tmp_path)
    assert caught.value.allowed


def test_plane_of_neighbours(royal: WordVectors, tmp_path: Path) -> None:
    plot_words(royal, {"people": ["man", "king", "woman"], "fruit": ["apple"]}, tmp_path / "a.png", "tsne")
    assert (tmp_path / "a.png").stat().st_size > 2000


def test_rank_correlation_of_a_list(tmp_path: Path) -> None:
    path = tmp_path / "list.tsv"
    path.write_text("# head\na\tb\t9\nA\tc\t5.5\na\td\t1\na\tunknown\t4\n")
    vectors = WordVectors(("a", "b", "c", "d"), np.array([[1, 0], [1, 0.1], [1, 1], [0, 1]]))
    assert word_similarity(vectors, path, 2) == {"spearman": 1.0, "pairs": 3, "of": 4}


@pytest.mark.parametrize(("name", "count"), [("wordsim353", 353), ("simlex999", 999)])
def test_public_lists_are_there(name: str, count: int, royal: WordVectors) -> None:
    assert word_similarity(royal, *word_list(name))["of"] == count
