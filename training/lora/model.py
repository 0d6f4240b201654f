"""The model to fine-tune, its adapter, and the loss of a pack."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import torch

from pipelines.core.errors import ModelError
from training.common.loop import fast_bfloat16
from training.lora.encode import Pack

DType = Literal["auto", "float32", "bfloat16"]


def choose_dtype(name: DType, device: torch.device) -> torch.dtype:
    """Return the type of the frozen weights; "auto" takes bfloat16 where the device multiplies it fast."""
    if name == "auto":
        return torch.bfloat16 if fast_bfloat16(device) else torch.float32
    return torch.bfloat16 if name == "bfloat16" else torch.float32


def load(model: str, gguf_file: str | None, dtype: torch.dtype) -> tuple[Any, Any]:
    """Return model and tokenizer of a hub id or a folder; `gguf_file`: name of the GGUF file in it.

    Raises ModelError where transformers cannot load it.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    options: dict[str, Any] = {"dtype": dtype, "attn_implementation": "sdpa"}
    if gguf_file:  # packed weights cannot be learnt on
        options |= {"gguf_file": gguf_file, "quantization_config": GgufConfig(dequantize=True)}
    try:
        tokenizer = AutoTokenizer.from_pretrained(model, **({"gguf_file": gguf_file} if gguf_file else {}))
        loaded = AutoModelForCausalLM.from_pretrained(model, **options)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            "The model cannot be loaded",
            given=f"{model}{' ' + gguf_file if gguf_file else ''}: {error}",
            allowed="a chat model of transformers: hub id or folder; --gguf-file names a file in it",
        ) from error
    return loaded, tokenizer


def with_adapter(model: Any, rank: int, alpha: float, targets: Sequence[str]) -> Any:
    """Return the model with a fresh float32 adapter on the named layers; nothing else is trained.

    Raises ModelError where the model has no layers of these names.
    """
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(
        r=rank, lora_alpha=alpha, lora_dropout=0.0, target_modules=list(targets), task_type="CAUSAL_LM"
    )
    try:
        return get_peft_model(model, config)
    except ValueError as error:
        raise ModelError(
            "The model has no such layers", given=", ".join(targets), fix="Check --targets"
        ) from error


def pack_loss(model: Any, pack: Pack) -> tuple[torch.Tensor, int]:
    """Return the sum of the cross-entropies (nats) of a pack's learnt tokens, and how many they are.

    Logits of other tokens are never computed. A token sees the shared beginning and its own chat before it.
    """
    device = next(model.parameters()).device
    ids, positions, numbers, learnt = (torch.from_numpy(part).to(device) for part in pack.arrays())
    targets = learnt.nonzero()[:, 0]
    logits = model(
        input_ids=ids[None],
        position_ids=positions[None],
        attention_mask=_seen(numbers)[None, None],
        logits_to_keep=targets - 1,
        use_cache=False,
    ).logits[0]
    return torch.nn.functional.cross_entropy(logits.float(), ids[targets], reduction="sum"), len(targets)


def _seen(numbers: torch.Tensor) -> torch.Tensor:
    """Return which token (rows) sees which (columns)."""
    before = torch.ones(len(numbers), len(numbers), dtype=torch.bool, device=numbers.device).tril()
    return before & ((numbers == 0)[None, :] | (numbers[None, :] == numbers[:, None]))


@torch.no_grad()  # type: ignore[untyped-decorator]
def mean_loss(model: Any, packs: Sequence[Pack]) -> float:
    """Return the mean cross-entropy of the learnt tokens of all packs, in nats."""
    total, count = 0.0, 0
    for pack in packs:
        loss, tokens = pack_loss(model, pack)
        total, count = total + float(loss), count + tokens
    return total / max(1, count)


def load_state(model: Any, path: Path) -> None:
    """Put an adapter's weights, as a run keeps them (safetensors), into the model's adapter.

    Raises ModelError where they are not those of such an adapter.
    """
    from safetensors.torch import load_file

    missing, unknown = model.load_state_dict(load_file(path), strict=False)
    if unknown or any("lora_" in name for name in missing):
        raise ModelError(
            "The adapter does not fit the model",
            given=f"{path}: {len(unknown)} unknown weights",
            fix="Give the rank and the targets that it was made with",
        )


def save_peft(model: Any, folder: Path) -> None:
    """Write the adapter as peft and transformers load it."""
    model.save_pretrained(str(folder))
