"""Chat models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.tiny_models.words import bpe

TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
NO_SYSTEM = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    + TEMPLATE
)


def llama(folder: Path, template: str | None = TEMPLATE) -> dict[str, Any]:
    from transformers import LlamaConfig, LlamaForCausalLM

    return _saved(folder, LlamaConfig, LlamaForCausalLM, template)


def qwen2(folder: Path) -> dict[str, Any]:
    from transformers import Qwen2Config, Qwen2ForCausalLM

    return _saved(folder, Qwen2Config, Qwen2ForCausalLM, TEMPLATE)


def _saved(folder: Path, config_class: Any, model_class: Any, template: str | None) -> dict[str, Any]:
    import torch

    torch.manual_seed(14)
    tokenizer = bpe(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
    tokenizer.add_special_tokens({"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"})
    tokenizer.chat_template = template
    config = config_class(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=1024, initializer_range=0.5,
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id, bos_token_id=None,
    )  # fmt: skip
    model_class(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    (folder / "README.md").write_text("---\nlanguage:\n- en\n- zh\n---\n", "utf-8")
    return {"model": str(folder)}


def gguf(folder: Path) -> dict[str, Any]:
    """The packaged 0.5B, as a file of the person's own."""
    from pipelines.core.weights import WeightStore

    store = WeightStore()
    name = next(f.path for f in store.entry("qwen-0.5b").files if f.path.endswith(".gguf"))
    target = folder / "small.gguf"
    if not target.exists():
        target.symlink_to(store.path("qwen-0.5b") / name)
    return {"model": str(folder), "threads": 1}


def seeing_gguf(folder: Path) -> dict[str, Any]:
    """The 0.5B with a random picture encoder of LLaVA's kind: 16 patches, two linear layers."""
    options = gguf(folder)
    projector(folder / "mmproj.gguf")
    return {**options, "file": "small.gguf", "mmproj": "mmproj.gguf"}


def projector(
    path: Path, width: int = 64, hidden: int = 128, layers: int = 2, language_width: int = 896
) -> None:
    """Write a vision encoder with its projector as llama.cpp's mmproj file."""
    import numpy as np
    from gguf import GGUFWriter

    rng = np.random.default_rng(15)
    writer = GGUFWriter(str(path), "clip")
    writer.add_bool("clip.has_vision_encoder", True)
    writer.add_bool("clip.use_gelu", True)
    writer.add_string("clip.projector_type", "mlp")
    sizes = {
        "image_size": 64, "patch_size": 16, "embedding_length": width, "feed_forward_length": hidden,
        "block_count": layers, "attention.head_count": 2, "projection_dim": language_width,
    }  # fmt: skip
    for name, value in sizes.items():
        writer.add_uint32(f"clip.vision.{name}", value)
    writer.add_float32("clip.vision.attention.layer_norm_epsilon", 1e-6)
    writer.add_array("clip.vision.image_mean", [0.5, 0.5, 0.5])
    writer.add_array("clip.vision.image_std", [0.5, 0.5, 0.5])

    def tensor(name: str, *shape: int) -> None:
        values = rng.normal(0, 0.2, shape) if len(shape) > 1 else np.ones(shape)
        writer.add_tensor(f"{name}.weight", values.astype(np.float32))

    def layer(name: str, *shape: int) -> None:
        tensor(name, *shape)
        writer.add_tensor(f"{name}.bias", np.zeros(shape[:1], np.float32))

    layer("v.patch_embd", width, 3, 16, 16)
    tensor("v.position_embd", 16, width)
    for index in range(layers):
        block = f"v.blk.{index}"
        for name in ("attn_q", "attn_k", "attn_v", "attn_out"):
            layer(f"{block}.{name}", width, width)
        for name in ("ln1", "ln2"):
            layer(f"{block}.{name}", width)
        layer(f"{block}.ffn_up", hidden, width)
        layer(f"{block}.ffn_down", width, hidden)
    layer("v.post_ln", width)
    layer("mm.0", language_width, width)
    layer("mm.2", language_width, language_width)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
