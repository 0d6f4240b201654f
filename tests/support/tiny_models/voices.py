"""Voices: VITS, SpeechT5 with HiFi-GAN, and a graph with Kokoro's inputs and outputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

LETTERS = ["<pad>", *"abcdefghijklmnopqrstuvwxyz' -", "<unk>"]
SPEAKER_WIDTH = 8


def vits(folder: Path) -> dict[str, Any]:
    """VITS as Meta's MMS has it: letters in, no phonemes."""
    import json

    import torch
    from transformers import VitsConfig, VitsModel, VitsTokenizer

    torch.manual_seed(8)
    vocabulary = folder / "vocab.json"
    vocabulary.write_text(json.dumps({letter: index for index, letter in enumerate(LETTERS)}), "utf-8")
    config = VitsConfig(
        vocab_size=len(LETTERS), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, ffn_dim=32,
        flow_size=16, spectrogram_bins=9, prior_encoder_num_flows=2, prior_encoder_num_wavenet_layers=1,
        posterior_encoder_num_wavenet_layers=1, upsample_initial_channel=16, upsample_rates=[8, 8],
        upsample_kernel_sizes=[16, 16], resblock_kernel_sizes=[3], resblock_dilation_sizes=[[1, 3]],
        duration_predictor_num_flows=2, duration_predictor_flow_bins=4, wavenet_kernel_size=3,
        depth_separable_num_layers=2, sampling_rate=16000,
    )  # fmt: skip
    VitsModel(config).save_pretrained(folder)
    VitsTokenizer(str(vocabulary), phonemize=False, is_uroman=False).save_pretrained(folder)
    return {"model": str(folder)}


def speecht5(folder: Path) -> dict[str, Any]:
    import sentencepiece
    import torch
    from transformers import (
        SpeechT5Config,
        SpeechT5ForTextToSpeech,
        SpeechT5HifiGan,
        SpeechT5HifiGanConfig,
        SpeechT5Tokenizer,
    )

    torch.manual_seed(9)
    corpus = folder / "corpus.txt"
    corpus.write_text("the quick brown fox jumps over the lazy dog\nhello world\n" * 20, "utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(corpus), model_prefix=str(folder / "spm_char"), model_type="char", vocab_size=31,
        minloglevel=2, pad_id=1, bos_id=0, eos_id=2, unk_id=3, hard_vocab_limit=False,
    )  # fmt: skip
    tokenizer = SpeechT5Tokenizer(str(folder / "spm_char.model"))
    tokenizer.save_pretrained(folder)
    config = SpeechT5Config(
        vocab_size=len(tokenizer), hidden_size=16, encoder_layers=1, encoder_attention_heads=2,
        encoder_ffn_dim=32, decoder_layers=1, decoder_attention_heads=2, decoder_ffn_dim=32,
        speaker_embedding_dim=SPEAKER_WIDTH, num_mel_bins=8, speech_decoder_prenet_units=16,
        speech_decoder_postnet_units=16, speech_decoder_postnet_layers=2, reduction_factor=2,
        max_speech_positions=2000,
    )  # fmt: skip
    net = SpeechT5ForTextToSpeech(config)
    torch.nn.init.constant_(net.speech_decoder_postnet.prob_out.bias, -9.0)  # stop at the longest length
    net.save_pretrained(folder)
    vocoder = SpeechT5HifiGanConfig(
        model_in_dim=8, upsample_initial_channel=16, upsample_rates=[8, 8], upsample_kernel_sizes=[16, 16],
        resblock_kernel_sizes=[3], resblock_dilation_sizes=[[1, 3]], sampling_rate=16000,
    )  # fmt: skip
    SpeechT5HifiGan(vocoder).save_pretrained(folder / "vocoder")
    speaker = folder / "speaker.npy"
    np.save(speaker, np.linspace(-1, 1, SPEAKER_WIDTH).astype(np.float32))
    return {"model": str(folder), "vocoder": str(folder / "vocoder"), "speaker": str(speaker)}


