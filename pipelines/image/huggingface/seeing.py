"""What models that write about pictures share: generate, stop when asked to, and say how sure they are."""

from __future__ import annotations

import math
from typing import Any

from pipelines.core.cancel import CancelToken
from pipelines.core.stopping import StopWhenCancelled
from pipelines.core.types import Caption

MOST_TOKENS = 60


def write(
    net: Any, tokenizer: Any, inputs: Any, cancel: CancelToken, *, most_tokens: int = MOST_TOKENS
) -> Caption:
    """Return what a model writes for `inputs`; the confidence is the mean probability of its tokens.

    Args:
        net: A transformers model that generates.
        tokenizer: Its tokenizer.
        inputs: Of the processor, on the model's device.
        cancel: Checked before every token.
        most_tokens: Longest answer.

    Raises:
        Cancelled: when the token is cancelled.
    """
    found = net.generate(
        **inputs,
        max_new_tokens=most_tokens,
        do_sample=False,
        return_dict_in_generate=True,
        output_logits=True,
        stopping_criteria=[StopWhenCancelled(cancel)],
    )
    cancel.raise_if_cancelled()
    tokens = found.sequences[0][-len(found.logits) :]
    chances = [
        step[0].float().log_softmax(dim=-1)[token] for step, token in zip(found.logits, tokens, strict=True)
    ]
    mean = float(sum(chances) / len(chances))
    text = " ".join(tokenizer.decode(tokens, skip_special_tokens=True).split())
    return Caption(text, min(1.0, math.exp(mean)))
