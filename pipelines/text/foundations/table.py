"""The foundations of this folder by name."""

from __future__ import annotations

from pipelines.core.foundation import FoundationSpec, FoundationTable

_HERE = "pipelines.text.foundations"
TABLE: FoundationTable = {
    "naive-bayes": FoundationSpec(
        f"{_HERE}.linear:NaiveBayes", "1.2.1", "text classifier: bag of words, Naive Bayes"
    ),
    "text-svm": FoundationSpec(f"{_HERE}.linear:LinearSVM", "1.2.1", "text classifier: TF-IDF, linear SVM"),
}