def kokoro_tones(path: Path) -> None:
    """A graph with the inputs of the packaged Kokoro: a tone of 600 samples a token, its pitch the style's mean."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    inputs = [
        helper.make_tensor_value_info("tokens", TensorProto.INT64, [1, "n"]),
        helper.make_tensor_value_info("style", TensorProto.FLOAT, [1, 256]),
        helper.make_tensor_value_info("speed", TensorProto.FLOAT, [1]),
    ]
    nodes = [
        helper.make_node("Shape", ["tokens"], ["shape"], start=1),
        helper.make_node("Cast", ["shape"], ["count"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["count", "per_token"], ["plain"]),
        helper.make_node("Div", ["plain", "speed"], ["length"]),
        helper.make_node("Squeeze", ["length"], ["limit"]),
        helper.make_node("Range", ["zero", "limit", "one"], ["steps"]),
        helper.make_node("ReduceMean", ["style"], ["pitch"], keepdims=0),
        helper.make_node("Mul", ["steps", "pitch"], ["phase"]),
        helper.make_node("Sin", ["phase"], ["audio"]),
    ]
    numbers = {"per_token": np.array([600]), "zero": np.array(0), "one": np.array(1)}
    initial = [numpy_helper.from_array(v.astype(np.float32), name) for name, v in numbers.items()]
    outputs = [helper.make_tensor_value_info("audio", TensorProto.FLOAT, ["samples"])]
    graph = helper.make_graph(nodes, "kokoro", inputs, outputs, initial)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def kokoro(folder: Path) -> dict[str, Any]:
    """A graph that plays a tone of 600 samples a token, with plain files of style vectors beside it."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    def constant(name: str, value: np.ndarray) -> Any:
        return numpy_helper.from_array(value, name)

    inputs = [
        helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "n"]),
        helper.make_tensor_value_info("style", TensorProto.FLOAT, [1, 256]),
        helper.make_tensor_value_info("speed", TensorProto.FLOAT, [1]),
    ]
    outputs = [helper.make_tensor_value_info("waveform", TensorProto.FLOAT, [1, "samples"])]
    nodes = [
        helper.make_node("Shape", ["input_ids"], ["shape"], start=1),
        helper.make_node("Cast", ["shape"], ["tokens"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["tokens", "per_token"], ["plain"]),
        helper.make_node("Div", ["plain", "speed"], ["length"]),
        helper.make_node("Squeeze", ["length"], ["limit"]),
        helper.make_node("Range", ["zero", "limit", "one"], ["steps"]),
        helper.make_node("Mul", ["steps", "pitch"], ["phase"]),
        helper.make_node("Sin", ["phase"], ["tone"]),
        helper.make_node("ReduceMean", ["style"], ["loudness"], keepdims=0),
        helper.make_node("Mul", ["tone", "loudness"], ["sound"]),
        helper.make_node("Unsqueeze", ["sound", "axis"], ["waveform"]),
    ]
    initial = [
        constant("per_token", np.array([600], np.float32)),
        constant("zero", np.array(0, np.float32)),
        constant("one", np.array(1, np.float32)),
        constant("pitch", np.array(0.05, np.float32)),
        constant("axis", np.array([0], np.int64)),
    ]
    graph = helper.make_graph(nodes, "kokoro", inputs, outputs, initial)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    (folder / "onnx").mkdir(exist_ok=True)
    (folder / "voices").mkdir(exist_ok=True)
    onnx.save(model, folder / "onnx" / "model.onnx")
    for name, loudness in {"af_heart": 0.5, "bf_emma": 0.4, "ff_siwis": 0.25, "zf_xiaobei": 0.2}.items():
        np.full((510, 1, 256), loudness, np.float32).tofile(folder / "voices" / f"{name}.bin")
    return {"model": str(folder)}
