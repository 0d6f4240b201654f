"""SmolLM2-135M-Instruct, dequantised from the packaged GGUF, with LoRA adapters (Hu et al., 2021)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipelines.core.weights import WeightStore
from training.dialogue.data import Message

BASE = "smollm2-135m-instruct"
RANK, ALPHA = 16, 32
TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
START, END = "<|im_start|>", "<|im_end|>"


def gguf_file() -> tuple[str, str]:
    """Return folder and name of the packaged model, verified."""
    store = WeightStore()
    name = next(f.path for f in store.entry(BASE).files if f.path.endswith(".gguf"))
    return str(store.path(BASE)), name


def load_base() -> tuple[Any, Any]:
    """Return model (bfloat16) and tokenizer of the packaged GGUF."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder, name = gguf_file()
    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=name)
    model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=name, dtype=torch.bfloat16)
    return model, tokenizer


def with_adapter(model: Any, scale: float = 1.0) -> Any:
    """Return the model with fresh float32 adapters, their effect times `scale`; nothing else is trained."""
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(
        r=RANK,
        lora_alpha=ALPHA * scale,
        lora_dropout=0.0,
        target_modules=list(TARGETS),
        task_type="CAUSAL_LM",
    )
    return get_peft_model(model, config)


def prompt_text(messages: Sequence[Message]) -> str:
    """Return messages in ChatML, as the model's own chat template writes them, up to the reply."""
    turns = [f"{START}{m['role']}\n{m['content']}{END}\n" for m in messages]
    return "".join([*turns, f"{START}assistant\n"])
