"""Ablations and compression on made sentences: trained in seconds, small on disk, the same after reloading."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from pipelines.core.errors import ModelError
from pipelines.text.foundations.tuned.cnn import LENGTH, PADDING, TextCNN, TunedClassifier, Words
from pipelines.text.foundations.tuned.packing import Storage, pack, unpack
from pipelines.text.foundations.tuned.quantised import QuantisedClassifier
from tests.support.reviews import made_reviews
from training.common.schedules import rate_at
from training.feelings.tasks import load_tasks
from training.foundations.recipe import Run
from training.foundations.tuning.ablations import GROUPS, AblationRecipe, keep_best
from training.foundations.tuning.compress import export, pruned, shared, smallest, unseen_by_teacher
from training.foundations.tuning.reports import markdown
from training.foundations.tuning.review_cnn import (
    LABELS,
    PLAIN,
    Reviews,
    Trained,
    Variant,
    accuracy,
    content,
    distilled,
    train_variant,
)

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("tuning")
    return Run(made_reviews(folder), folder / "kept", "sst2", epochs=4)


@pytest.fixture(scope="module")
def trained(run: Run) -> tuple[Trained, Reviews]:
    reviews = Reviews.of(run)
    return train_variant(
        Variant("plain", replace(PLAIN, epochs=5, learning_rate=4e-3)), reviews, run
    ), reviews


def test_the_model_learns_and_is_the_same_after_reloading(
    trained: tuple[Trained, Reviews], tmp_path: Path
) -> None:
    found, reviews = trained
    assert found.row["accuracy"] > 0.9
    assert found.row["kilobytes"] > 50 and found.row["milliseconds"] > 0
    found.classifier.save(tmp_path)
    again = TunedClassifier.load(tmp_path)
    texts = reviews.dev.sentences
    assert np.array_equal(again.probabilities(texts), found.classifier.probabilities(texts))
    file = tmp_path / "a.txt"
    file.write_text("word1 lovely word2", encoding="utf-8")
    assert again.predict(file, tmp_path)["label"] == "positive"


def test_padding_has_no_vector_before_and_after_training(trained: tuple[Trained, Reviews]) -> None:
    assert not TextCNN(4, 2).words.weight[PADDING].any()
    weight = trained[0].classifier.net.words.weight
    assert weight[PADDING + 1 :].any(dim=1).all() and not weight[PADDING].any()


def test_a_student_is_measured_on_sentences_that_its_teacher_never_saw(tmp_path: Path) -> None:
    data = made_reviews(tmp_path, 20)
    dev = ["Seen, in train!", "seen in a tweet", "seen on reddit", "new to both"]
    add_lines(data / "sst2" / "train.tsv", "seen in train .\t1")
    add_lines(data / "sst2" / "dev.tsv", *(f"{text}\t1" for text in dev))
    (data / "emotion").mkdir()
    add_lines(data / "emotion" / "train.txt", "seen in a tweet;joy")
    add_lines(data / "emotion" / "val.txt", "new to both;joy")
    (data / "goemotions").mkdir()
    add_lines(data / "goemotions" / "train.tsv", "Seen on Reddit...\t0\tid")
    add_lines(data / "goemotions" / "dev.tsv", "new to both\t0\tid")
    add_lines(data / "goemotions" / "labels.txt", "admiration")
    run = Run(data, tmp_path / "kept", "sst2")
    measuring = unseen_by_teacher(run).dev.sentences
    learned = {content(text) for task in load_tasks(data, "train") for text in task.texts}
    assert learned.isdisjoint(map(content, measuring))
    assert [text for text in dev if text in measuring] == ["new to both"] and len(measuring) == 11
    assert "seen in a tweet" in Reviews.of(run).dev.sentences, "others have no teacher"


def test_what_chooses_was_not_learned_from(tmp_path: Path) -> None:
    data = made_reviews(tmp_path, 20)
    path = data / "sst2" / "train.tsv"
    lines = path.read_text("utf-8").splitlines()
    lines[10] = lines[1].replace("\t", " !\t")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert list(Reviews.of(Run(data, tmp_path, "sst2")).held.sentences) == [lines[0].split("\t")[0]]


def add_lines(path: Path, *lines: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)


def test_an_ablation_keeps_the_best_and_writes_its_table(run: Run) -> None:
    model = AblationRecipe("ablate-losses").train(replace(run, epochs=1))
    table = (run.folder / "ablation.md").read_text("utf-8")
    assert all(name in table for name in ("cross-entropy", "mean squared error", "focal", "label smoothing"))
    assert (run.folder / "ablation.png").stat().st_size > 1000
    report = AblationRecipe("ablate-losses").evaluate(model, run)
    rows = json.loads((run.folder / "ablation.json").read_text("utf-8"))["rows"]
    best = max(rows, key=lambda row: row["held_back"])
    assert report["accuracy"] == best["accuracy"] and report["predict_ms"] > 0


@pytest.mark.parametrize("name", sorted(GROUPS))
def test_the_variants_of_an_ablation_differ(name: str) -> None:
    variants = GROUPS[name](4)
    assert len({variant.name for variant in variants}) == len(variants) >= 3
    assert len({repr(replace(variant, name="")) for variant in variants}) == len(variants)


def test_pruning_leaves_the_wanted_share_of_zeros_and_less_on_disk(
    trained: tuple[Trained, Reviews], tmp_path: Path
) -> None:
    found, reviews = trained
    net = pruned(found.classifier.net, 0.7)
    zeros = float((net.words.weight == 0).float().mean())
    assert zeros == pytest.approx(0.7, abs=0.03)
    assert accuracy(net, reviews.dev) > 0.85
    assert accuracy(pruned(found.classifier.net, 0.999), reviews.dev) < 0.75, "the curve must come down"
    sizes = [size_of(found.classifier.net, "dense", tmp_path), size_of(net, "sparse", tmp_path)]
    assert sizes[1] < 0.45 * sizes[0]
    assert found.classifier.net.words.weight.count_nonzero() > net.words.weight.count_nonzero()


def size_of(net: TextCNN, storage: Storage, folder: Path) -> int:
    classifier = TunedClassifier(net, Words([]), LABELS, storage)
    classifier.save(folder)
    return (folder / "weights.npz").stat().st_size


def test_shared_weights_are_few_and_small_on_disk(trained: tuple[Trained, Reviews], tmp_path: Path) -> None:
    found, reviews = trained
    net = shared(found.classifier.net, 16, 0)
    assert len(net.words.weight.unique()) <= 16
    assert accuracy(net, reviews.dev) > 0.85
    assert size_of(net, "shared", tmp_path) < 0.25 * size_of(found.classifier.net, "dense", tmp_path)


@pytest.mark.parametrize("storage", ["dense", "sparse", "shared"])
def test_what_is_packed_comes_back(storage: Storage, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    weights = {
        "matrix": random.choice(np.array([0.0, 0.5, -1.25], np.float32), (7, 5, 3)),
        "one": np.full((3, 3), 2.0, np.float32),
        "bias": random.standard_normal(7).astype(np.float32),
    }
    assert pack(weights, tmp_path / "w.npz", storage) == (tmp_path / "w.npz").stat().st_size
    again = unpack(tmp_path / "w.npz")
    assert {name: values.tolist() for name, values in again.items()} == {
        n: v.tolist() for n, v in weights.items()
    }


def test_a_broken_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "w.npz").write_bytes(b"nothing")
    with pytest.raises(ModelError, match="weights"):
        unpack(tmp_path / "w.npz")


def test_int8_answers_nearly_the_same_and_is_smaller(
    trained: tuple[Trained, Reviews], tmp_path: Path
) -> None:
    found, reviews = trained
    export(found.classifier.net, tmp_path / "whole.onnx", tmp_path / "small.onnx")
    assert (tmp_path / "small.onnx").stat().st_size < 0.5 * (tmp_path / "whole.onnx").stat().st_size
    small = QuantisedClassifier((tmp_path / "small.onnx").read_bytes(), reviews.words, LABELS, 1)
    texts = reviews.dev.sentences
    answers = small.probabilities(texts)
    assert np.abs(answers - found.classifier.probabilities(texts)).mean() < 0.05
    small.save(tmp_path)
    assert np.array_equal(QuantisedClassifier.load(tmp_path).probabilities(texts), answers)


def test_a_student_is_pulled_to_its_teacher() -> None:
    hints = torch.tensor([[2.0, -2.0]])
    near, far = torch.tensor([[1.5, -1.5]]), torch.tensor([[-1.5, 1.5]])
    own = torch.tensor(0.0)
    assert distilled(near, hints, own) < distilled(far, hints, own)


def test_the_smallest_within_one_per_cent_is_kept_and_the_best_by_held_back_data(run: Run) -> None:
    def row(name: str, held: float, dev: float) -> Trained:
        net = TunedClassifier(TextCNN(4, 2), Words([]), [name])
        return Trained(net, {"variant": name, "held_back": held, "accuracy": dev})

    curve = [row("0", 0.90, 0.5), row("50", 0.905, 0.5), row("90", 0.892, 0.1), row("98", 0.7, 0.9)]
    assert smallest(curve).labels == ["90"]
    assert keep_best(curve, run).labels == ["50"]


def test_tables_have_a_row_a_variant() -> None:
    lines = markdown([{"variant": "a", "accuracy": 0.812}, {"variant": "b", "accuracy": 0.8, "zeros": 0.5}])
    assert lines[0] == "| variant | accuracy | zeros |"
    assert lines[2:] == ["| a | 81.2 % |  |", "| b | 80.0 % | 50.0 % |"]


def test_the_step_schedule_falls_in_levels() -> None:
    rates = [rate_at(step, 90, 0, "step") for step in range(90)]
    assert rates[:30] == [1.0] * 30
    assert rates[30:60] == pytest.approx([0.1] * 30)
    assert rates[60:] == pytest.approx([0.01] * 30)


def test_texts_are_cut_and_padded() -> None:
    words = Words(["good", "film"])
    row = words.encode(["A good, good film"])[0]
    assert row[:5].tolist() == [1, 2, 1, 2, 3] and not row[5:].any()
    assert words.encode(["good " * 100]).shape == (1, LENGTH)
