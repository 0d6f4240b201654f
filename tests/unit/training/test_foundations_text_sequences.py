"""Encoder-decoders and their made data: disjoint splits, masks, learning, keeping; n-grams are chances."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from random import Random
from typing import Literal

import numpy as np
import pytest
import torch

from pipelines.text.foundations.seq2seq import RecurrentNetwork, Seq2Seq
from pipelines.text.foundations.sequence import SequenceConfig, SequenceModel, SequenceNetwork
from pipelines.text.foundations.transformer import Transformer, TransformerNetwork
from training.foundations.recipe import Run
from training.foundations.text.ngram import KneserNey
from training.foundations.text.normalise import (
    DATE_FORMS,
    Pair,
    is_held_out,
    pairs_of,
    spoken,
    spoken_ordinal,
    spoken_year,
)
from training.foundations.text.sequences import exact_match, train_sequences

Name = Literal["seq2seq", "transformer"]


@pytest.mark.parametrize(
    ("number", "joiner", "words"),
    [
        (0, "", "zero"),
        (13, "", "thirteen"),
        (80, "", "eighty"),
        (105, "and", "one hundred and five"),
        (312_005, "and", "three hundred and twelve thousand five"),
        (999_999, "", "nine hundred ninety nine thousand nine hundred ninety nine"),
    ],
)
def test_spoken_numbers(number: int, joiner: str, words: str) -> None:
    assert spoken(number, joiner) == words


def test_spoken_dates() -> None:
    assert [spoken_ordinal(day) for day in (1, 12, 20, 22, 31)] == [
        "first",
        "twelfth",
        "twentieth",
        "twenty second",
        "thirty first",
    ]
    years = [spoken_year(year) for year in (1905, 1984, 1900, 2000, 2007, 2021)]
    assert years[:3] == ["nineteen oh five", "nineteen eighty four", "nineteen hundred"]
    assert years[3:] == ["two thousand", "two thousand and seven", "twenty twenty one"]


def test_every_form_names_the_same_day() -> None:
    forms = [form(date(2021, 9, 3)) for form in DATE_FORMS]
    assert len(set(forms)) == len(forms)
    assert {"the 3rd of September 2021", "9/3/2021", "3.9.2021", "Friday, September 3, 2021"} <= set(forms)


@pytest.mark.parametrize("task", ["dates", "numbers"])
def test_no_held_out_value_is_trained_on(task: str) -> None:
    seen, kept = ({p.target for p in pairs_of(task, 3000, Random(0), s)} for s in ("train", "held-out"))
    assert not seen & kept
    assert 0.19 < np.mean([is_held_out(value) for value in range(10_000)]) < 0.21
    assert not is_held_out(0), "no other number has the word zero"


def network(kind: type[SequenceNetwork]) -> SequenceNetwork:
    torch.manual_seed(0)
    return kind(SequenceConfig(12, 9, 16, 6)).eval()


@pytest.mark.parametrize("kind", [RecurrentNetwork, TransformerNetwork])
def test_a_place_sees_only_earlier_ones_and_no_padding(kind: type[SequenceNetwork]) -> None:
    model = network(kind)
    source, target = torch.tensor([[4, 5, 6]]), torch.tensor([[2, 4, 5, 6]])
    with torch.no_grad():
        scores, attention = model(source, target)
        other, _ = model(torch.tensor([[4, 5, 6, 0, 0]]), torch.tensor([[2, 4, 8, 8]]))
    torch.testing.assert_close(scores[:, :2], other[:, :2])
    assert (scores[:, 2:] - other[:, 2:]).abs().max() > 1e-3
    torch.testing.assert_close(attention.sum(2), torch.ones(1, 4))


@pytest.mark.parametrize(("name", "kind"), [("seq2seq", Seq2Seq), ("transformer", Transformer)])
def test_learns_to_write_backwards(name: Name, kind: type[SequenceModel], tmp_path: Path) -> None:
    random = Random(0)
    numbers = random.sample(range(1000), 1000)
    pairs = [Pair(f"{number:03d}", f"{number:03d}"[::-1]) for number in numbers]
    run = Run(tmp_path, tmp_path, "numbers", epochs=8, device="cpu")
    model = train_sequences(name, pairs[:900], run, width=32)
    assert exact_match(model, pairs[900:]) >= 0.9
    model.save(tmp_path)
    again = kind.load(tmp_path)
    sources = [pair.source for pair in pairs[900:]]
    assert again.transform(sources) == model.transform(sources)
    file = tmp_path / "lines.txt"
    file.write_text("123\n987\n", encoding="utf-8")
    fields = again.predict(file, tmp_path)
    assert [row["query"] for row in fields["answers"]] == ["123", "987"]
    assert Path(fields["attention"]).read_bytes().startswith(b"\x89PNG")


def test_ngrams_are_chances_and_learn() -> None:
    random = np.random.default_rng(0)
    rows = [[0, *np.cumsum(random.integers(1, 3, 8)) % 6] for _ in range(200)]
    known = KneserNey(3, 6).fit(rows)
    for context in ([0], [3], [2, 3], [5, 5], []):
        assert sum(known.chance(context, token) for token in range(6)) == pytest.approx(1.0)
    assert known.perplexity(rows) < 2.6 < KneserNey(1, 6).fit(rows).perplexity(rows)
    assert known.chance([1, 2], 5) > 0


def test_ngrams_know_how_rows_begin() -> None:
    known = KneserNey(3, 6).fit([[2, 4, token, 5] for token in (0, 1, 3)] * 4)
    assert known.chance([2], 4) > 0.9
    assert sum(known.chance([2], token) for token in range(6)) == pytest.approx(1.0)
