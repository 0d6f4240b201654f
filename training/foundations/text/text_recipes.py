"""The recipes of this family by name."""

from __future__ import annotations

from training.foundations.recipe import RecipeSpec, RecipeTable

_HERE = "training.foundations.text"
_CLASSES = ("sst2", "emotion")
_CLASSIFIERS: RecipeTable = {
    name: RecipeSpec(f"{_HERE}.classify:LinearRecipe", "1.2.1", help_, _CLASSES, (name,), compared=True)
    for name, help_ in (
        ("naive-bayes", "Naive Bayes on words and pairs of words"),
        ("text-svm", "linear SVM on TF-IDF of words and pairs of words"),
    )
}
_NETWORKS: RecipeTable = {
    f"text-{kind}": RecipeSpec(
        f"{_HERE}.network:NetworkRecipe", "1.2.2", help_, _CLASSES, (kind,), compared=True
    )
    for kind, help_ in (
        ("cnn", "convolutions over word vectors"),
        ("rnn", "simple recurrent network over word vectors"),
        ("lstm", "long short-term memory over word vectors"),
        ("gru", "gated recurrent units over word vectors"),
    )
}
_EMBEDDINGS: RecipeTable = {
    name: RecipeSpec(f"{_HERE}.embeddings:EmbeddingRecipe", chapter, help_, ("joined",), (name,))
    for name, chapter, help_ in (
        ("lsa", "1.1.2", "word vectors by truncated SVD of TF-IDF"),
        ("nmf", "1.1.2", "word vectors by non-negative factorisation of TF-IDF"),
        ("word2vec-skipgram", "1.1.2", "word vectors that guess the words around a word"),
        ("word2vec-cbow", "1.1.2", "word vectors that guess a word from those around it"),
        ("glove", "1.1.3", "word vectors from counts of words near each other"),
        ("lstm-embeddings", "1.1.2", "word vectors that an LSTM language model learns"),
    )
}
_GENERATORS: RecipeTable = {
    "seq2seq": RecipeSpec(
        f"{_HERE}.sequences:SequenceRecipe",
        "1.3.1",
        "recurrent encoder-decoder with attention",
        ("dates", "numbers", "dialogue"),
        ("seq2seq",),
    ),
    "transformer": RecipeSpec(
        f"{_HERE}.sequences:SequenceRecipe",
        "1.3.2",
        "Transformer encoder-decoder",
        ("dates", "numbers"),
        ("transformer",),
    ),
    "gpt": RecipeSpec(f"{_HERE}.gpt:GPTRecipe", "1.3.2", "small GPT on everyday dialogue", ("dialogue",)),
}
TABLE: RecipeTable = {**_EMBEDDINGS, **_CLASSIFIERS, **_NETWORKS, **_GENERATORS}
