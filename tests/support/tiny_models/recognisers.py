"""Transcribers and classifiers of voices.

The transcribers' last normalisation is set so that every step prefers the same word and, among the
languages, German: what they "hear" is known.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

WORD, LANGUAGE = " hello", "de"
LETTERS = ["<pad>", "<s>", "</s>", "<unk>", "|", *"abcdefghijklmnopqrstuvwxyz'"]
EMOTIONS = ["neu", "hap", "ang", "sad"]


def prefer(embedding: Any, norm: Any, word: int, language: int) -> None:
    """Make a decoder's last normalisation ask for `word`, and for `language` where words are not allowed."""
    embedding[[word, language]] *= 6
    norm.weight.zero_()
    norm.bias.copy_(2 * embedding[word] + embedding[language])


def openai_whisper(folder: Path) -> dict[str, Any]:
    """A checkpoint in OpenAI's own format."""
    import torch
    from whisper.model import ModelDimensions, Whisper
    from whisper.tokenizer import get_tokenizer

    torch.manual_seed(3)
    dims = ModelDimensions(
        n_mels=80, n_audio_ctx=1500, n_audio_state=16, n_audio_head=2, n_audio_layer=1,
        n_vocab=51865, n_text_ctx=32, n_text_state=16, n_text_head=2, n_text_layer=1,
    )  # fmt: skip
    net = Whisper(dims)
    tokenizer = get_tokenizer(multilingual=True, num_languages=99)
    word, language = tokenizer.encode(WORD)[0], tokenizer.to_language_token(LANGUAGE)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.normal_(0.0, 0.3)
        prefer(net.decoder.token_embedding.weight, net.decoder.ln, word, language)
    path = folder / "tiny.pt"
    torch.save({"dims": dims.__dict__, "model_state_dict": net.state_dict()}, path)
    return {"model": str(path)}


def whisper(folder: Path) -> dict[str, Any]:
    import torch
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import (
        GenerationConfig,
        WhisperConfig,
        WhisperFeatureExtractor,
        WhisperForConditionalGeneration,
        WhisperTokenizer,
    )

    letters = ByteLevel.alphabet()
    words = [*letters, "he", "ll", "hell", "hello", "Ġhello"]
    merges = [("h", "e"), ("l", "l"), ("he", "ll"), ("hell", "o"), ("Ġ", "hello")]
    specials = [
        "<|endoftext|>",
        "<|startoftranscript|>",
        "<|en|>",
        "<|de|>",
        "<|translate|>",
        "<|transcribe|>",
    ]
    specials += ["<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"]
    specials += [f"<|{step * 0.02:.2f}|>" for step in range(1501)]
    tokenizer = WhisperTokenizer(
        vocab={word: index for index, word in enumerate([*words, "<|endoftext|>"])},
        merges=merges,
        additional_special_tokens=specials[1:10],
    )
    tokenizer.add_tokens(specials[10:])
    ids = {token: tokenizer.convert_tokens_to_ids(token) for token in specials}
    config = WhisperConfig(
        vocab_size=len(tokenizer), num_mel_bins=80, d_model=16, encoder_layers=1, decoder_layers=1,
        encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=32, decoder_ffn_dim=32,
        max_source_positions=1500, max_target_positions=32, pad_token_id=ids["<|endoftext|>"],
        bos_token_id=ids["<|endoftext|>"], eos_token_id=ids["<|endoftext|>"],
        decoder_start_token_id=ids["<|startoftranscript|>"], init_std=0.3, suppress_tokens=[],
        begin_suppress_tokens=[],
    )  # fmt: skip
    torch.manual_seed(4)
    net = WhisperForConditionalGeneration(config)
    net.generation_config = GenerationConfig(
        is_multilingual=True, lang_to_id={"<|en|>": ids["<|en|>"], "<|de|>": ids["<|de|>"]},
        task_to_id={"translate": ids["<|translate|>"], "transcribe": ids["<|transcribe|>"]},
        no_timestamps_token_id=ids["<|notimestamps|>"], max_initial_timestamp_index=50,
        decoder_start_token_id=ids["<|startoftranscript|>"], eos_token_id=ids["<|endoftext|>"],
        bos_token_id=ids["<|endoftext|>"], pad_token_id=ids["<|endoftext|>"], max_length=32,
        return_timestamps=False, prev_sot_token_id=ids["<|startofprev|>"], suppress_tokens=[],
        begin_suppress_tokens=[], alignment_heads=[[0, 0]],
    )  # fmt: skip
    with torch.no_grad():
        word = tokenizer.convert_tokens_to_ids("Ġhello")
        prefer(net.model.decoder.embed_tokens.weight, net.model.decoder.layer_norm, word, ids["<|de|>"])
    net.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    WhisperFeatureExtractor(feature_size=80).save_pretrained(folder)
    return {"model": str(folder)}


