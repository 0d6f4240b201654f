"""Chat models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.tiny_models.words import bpe

TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
NO_SYSTEM = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    + TEMPLATE
)


def llama(folder: Path, template: str | None = TEMPLATE) -> dict[str, Any]:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(14)
    tokenizer = bpe(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
    tokenizer.add_special_tokens({"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"})
    tokenizer.chat_template = template
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=1024, initializer_range=0.5,
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id, bos_token_id=None,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    (folder / "README.md").write_text("---\nlanguage:\n- en\n- zh\n---\n", "utf-8")
    return {"model": str(folder)}


def gguf(folder: Path) -> dict[str, Any]:
    """The packaged SmolLM2, as a file of the person's own."""
    from pipelines.core.weights import WeightStore

    store = WeightStore()
    name = next(f.path for f in store.entry("smollm2-135m-instruct").files if f.path.endswith(".gguf"))
    target = folder / "smollm2.gguf"
    if not target.exists():
        target.symlink_to(store.path("smollm2-135m-instruct") / name)
    return {"model": str(folder), "threads": 1}
