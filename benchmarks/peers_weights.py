"""Weights for the plain way, in the form that its libraries read, made from the packaged ones.

openai-whisper's checkpoint comes from the CTranslate2 file (float16 in both), the chat model's safetensors
from the GGUF file (4 bits, widened to bfloat16, in which the model was published). No captioner's weights can
be had from a package: BLIP gets random ones, at its real size.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.core.weights import WeightStore
from training.common.whisper_graph import StoredTensor, tensors_of

WHISPER, GENERATOR, CAPTIONER = "whisper-base.pt", "qwen-1.5b", "blip"
MELS, AUDIO, TEXT, WIDTH, HEADS, LAYERS = 80, 1500, 448, 512, 8, 6
GGUF = "qwen-1.5b"


def prepare(folder: Path) -> None:
    """Write what is not there yet: `whisper-base.pt`, `qwen-1.5b/` and `blip/`, 4.2 GB in all."""
    folder.mkdir(parents=True, exist_ok=True)
    makers = {WHISPER: make_whisper, GENERATOR: make_generator, CAPTIONER: make_captioner}
    for name, make in makers.items():
        target, draft = folder / name, folder / f"{name}.new"
        if target.exists():
            continue
        shutil.rmtree(draft, ignore_errors=True)
        make(draft)
        draft.rename(target)


def make_whisper(target: Path) -> None:
    """Write the checkpoint of Whisper base as `whisper.load_model` reads it."""
    import torch

    file = WeightStore().path("whisper-base") / "model.bin"
    tensors, data = tensors_of(file), np.memmap(file, np.uint8, "r")
    arrays = whisper_state(tensors, data)
    state = {name: torch.from_numpy(np.array(values)) for name, values in arrays.items()}
    dims = {
        "n_mels": MELS,
        "n_audio_ctx": AUDIO,
        "n_audio_state": WIDTH,
        "n_audio_head": HEADS,
        "n_audio_layer": LAYERS,
        "n_vocab": tensors["decoder/embeddings/weight"].shape[0],
        "n_text_ctx": TEXT,
        "n_text_state": WIDTH,
        "n_text_head": HEADS,
        "n_text_layer": LAYERS,
    }
    torch.save({"dims": dims, "model_state_dict": state}, target)


def whisper_state(
    tensors: dict[str, StoredTensor], data: NDArray[np.uint8], layers: int = LAYERS
) -> dict[str, NDArray[Any]]:
    """Return openai-whisper's state dict from a CTranslate2 file's tensors.

    CTranslate2 joins query, key and value (key and value alone in the attention to the sound) and stores
    zeros for the keys' bias, which Whisper does not have.
    """

    def read(name: str) -> NDArray[Any]:
        stored = tensors[name]
        values: NDArray[Any] = data[stored.offset : stored.offset + stored.length].view(stored.dtype)
        return values.reshape(stored.shape)

    state = {
        "encoder.positional_embedding": read("encoder/position_encodings/encodings"),
        "decoder.positional_embedding": read("decoder/position_encodings/encodings"),
        "decoder.token_embedding.weight": read("decoder/embeddings/weight"),
    }
    names = {
        "encoder.conv1": "encoder/conv1",
        "encoder.conv2": "encoder/conv2",
        "encoder.ln_post": "encoder/layer_norm",
        "decoder.ln": "decoder/layer_norm",
    }
    for side in ("encoder", "decoder"):
        for layer in range(layers):
            theirs, ours = f"{side}.blocks.{layer}", f"{side}/layer_{layer}"
            names |= {
                f"{theirs}.mlp_ln": f"{ours}/ffn/layer_norm",
                f"{theirs}.mlp.0": f"{ours}/ffn/linear_0",
                f"{theirs}.mlp.2": f"{ours}/ffn/linear_1",
            }
            own, sound = f"{ours}/self_attention", f"{ours}/attention"
            names |= {f"{theirs}.attn_ln": f"{own}/layer_norm", f"{theirs}.attn.out": f"{own}/linear_1"}
            joined: dict[str, tuple[str, tuple[str, ...]]] = {
                f"{own}/linear_0": (f"{theirs}.attn", ("query", "key", "value"))
            }
            if side == "decoder":
                names |= {
                    f"{theirs}.cross_attn_ln": f"{sound}/layer_norm",
                    f"{theirs}.cross_attn.query": f"{sound}/linear_0",
                    f"{theirs}.cross_attn.out": f"{sound}/linear_2",
                }
                joined[f"{sound}/linear_1"] = (f"{theirs}.cross_attn", ("key", "value"))
            for source, (attention, kinds) in joined.items():
                for part in ("weight", "bias"):
                    pieces = np.split(read(f"{source}/{part}"), len(kinds))
                    state |= {f"{attention}.{k}.{part}": p for k, p in zip(kinds, pieces, strict=True)}
                del state[f"{attention}.key.bias"]
    for theirs, ours in names.items():
        parts = ("gamma", "beta") if "norm" in ours else ("weight", "bias")
        for name, part in zip(("weight", "bias"), parts, strict=True):
            state[f"{theirs}.{name}"] = read(f"{ours}/{part}")
    return state


def make_generator(target: Path) -> None:
    """Write the chat model as bfloat16 safetensors with its tokenizer, from the packaged GGUF file.

    A model that transformers has read from a GGUF file refuses to be saved, so that its weights go through
    a fresh one.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    file = gguf_file()
    given = {"pretrained_model_name_or_path": file.parent, "gguf_file": file.name}
    read = AutoModelForCausalLM.from_pretrained(**given)
    model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(**given), dtype=torch.bfloat16)
    model.load_state_dict(read.state_dict())
    model.generation_config = read.generation_config
    model.save_pretrained(target)
    AutoTokenizer.from_pretrained(**given).save_pretrained(target)


def gguf_file() -> Path:
    """Return the packaged GGUF file, verified."""
    return next(WeightStore().path(GGUF).glob("*.gguf"))


def make_captioner(target: Path) -> None:
    """Write BLIP base with random weights: the sizes of Salesforce/blip-image-captioning-base."""
    import torch
    from transformers import BlipConfig, BlipForConditionalGeneration, BlipImageProcessor

    torch.manual_seed(0)
    config = BlipConfig(
        text_config={"num_attention_heads": 12},
        vision_config={"initializer_range": 0.02},  # the default, 1e-10, would be slow to compute with
    )
    BlipForConditionalGeneration(config).save_pretrained(target)
    BlipImageProcessor().save_pretrained(target)