def _wav2vec2_sizes() -> dict[str, Any]:
    return {
        "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48,
        "conv_dim": (16, 16, 16, 16, 16, 16, 16), "num_conv_pos_embeddings": 16,
        "num_conv_pos_embedding_groups": 4, "initializer_range": 0.3,
    }  # fmt: skip


def ctc(folder: Path) -> dict[str, Any]:
    """wav2vec 2.0 with a CTC head that always hears an "a"."""
    import json

    import torch
    from transformers import (
        Wav2Vec2Config,
        Wav2Vec2CTCTokenizer,
        Wav2Vec2FeatureExtractor,
        Wav2Vec2ForCTC,
    )

    torch.manual_seed(5)
    vocabulary = folder / "vocab.json"
    vocabulary.write_text(json.dumps({letter: index for index, letter in enumerate(LETTERS)}), "utf-8")
    net = Wav2Vec2ForCTC(Wav2Vec2Config(vocab_size=len(LETTERS), pad_token_id=0, **_wav2vec2_sizes()))
    with torch.no_grad():
        net.lm_head.weight.zero_()
        net.lm_head.bias.copy_(torch.eye(len(LETTERS))[LETTERS.index("a")])
    net.save_pretrained(folder)
    Wav2Vec2CTCTokenizer(str(vocabulary)).save_pretrained(folder)
    Wav2Vec2FeatureExtractor(return_attention_mask=False).save_pretrained(folder)
    (folder / "README.md").write_text("---\nlanguage: fr\n---\n", "utf-8")
    return {"model": str(folder)}


def voice_emotion(folder: Path) -> dict[str, Any]:
    """HuBERT with a classifier's head."""
    import torch
    from transformers import HubertConfig, HubertForSequenceClassification, Wav2Vec2FeatureExtractor

    torch.manual_seed(6)
    config = HubertConfig(
        **_wav2vec2_sizes(), id2label=dict(enumerate(EMOTIONS)),
        label2id={label: i for i, label in enumerate(EMOTIONS)},
    )  # fmt: skip
    HubertForSequenceClassification(config).save_pretrained(folder)
    Wav2Vec2FeatureExtractor().save_pretrained(folder)
    return {"model": str(folder)}


def speechbrain_emotion(folder: Path) -> dict[str, Any]:
    """Checkpoints in SpeechBrain's format: the encoder, the head in a module list, the label encoder."""
    speechbrain_modules(folder)
    return {"model": str(folder)}


def _forget_lazy_modules() -> None:
    """Take SpeechBrain's stand-ins out, which raise ImportError for whoever walks over all modules."""
    from speechbrain.utils.importutils import LazyModule

    for name in [name for name, module in sys.modules.items() if isinstance(module, LazyModule)]:
        del sys.modules[name]


def speechbrain_modules(folder: Path) -> tuple[Any, Any]:
    """Write the checkpoints and return the SpeechBrain modules that they are of."""
    import torch
    from speechbrain.integrations.huggingface.wav2vec2 import Wav2Vec2
    from speechbrain.nnet.linear import Linear

    _forget_lazy_modules()
    from transformers import Wav2Vec2Config, Wav2Vec2FeatureExtractor, Wav2Vec2Model

    torch.manual_seed(7)
    source = folder / "source"
    sizes = _wav2vec2_sizes() | {"hidden_size": 128}  # two heads of 64, as in the published sizes
    Wav2Vec2Model(Wav2Vec2Config(**sizes)).save_pretrained(source)
    Wav2Vec2FeatureExtractor(do_normalize=True).save_pretrained(source)
    encoder = Wav2Vec2(source=str(source), save_path=str(folder / "cache"), output_norm=True)
    head = torch.nn.ModuleList([Linear(input_size=128, n_neurons=len(EMOTIONS), bias=False)])
    torch.save(encoder.state_dict(), folder / "wav2vec2.ckpt")
    torch.save(head.state_dict(), folder / "model.ckpt")
    lines = [f"'{label}' => {index}" for index, label in enumerate(EMOTIONS)]
    lines += ["================", "'starting_index' => 0"]
    (folder / "label_encoder.txt").write_text("\n".join(lines) + "\n", "utf-8")
    return encoder, head


def faster_whisper(folder: Path) -> dict[str, Any]:
    """The packaged tiny.en, as a folder of the person's own."""
    from pipelines.core.weights import WeightStore

    return {"model": str(WeightStore().path("whisper-tiny.en")), "threads": 1}
