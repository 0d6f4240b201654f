"""The foundations of this folder by name."""

from __future__ import annotations

from pipelines.core.foundation import FoundationSpec, FoundationTable

_HERE = "pipelines.text.foundations"
_VECTORS = f"{_HERE}.vectors:WordVectors"
TABLE: FoundationTable = {
    "lsa": FoundationSpec(_VECTORS, "1.1.2", "word vectors: truncated SVD"),
    "nmf": FoundationSpec(_VECTORS, "1.1.2", "word vectors: non-negative matrix factorisation"),
    "word2vec-skipgram": FoundationSpec(_VECTORS, "1.1.2", "word vectors: word2vec, skip-gram"),
    "word2vec-cbow": FoundationSpec(_VECTORS, "1.1.2", "word vectors: word2vec, continuous bag of words"),
    "glove": FoundationSpec(_VECTORS, "1.1.3", "word vectors: GloVe"),
    "lstm-embeddings": FoundationSpec(_VECTORS, "1.1.2", "word vectors: of an LSTM language model"),
    "naive-bayes": FoundationSpec(
        f"{_HERE}.linear:NaiveBayes", "1.2.1", "text classifier: bag of words, Naive Bayes"
    ),
    "text-svm": FoundationSpec(f"{_HERE}.linear:LinearSVM", "1.2.1", "text classifier: TF-IDF, linear SVM"),
}
