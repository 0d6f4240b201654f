"""One reply of a transformers model: what is generated is handed over in pieces."""

from __future__ import annotations

from typing import Any

from chatbot.generators.protocol import Finish
from pipelines.core.cancel import CancelToken
from pipelines.core.device import running
from pipelines.core.errors import BackendError, TrioError
from pipelines.core.said import said
from pipelines.core.stopping import StopWhenCancelled
from pipelines.core.streams import Put


class Generation:
    """Writes one reply.

    Args:
        model: Its name, for errors.
        net: The model.
        tokenizer: Its tokenizer.
    """

    def __init__(self, model: str, net: Any, tokenizer: Any) -> None:
        self._model, self._net, self._tokenizer = model, net, tokenizer
        self._prompt_tokens = self._reply_tokens = 0
        self._ended = False

    def run(
        self, inputs: Any, temperature: float, max_tokens: int, put: Put[str], cancel: CancelToken
    ) -> None:
        """Put the text until the reply ends or the token is cancelled.

        Raises:
            BackendError: if the model failed.
        """
        self._prompt_tokens = int(inputs["input_ids"].shape[1])
        try:
            with running(self._model):
                tokens = self._net.generate(
                    **inputs,
                    **_sampling(temperature),
                    max_new_tokens=max_tokens,
                    pad_token_id=self._tokenizer.pad_token_id,
                    streamer=_streamer(self._tokenizer, put),
                    stopping_criteria=[StopWhenCancelled(cancel)],
                )
            self._count(tokens[0, self._prompt_tokens :].tolist())
        except TrioError:
            raise
        except Exception as error:
            raise BackendError(
                said("The model {model} failed while writing the reply", model=self._model),
                given=f"{type(error).__name__}: {' '.join(str(error).split())[:200]}",
            ) from error

    def _count(self, tokens: list[int]) -> None:
        ends = self._net.generation_config.eos_token_id
        self._ended = bool(tokens) and tokens[-1] in (ends if isinstance(ends, list) else [ends])
        self._reply_tokens = len(tokens) - self._ended

    def finish(self, max_tokens: int) -> Finish:
        """Return how the reply ended, as far as it got."""
        full = not self._ended and self._reply_tokens >= max_tokens
        return Finish("length" if full else "stop", self._prompt_tokens, self._reply_tokens)


def _streamer(tokenizer: Any, put: Put[str]) -> Any:
    """Return what takes a reply's tokens and puts its text, word by word."""
    from transformers import TextStreamer

    class Streamer(TextStreamer):
        def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
            del stream_end
            if text:
                put(text)

    return Streamer(tokenizer, skip_prompt=True, skip_special_tokens=True)


def _sampling(temperature: float) -> dict[str, Any]:
    """Return the sampling options; greedy at 0, whatever the model's own settings say."""
    if temperature == 0:
        return {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
    return {"do_sample": True, "temperature": temperature}
