"""Neural text classifiers: each learns made reviews, is kept and answers the same; compared on toy data."""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch

from pipelines.text.foundations.networks import NetworkConfig, NetworkKind, TextNetwork
from pipelines.text.foundations.neural import NeuralTextClassifier
from pipelines.text.foundations.vectors import WordVectors
from pipelines.text.foundations.words import WordNumbers
from training.common.datasets import LabelledText
from training.foundations.recipe import Run
from training.foundations.text.network import train_network

WORDS = {"positive": ("good", "fine", "great", "lovely"), "negative": ("bad", "poor", "awful", "dull")}
OTHERS = ["the", "film", "plot", "was", "a", "story", "with", "actors", "and", "music", "that"]
KINDS: tuple[NetworkKind, ...] = ("cnn", "rnn", "lstm", "gru")


def reviews(count: int, seed: int) -> list[LabelledText]:
    """Return sentences in which one word decides, so that a model must find it among ten others."""
    random, out = Random(seed), []
    for number in range(count):
        label = ("positive", "negative")[number % 2]
        words = [*random.choices(OTHERS, k=random.randint(2, 10)), random.choice(WORDS[label])]
        out.append(LabelledText(" ".join(random.sample(words, len(words))), label))
    return out


def trained(kind: NetworkKind, folder: Path, vectors: WordVectors | None = None) -> NeuralTextClassifier:
    run = Run(folder, folder, "sst2", epochs=3, device="cpu")
    return train_network(kind, reviews(400, 0), vectors, run, hidden=32, rate=1e-2)


@pytest.mark.parametrize("kind", KINDS)
def test_learns_is_kept_and_answers_the_same(kind: NetworkKind, tmp_path: Path) -> None:
    model = trained(kind, tmp_path)
    held_out = reviews(100, 1)
    texts = [row.text for row in held_out]
    found = model.probabilities(texts)
    np.testing.assert_allclose(found.sum(1), 1.0, atol=1e-5)
    right = [model.labels[best] == row.label for best, row in zip(found.argmax(1), held_out, strict=True)]
    assert np.mean(right) >= 0.95
    model.save(tmp_path)
    np.testing.assert_array_equal(NeuralTextClassifier.load(tmp_path).probabilities(texts), found)
    file = tmp_path / "review.txt"
    file.write_text("The film was great!", encoding="utf-8")
    assert model.predict(file, tmp_path)["label"] == "positive"


def test_starts_from_word_vectors(tmp_path: Path) -> None:
    """A word that no review has is judged by its neighbour in the vectors."""
    random = np.random.default_rng(0)
    words = ["superb", "horrid", *WORDS["positive"], *WORDS["negative"], *OTHERS]
    matrix = 0.3 * random.normal(size=(len(words), 100))
    for row, word in enumerate(words):
        matrix[row, :20] += 1.0 * (word in (*WORDS["positive"], "superb"))
        matrix[row, :20] -= 1.0 * (word in (*WORDS["negative"], "horrid"))
    model = trained("cnn", tmp_path, WordVectors(words, matrix))
    best = model.probabilities(["the film was superb", "the film was horrid"]).argmax(1)
    assert [model.labels[row] for row in best] == ["positive", "negative"]


@pytest.mark.parametrize("kind", KINDS)
def test_padding_changes_nothing(kind: NetworkKind) -> None:
    torch.manual_seed(0)
    network = TextNetwork(NetworkConfig(kind, 20, 3, width=8, hidden=6)).eval()
    short = torch.tensor([[4, 5, 6, 7, 8, 9]])
    padded = torch.cat([short, torch.zeros(1, 5, dtype=torch.long)], 1)
    with torch.no_grad():
        torch.testing.assert_close(network(short), network(padded))


def test_filters_that_answer_to_nothing_do_not_hear_padding() -> None:
    network = TextNetwork(NetworkConfig("cnn", 20, 3, width=8, hidden=6)).eval()
    with torch.no_grad():
        network.words.weight.abs_()
        for filters in network.encoder.filters:  # type: ignore[union-attr]
            filters.weight.copy_(-filters.weight.abs())
            filters.bias.fill_(3.0)
        for length in (1, 2, 5, 6):
            short = torch.arange(4, 4 + length)[None]
            padded = torch.cat([short, torch.zeros(1, 9, dtype=torch.long)], 1)
            torch.testing.assert_close(network(short), network(padded))


def test_no_word_is_an_unknown_one() -> None:
    words = ("<pad>", "<unknown>", "a")
    model = NeuralTextClassifier(
        TextNetwork(NetworkConfig("gru", 3, 2, width=4, hidden=4)), WordNumbers(words), ["no", "yes"]
    )
    np.testing.assert_array_equal(model.probabilities([" ~~ "]), model.probabilities(["unheard"]))
