"""Recipes that make a trained model smaller: pruning, weight sharing, int8, distillation."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.utils import prune
from tqdm import tqdm

from pipelines.text.foundations.tuned.cnn import LENGTH, TextCNN, TunedClassifier, write_weights
from pipelines.text.foundations.tuned.quantised import QuantisedClassifier
from training.feelings.tasks import load_tasks
from training.foundations.recipe import Metrics, Run
from training.foundations.tuning.ablations import dev_report
from training.foundations.tuning.reports import draw_curve, publish
from training.foundations.tuning.review_cnn import (
    LABELS,
    PLAIN,
    Reviews,
    Trained,
    Variant,
    epochs_of,
    measured,
    result_path,
    train_variant,
)

ZEROS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98)
VALUES = (256, 64, 16, 8, 4, 2)
DROP = 0.01
"""Accuracy on held-back sentences that a smaller model may lose to be kept."""
WIDTH, CHANNELS = 24, 16
"""Of the student: a word's vector, and each convolution."""
SEEN = 200_000
"""Weights that k-means looks at; the rest take the nearest value."""


def base(run: Run, reviews: Reviews) -> Trained:
    """Return the model that is made smaller: dropout, cosine, the best epoch."""
    config = replace(PLAIN, epochs=epochs_of(run), decay="cosine", seed=run.seed, learning_rate=2e-3)
    return train_variant(Variant("dense", config, dropout=0.5), reviews, run)


class PruneRecipe:
    """The smallest weights of each matrix become zeros (Han et al., 2015, arXiv:1506.02626)."""

    def train(self, run: Run) -> TunedClassifier:
        """Train once, prune at rising shares, publish the curve, keep the sparsest within 1 %."""
        reviews = Reviews.of(run)
        dense, found = base(run, reviews), []
        for share in ZEROS:
            net = pruned(dense.classifier.net, share)
            found.append(_stored(net, f"{100 * share:.0f} % zeros", "sparse", reviews, run, {"zeros": share}))
        rows = [dense.row, *(each.row for each in found)]
        publish(rows, run)
        draw_curve([each.row for each in found], "zeros", "share of zeros", result_path(run, "curve.png"))
        return smallest(found)

    def evaluate(self, model: Any, run: Run) -> Metrics:
        """Report on SST-2's dev sentences."""
        return dev_report(model, Reviews.of(run))


def pruned(net: TextCNN, share: float) -> TextCNN:
    """Return a copy in which the smallest `share` of each matrix is zero."""
    copied = copy.deepcopy(net)
    for module in _weighted(copied):
        prune.l1_unstructured(module, "weight", amount=share)
        prune.remove(module, "weight")
    return copied


class SharingRecipe:
    """The weights of each matrix take one of a few values, found by k-means (Han et al., 2016)."""

    def train(self, run: Run) -> TunedClassifier:
        """Train once, share at falling numbers of values, publish the curve, keep the smallest within 1 %."""
        reviews = Reviews.of(run)
        dense, found = base(run, reviews), []
        for values in tqdm(VALUES, unit="codebook"):
            net = shared(dense.classifier.net, values, run.seed)
            found.append(_stored(net, f"{values} values", "shared", reviews, run, {"values": values}))
        publish([dense.row, *(each.row for each in found)], run)
        draw_curve([each.row for each in found], "values", "distinct weights", result_path(run, "curve.png"))
        return smallest(found)

    def evaluate(self, model: Any, run: Run) -> Metrics:
        """Report on SST-2's dev sentences."""
        return dev_report(model, Reviews.of(run))


def shared(net: TextCNN, values: int, seed: int) -> TextCNN:
    """Return a copy in which each matrix has at most so many distinct weights."""
    copied = copy.deepcopy(net)
    for module in _weighted(copied):
        weight = module.weight.data
        module.weight.data = torch.from_numpy(_shared(weight.numpy(), values, seed))
    return copied


def _shared(weight: NDArray[np.float32], values: int, seed: int) -> NDArray[np.float32]:
    from sklearn.cluster import KMeans

    flat = weight.reshape(-1, 1)
    drawn = np.random.default_rng(seed).permutation(len(flat))[:SEEN]
    starts = np.linspace(flat.min(), flat.max(), values, dtype=np.float32)[
        :, None
    ]  # Han et al.: evenly spaced
    book = np.sort(KMeans(values, init=starts, n_init=1, max_iter=30).fit(flat[drawn]).cluster_centers_[:, 0])
    nearest = np.searchsorted((book[1:] + book[:-1]) / 2, flat[:, 0])
    return book[nearest].astype(np.float32).reshape(weight.shape)


