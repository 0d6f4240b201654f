"""The adapter as a GGUF file that llama.cpp lays over the model's own one, whatever its quantisation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.core.errors import ModelError

NAMES = {
    "q_proj": "attn_q",
    "k_proj": "attn_k",
    "v_proj": "attn_v",
    "o_proj": "attn_output",
    "gate_proj": "ffn_gate",
    "up_proj": "ffn_up",
    "down_proj": "ffn_down",
}
ARCHITECTURES = {"llama": "llama", "mistral": "llama", "qwen2": "qwen2", "qwen3": "qwen3"}
"""llama.cpp's name for a `model_type` of transformers."""
INTERLEAVED = frozenset({"llama"})
"""Those whose queries and keys llama.cpp keeps in its own order: rotary halves interleaved."""


def check_exportable(model_type: str, targets: tuple[str, ...]) -> None:
    """Raise ModelError where an adapter of these layers of such a model cannot be written as GGUF."""
    if model_type not in ARCHITECTURES:
        raise ModelError(
            "An adapter of this kind of model cannot be written for llama.cpp",
            given=model_type,
            allowed=", ".join(ARCHITECTURES),
            fix="Choose such a model, or write a peft folder alone: --peft --no-gguf",
        )
    if unknown := set(targets) - set(NAMES):
        raise ModelError(
            "Layers of this name cannot be written for llama.cpp",
            given=", ".join(sorted(unknown)),
            allowed=", ".join(NAMES),
            fix="Check --targets",
        )


def write_adapter(model: Any, target: Path) -> int:
    """Write the adapter of a PEFT model in float16; return the file's bytes."""
    from gguf import GGUFWriter

    config = model.get_base_model().config
    architecture = ARCHITECTURES[config.model_type]
    heads = {"attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads}
    target.parent.mkdir(parents=True, exist_ok=True)
    writer = GGUFWriter(str(target), architecture)
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", float(model.peft_config["default"].lora_alpha))
    for name, a, b in _matrices(model):
        kind = name.split(".")[2]
        if architecture in INTERLEAVED and kind in heads:
            b = interleave(b, heads[kind])
        writer.add_tensor(f"{name}.weight.lora_a", a.astype(np.float16))
        writer.add_tensor(f"{name}.weight.lora_b", np.ascontiguousarray(b).astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return target.stat().st_size


def _matrices(model: Any) -> Iterator[tuple[str, NDArray[np.float32], NDArray[np.float32]]]:
    """Yield llama.cpp's name of a layer and its two matrices: (rank, inputs), (outputs, rank)."""
    for path, module in model.get_base_model().named_modules():
        parts = path.split(".")
        if hasattr(module, "lora_A") and "layers" in parts:
            layer = parts[parts.index("layers") + 1]
            a, b = (
                side["default"].weight.detach().float().cpu().numpy()
                for side in (module.lora_A, module.lora_B)
            )
            yield f"blk.{layer}.{NAMES[parts[-1]]}", a, b


def interleave(rows: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """Return rows (heads * 2 * n, width) with the two halves of each head interleaved."""
    half = len(rows) // heads // 2
    return rows.reshape(heads, 2, half, -1).swapaxes(1, 2).reshape(rows.shape)
