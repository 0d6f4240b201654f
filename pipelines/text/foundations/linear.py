"""Traditional text classifiers: bag of words with Naive Bayes, TF-IDF with a support vector machine.

Sources: McCallum and Nigam, 1998, "A comparison of event models for naive Bayes text classification";
Joachims, 1998, "Text categorization with support vector machines".
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import skops.io
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import Pipeline
from sklearn.svm import LinearSVC

from pipelines.core.foundation import Fields
from pipelines.text.foundations.fields import class_fields
from pipelines.textfile import read_text

FILE = "model.skops"
TRUSTED = ("sklearn.calibration._CalibratedClassifier", "sklearn.calibration._SigmoidCalibration")


class LinearTextClassifier:
    """A scikit-learn pipeline from texts to class probabilities.

    Attributes:
        steps: The pipeline, fitted by `fit`; its vectorizer cleans and cuts the text itself.
    """

    def __init__(self, steps: Pipeline) -> None:
        self.steps = steps

    @property
    def labels(self) -> list[str]:
        """The classes, in the order of the columns of `probabilities`."""
        return [str(label) for label in self.steps.classes_]

    @property
    def parameters(self) -> int:
        """Numbers that the vectorizer and the classifier learned."""
        return _count(self.steps)

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> Self:
        """Learn from texts and their labels."""
        self.steps.fit(list(texts), list(labels))
        return self

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return class probabilities, float64 (texts, classes); rows sum to 1."""
        found: NDArray[np.float64] = self.steps.predict_proba(list(texts))
        return found

    def save(self, folder: Path) -> None:
        """Write `model.skops`."""
        skops.io.dump(self.steps, folder / FILE)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return the saved classifier; refuses types that scikit-learn's pipelines do not need."""
        return cls(skops.io.load(folder / FILE, trusted=list(TRUSTED)))

    def predict(self, file: Path, out: Path) -> Fields:
        """Fields `label`, `confidence`, `scores` of a text file."""
        del out
        return class_fields(self.labels, self.probabilities([read_text(file)])[0])


class NaiveBayes(LinearTextClassifier):
    """Words and pairs of words, multinomial Naive Bayes with Lidstone smoothing."""

    @classmethod
    def new(cls) -> Self:
        """Return an untrained one."""
        words = CountVectorizer(ngram_range=(1, 2), binary=True)
        return cls(Pipeline([("words", words), ("classifier", MultinomialNB(alpha=0.5))]))


class LinearSVM(LinearTextClassifier):
    """TF-IDF of words and pairs of words, linear SVM, Platt's sigmoid for probabilities."""

    @classmethod
    def new(cls) -> Self:
        """Return an untrained one."""
        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
        classifier = CalibratedClassifierCV(LinearSVC(C=0.5), cv=3, ensemble=False)
        return cls(Pipeline([("words", words), ("classifier", classifier)]))


def _count(steps: Pipeline) -> int:
    arrays: list[Any] = []
    for _, step in steps.steps:
        inner = getattr(step, "calibrated_classifiers_", None)
        for estimator in [each.estimator for each in inner] if inner else [step]:
            arrays += [getattr(estimator, name, None) for name in ("feature_log_prob_", "coef_", "idf_")]
    return int(sum(np.size(array) for array in arrays if array is not None))
