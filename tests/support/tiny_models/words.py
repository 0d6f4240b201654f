"""Tokenizers and text classifiers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

TEXTS = [
    "hello world how are you today",
    "a dog runs on the beach with a red ball",
    "I am happy and you are sad",
    "what do you see in the picture",
    "system user assistant",
]


def bpe(specials: list[str], size: int = 400) -> Any:
    """Return a byte-level BPE trained on a few sentences, as a fast tokenizer."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=specials, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tokenizer.train_from_iterator(TEXTS * 4, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer)


def word_pieces(folder: Path) -> Any:
    """Return a BERT tokenizer with a vocabulary of letters and the words of `TEXTS`."""
    from transformers import BertTokenizerFast

    letters = "abcdefghijklmnopqrstuvwxyz"
    words = sorted({word.lower() for text in TEXTS for word in text.split()})
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]
    vocabulary += [c for c in letters if c not in words] + [f"##{c}" for c in letters]
    (folder / "vocab.txt").write_text("\n".join(vocabulary), "utf-8")
    return BertTokenizerFast(
        vocab={word: index for index, word in enumerate(vocabulary)}, model_max_length=64
    )


def _distilbert(folder: Path, labels: list[str]) -> None:
    import torch
    from transformers import DistilBertConfig, DistilBertForSequenceClassification

    torch.manual_seed(1)
    tokenizer = word_pieces(folder)
    config = DistilBertConfig(
        vocab_size=len(tokenizer), dim=32, n_layers=2, n_heads=2, hidden_dim=64, max_position_embeddings=64,
        id2label=dict(enumerate(labels)), label2id={label: i for i, label in enumerate(labels)},
        initializer_range=0.5,
    )  # fmt: skip
    DistilBertForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def sentiment(folder: Path) -> dict[str, Any]:
    _distilbert(folder, ["NEGATIVE", "POSITIVE"])
    return {"model": str(folder)}


def stars(folder: Path) -> dict[str, Any]:
    """The labels of a rating model."""
    _distilbert(folder, ["1 star", "2 stars", "3 stars", "4 stars", "5 stars"])
    return {"model": str(folder)}


def nameless(folder: Path) -> dict[str, Any]:
    """Labels that say nothing."""
    _distilbert(folder, ["LABEL_0", "LABEL_1"])
    return {"model": str(folder)}


def emotion(folder: Path) -> dict[str, Any]:
    """BERT with GoEmotions-like labels."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(2)
    tokenizer = word_pieces(folder)
    labels = ["sadness", "joy", "love", "anger", "fear", "surprise", "curiosity"]
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=64, id2label=dict(enumerate(labels)),
        label2id={label: i for i, label in enumerate(labels)}, initializer_range=0.5,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return {"model": str(folder)}
