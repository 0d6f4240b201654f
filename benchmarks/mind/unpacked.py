"""The same weights unpacked to bfloat16 in transformers, many replies at a time: for CPUs that are fast in it.

llama.cpp writes one reply about as fast, but gains little from writing many at once on two cores; here 32 are
written in the time of two. Numerics differ a little from the app's (bfloat16 in place of 4-bit weights times
8-bit activations): `python -m benchmarks.mind --gguf ...` without `--unpacked` measures the app's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.mind.models import spelled
from chatbot.generators.protocol import Message

BATCH_TOKENS = 48_000
"""Most tokens of a batch, prompts and replies together."""


class UnpackedModel:
    """A GGUF's weights in transformers, greedy.

    Args:
        path: The GGUF file.
        adapter: A LoRA adapter as peft's state (safetensors), as `python -m training lora` keeps it.
        name: Of the results.
        told: Of the model in the system text.
    """

    def __init__(self, path: Path, adapter: Path | None, name: str, told: str = "") -> None:
        import torch

        from training.lora.model import load

        self.name = name
        self.told = told or spelled(path.stem)
        model, self._tokenizer = load(str(path.parent), path.name, torch.bfloat16)
        self._model = _with(model, adapter).eval()
        self._tokenizer.padding_side = "left"

    def replies(self, prompts: Sequence[tuple[Sequence[Message], int]]) -> Iterator[tuple[int, str, int]]:
        """Yield (index of the prompt, reply, its tokens), as batches end."""
        ids = [self._ids(messages) for messages, _ in prompts]
        order = sorted(range(len(prompts)), key=lambda at: (prompts[at][1], len(ids[at])))
        while order:
            batch = _next_batch(order, ids, prompts)
            order = order[len(batch) :]
            most = max(prompts[at][1] for at in batch)
            for at, written in zip(batch, self._write([ids[at] for at in batch], most), strict=True):
                text = self._tokenizer.decode(written, skip_special_tokens=True).strip()
                yield at, text, len(written)

    def _ids(self, messages: Sequence[Message]) -> list[int]:
        found = self._tokenizer.apply_chat_template(list(messages), add_generation_prompt=True)
        return list(found["input_ids"] if not isinstance(found, list) else found)

    def _write(self, ids: list[list[int]], most: int) -> list[list[int]]:
        """Return the tokens of the replies; what all prompts begin with is read once, rows leave as they end."""
        import torch
        from transformers import DynamicCache

        shared = _shared(ids)
        given = self._tokenizer.pad({"input_ids": [row[shared:] for row in ids]}, return_tensors="pt")
        end = self._tokenizer.convert_tokens_to_ids("<|im_end|>")
        tokens, cache = given["input_ids"], DynamicCache()
        mask = torch.cat([given["attention_mask"].new_ones(len(ids), shared), given["attention_mask"]], 1)
        rows: list[list[int]] = [[] for _ in ids]
        left = list(range(len(ids)))
        with torch.inference_mode():
            if shared:
                self._model.model(input_ids=torch.tensor([ids[0][:shared]]), past_key_values=cache)
                cache.batch_repeat_interleave(len(ids))
            for _ in range(most):
                places = (mask.cumsum(1) - 1).clamp(min=0)[:, -tokens.shape[1] :]
                hidden = self._model.model(
                    input_ids=tokens, attention_mask=mask, position_ids=places, past_key_values=cache
                ).last_hidden_state
                best = self._model.lm_head(hidden[:, -1].contiguous()).argmax(-1)
                going = [n for n, token in enumerate(best.tolist()) if token != end]
                if not going:
                    break
                if len(going) < len(left):
                    kept = torch.tensor(going)
                    cache.batch_select_indices(kept)
                    mask, best, left = mask[kept], best[kept], [left[n] for n in going]
                for row, token in zip(left, best.tolist(), strict=True):
                    rows[row].append(token)
                tokens = best[:, None]
                mask = torch.cat([mask, mask.new_ones(len(left), 1)], 1)
        return rows


def _shared(ids: list[list[int]]) -> int:
    """Return how many tokens all prompts begin with; each keeps one of its own."""
    most = min(map(len, ids)) - 1
    return next((at for at in range(most) if len({row[at] for row in ids}) > 1), most)


def _next_batch(
    order: list[int], ids: list[list[int]], prompts: Sequence[tuple[Sequence[Message], int]]
) -> list[int]:
    batch: list[int] = []
    for at in order:
        widest = max(len(ids[other]) + prompts[other][1] for other in [*batch, at])
        if batch and widest * (len(batch) + 1) > BATCH_TOKENS:
            break
        batch.append(at)
    return batch


def _with(model: Any, adapter: Path | None) -> Any:
    if adapter is None:
        return model
    import torch

    from training.lora.model import load_state, with_adapter

    about = json.loads((adapter.parent / "results.json").read_text("utf-8"))
    adapted = with_adapter(model, about["rank"], about["alpha"], about["targets"])
    load_state(adapted, adapter)
    return adapted.to(torch.bfloat16).base_model.model
