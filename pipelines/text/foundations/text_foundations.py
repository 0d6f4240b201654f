"""The foundations of this folder by name."""

from __future__ import annotations

from pipelines.core.foundation import FoundationSpec, FoundationTable

_HERE = "pipelines.text.foundations"
_NETWORK = f"{_HERE}.neural:NeuralTextClassifier"
_VECTORS = f"{_HERE}.vectors:WordVectors"
TABLE: FoundationTable = {
    "text-clean": FoundationSpec(
        f"{_HERE}.cleaning:clean_file", "1.1.1", "cleaned words of a text or HTML file", learned=False
    ),
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
    "text-cnn": FoundationSpec(_NETWORK, "1.2.2", "text classifier: convolutional network"),
    "text-rnn": FoundationSpec(_NETWORK, "1.2.2", "text classifier: simple recurrent network"),
    "text-lstm": FoundationSpec(_NETWORK, "1.2.2", "text classifier: long short-term memory"),
    "text-gru": FoundationSpec(_NETWORK, "1.2.2", "text classifier: gated recurrent units"),
    "seq2seq": FoundationSpec(
        f"{_HERE}.seq2seq:Seq2Seq", "1.3.1", "a line to a line: recurrent encoder-decoder with attention"
    ),
    "transformer": FoundationSpec(
        f"{_HERE}.transformer:Transformer", "1.3.2", "a line to a line: Transformer encoder-decoder"
    ),
    "explain-shap": FoundationSpec(
        f"{_HERE}.shapley:explain_shap",
        "7",
        "Shapley values of words for text-svm, beside occlusion",
        learned=False,
    ),
    "gpt": FoundationSpec(f"{_HERE}.dialogue:DialogueGPT", "1.3.2", "the next turn of a dialogue: small GPT"),
}
