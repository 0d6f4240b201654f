"""One reply of a transformers model: generated in a thread, handed over in pieces."""

from __future__ import annotations

import queue
from collections.abc import Generator
from typing import Any

from chatbot.generators.protocol import Finish
from pipelines.core.cancel import CancelToken
from pipelines.core.device import running
from pipelines.core.errors import BackendError, TrioError
from pipelines.core.stopping import StopWhenCancelled

_POLL_SECONDS = 0.02
_END = object()
"""Comes after the streamer's own end, which is there before the tokens have been counted."""


class Generation:
    """Writes one reply.

    Args:
        model: Its name, for errors.
        net: The model.
        tokenizer: Its tokenizer.
        cancel: Of the turn.
    """

    def __init__(self, model: str, net: Any, tokenizer: Any, cancel: CancelToken) -> None:
        from transformers import TextIteratorStreamer

        self._model, self._net, self._tokenizer, self._cancel = model, net, tokenizer, cancel
        self._stop = CancelToken()
        self._streamer = TextIteratorStreamer(tokenizer, skip_prompt=True, skip_special_tokens=True)
        self._error: Exception | None = None
        self._prompt_tokens = self._reply_tokens = 0
        self._ended = False

    def run(self, inputs: Any, temperature: float, max_tokens: int) -> None:
        """Generate; whatever happens, the last thing that `pieces` gets is the end."""
        self._prompt_tokens = int(inputs["input_ids"].shape[1])
        try:
            with running(self._model):
                tokens = self._net.generate(
                    **inputs,
                    **_sampling(temperature),
                    max_new_tokens=max_tokens,
                    pad_token_id=self._tokenizer.pad_token_id,
                    streamer=self._streamer,
                    stopping_criteria=[StopWhenCancelled(self._stop, self._cancel)],
                )
            self._count(tokens[0, self._prompt_tokens :].tolist())
        except TrioError as error:
            self._error = error
        except Exception as error:
            self._error = BackendError(
                f"The model {self._model} failed while writing the reply",
                given=f"{type(error).__name__}: {' '.join(str(error).split())[:200]}",
            )
        finally:
            self._streamer.text_queue.put(_END)

    def _count(self, tokens: list[int]) -> None:
        ends = self._net.generation_config.eos_token_id
        self._ended = bool(tokens) and tokens[-1] in (ends if isinstance(ends, list) else [ends])
        self._reply_tokens = len(tokens) - self._ended

    def pieces(self) -> Generator[str, None, None]:
        """Yield the text until the reply ends; closing this iterator, or the turn's token, ends it.

        Raises:
            BackendError: if the model failed.
        """
        try:
            while not self._cancel.cancelled:
                try:
                    piece = self._streamer.text_queue.get(timeout=_POLL_SECONDS)
                except queue.Empty:
                    continue
                if piece is _END:
                    break
                if piece:
                    yield piece
        finally:
            self._stop.cancel()
        if self._error is not None:
            raise self._error

    def finish(self, max_tokens: int) -> Finish:
        """Return how the reply ended, as far as it got."""
        full = not self._ended and self._reply_tokens >= max_tokens
        return Finish("length" if full else "stop", self._prompt_tokens, self._reply_tokens)


def _sampling(temperature: float) -> dict[str, Any]:
    """Return the sampling options; greedy at 0, whatever the model's own settings say."""
    if temperature == 0:
        return {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
    return {"do_sample": True, "temperature": temperature}