class QuantiseRecipe:
    """Int8 weights and activations (Jacob et al., 2018) by ONNX Runtime, beside the graph in float32."""

    def train(self, run: Run) -> QuantisedClassifier:
        """Train once, export, quantise, publish the table; return the int8 graph."""
        reviews = Reviews.of(run)
        dense = base(run, reviews)
        graphs = {
            "ONNX, float32": result_path(run, "float.onnx"),
            "ONNX, int8": result_path(run, "int8.onnx"),
        }
        export(dense.classifier.net, *graphs.values())
        classifiers = {
            name: QuantisedClassifier(path.read_bytes(), reviews.words, LABELS, dense.classifier.parameters)
            for name, path in graphs.items()
        }
        sizes = {name: path.stat().st_size for name, path in graphs.items()}
        rows = [measured(name, found, reviews, sizes[name]) for name, found in classifiers.items()]
        publish([dense.row, *rows], run)
        named = [
            {**dense.row, "kind": "PyTorch, float32"},
            *({**row, "kind": row["variant"]} for row in rows),
        ]
        draw_curve(named, "kind", "", result_path(run, "curve.png"))
        return classifiers["ONNX, int8"]

    def evaluate(self, model: Any, run: Run) -> Metrics:
        """Report on SST-2's dev sentences."""
        return dev_report(model, Reviews.of(run))


def export(net: TextCNN, whole: Path, small: Path) -> None:
    """Write the network as ONNX in float32 and in int8."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    torch.onnx.export(
        net,
        (torch.zeros((1, LENGTH), dtype=torch.int64),),
        str(whole),
        input_names=["numbers"],
        output_names=["scores"],
        dynamic_axes={"numbers": {0: "texts"}, "scores": {0: "texts"}},
        dynamo=False,
    )
    quantize_dynamic(whole, small, weight_type=QuantType.QUInt8)


class DistilRecipe:
    """A small CNN taught by the app's own sentiment model, beside the same CNN without a teacher."""

    def train(self, run: Run) -> TunedClassifier:
        """Ask the teacher about every training sentence, train both students, publish, return the taught."""
        reviews = unseen_by_teacher(run)
        hints, teacher = taught(reviews)
        config = replace(PLAIN, epochs=epochs_of(run), decay="cosine", seed=run.seed, learning_rate=2e-3)
        found = [
            train_variant(
                Variant(name, config, dropout=0.3), reviews, run, hints=given, width=WIDTH, channels=CHANNELS
            )
            for name, given in (("student alone", None), ("student taught", hints))
        ]
        publish([teacher, *(each.row for each in found)], run)
        return found[-1].classifier

    def evaluate(self, model: Any, run: Run) -> Metrics:
        """Report on SST-2's dev sentences."""
        return dev_report(model, unseen_by_teacher(run))


def unseen_by_teacher(run: Run) -> Reviews:
    """Return the data without the dev sentences that the app's sentiment model was trained on anywhere."""
    return Reviews.of(run, (text for task in load_tasks(run.data, "train") for text in task.texts))


def taught(reviews: Reviews) -> tuple[NDArray[np.float32], dict[str, Any]]:
    """Return the teacher's scores of the training sentences, float32 (n, 2), and its row."""
    from pipelines.backends import default_registry
    from pipelines.core.types import Stage

    registry = default_registry()
    teacher = registry.get(Stage.SENTIMENT)

    def probabilities(texts: Sequence[str]) -> NDArray[np.float64]:
        found = [teacher.classify(text) for text in tqdm(texts, unit="sentence", disable=len(texts) < 2)]
        positive = np.array([f.score if f.label == "positive" else 1.0 - f.score for f in found])
        return np.stack([1.0 - positive, positive], axis=1)

    answers = probabilities(reviews.train.sentences)
    size = sum(file.stat().st_size for file in registry.store.path("feelings").iterdir() if file.is_file())
    row = measured(f"teacher: {teacher.model}", _Teacher(probabilities), reviews, size)
    del row["held_back"]  # of which it has seen the most: it trained on this split with other rows held back
    return np.log(np.clip(answers, 1e-4, 1.0)).astype(np.float32), row


class _Teacher:
    def __init__(self, probabilities: Any) -> None:
        self.probabilities = probabilities


def _weighted(net: TextCNN) -> list[Any]:
    return [module for module in net.modules() if isinstance(module, nn.Embedding | nn.Conv1d | nn.Linear)]


def _stored(
    net: TextCNN, name: str, storage: Any, reviews: Reviews, run: Run, more: dict[str, Any]
) -> Trained:
    classifier = TunedClassifier(net, reviews.words, LABELS, storage)
    size = write_weights(net, result_path(run, "size.npz"), storage)
    return Trained(classifier, {**measured(name, classifier, reviews, size), **more})


def smallest(found: Sequence[Trained]) -> TunedClassifier:
    """Return the last of ever smaller models that lost at most 1 % of held-back accuracy to the first."""
    least = found[0].row["held_back"] - DROP
    return [each for each in found if each.row["held_back"] >= least][-1].classifier
