"""The adapter as a GGUF file that llama.cpp lays over the packaged model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def write_adapter(model: Any, target: Path) -> int:
    """Write a PEFT model's adapters, float16; return the file's bytes.

    llama.cpp keeps the rows of queries and keys in its own order (rotary halves interleaved), and so must
    the adapters' second matrices be.
    """
    from gguf import GGUFWriter

    target.parent.mkdir(parents=True, exist_ok=True)
    writer = GGUFWriter(str(target), "llama")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", float(model.peft_config["default"].lora_alpha))
    config = model.get_base_model().config
    for layer, block in enumerate(model.get_base_model().model.layers):
        for source, name in NAMES.items():
            module = block.get_submodule(source)
            a = module.lora_A["default"].weight.detach().float().numpy()
            b = module.lora_B["default"].weight.detach().float().numpy()
            if name == "attn_q":
                b = interleave(b, config.num_attention_heads)
            elif name == "attn_k":
                b = interleave(b, config.num_key_value_heads)
            writer.add_tensor(f"blk.{layer}.{name}.weight.lora_a", a.astype(np.float16))
            writer.add_tensor(f"blk.{layer}.{name}.weight.lora_b", np.ascontiguousarray(b).astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return target.stat().st_size


def interleave(rows: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """Return rows (heads * 2 * n, width) with the two halves of each head interleaved."""
    half = len(rows) // heads // 2
    return rows.reshape(heads, 2, half, -1).swapaxes(1, 2).reshape(rows.shape)
