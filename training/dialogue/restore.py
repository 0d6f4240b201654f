"""The shipped adapter as trainable weights again: what `export` wrote, read back exactly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.dialogue.export import NAMES


def load_adapter(model: Any, path: Path) -> None:
    """Copy an adapter GGUF, its scale too, into a PEFT model. Raises KeyError for a missing matrix."""
    import torch
    from gguf import GGUFReader

    reader = GGUFReader(str(path))
    found = {tensor.name: np.array(tensor.data) for tensor in reader.tensors}
    alpha = float(reader.fields["adapter.lora.alpha"].contents())
    effect = np.float32(alpha / model.peft_config["default"].lora_alpha)
    config = model.get_base_model().config
    heads = {"attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads}
    for layer, block in enumerate(model.get_base_model().model.layers):
        for source, name in NAMES.items():
            module, stem = block.get_submodule(source), f"blk.{layer}.{name}.weight"
            a, b = found[f"{stem}.lora_a"], found[f"{stem}.lora_b"]
            b = separate(b, heads[name]) if name in heads else b
            for target, value in ((module.lora_A, a), (module.lora_B, b.astype(np.float32) * effect)):
                with torch.no_grad():
                    target["default"].weight.copy_(torch.from_numpy(value.astype(np.float32)))


def separate(rows: NDArray[Any], heads: int) -> NDArray[Any]:
    """Return rows (heads * 2 * n, width) with the two halves of each head one after the other again."""
    half = len(rows) // heads // 2
    return rows.reshape(heads, half, 2, -1).swapaxes(1, 2).reshape(rows.shape)
