"""Replies by any chat model of transformers; those that take pictures get them as they are."""

from __future__ import annotations

import weakref
from collections.abc import Generator, Sequence
from concurrent.futures import Future, wait
from contextlib import suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from chatbot.generators.chat_template import ChatTemplate
from chatbot.generators.message_parts import refuse_pictures
from chatbot.generators.protocol import Finish, Message
from chatbot.generators.transformers_stream import Generation
from pipelines.core.cancel import CancelToken
from pipelines.core.device import Placement
from pipelines.core.errors import Cancelled, MissingPackageError, ModelError, SettingsError
from pipelines.core.hub_backend import HubBackend, open_pretrained
from pipelines.core.hub_card import card_languages
from pipelines.core.registry import Registry
from pipelines.core.said import said
from pipelines.core.streams import stream_from_thread

MOST_CONTEXT = 8192
Quantize = Literal["4bit", "8bit"]


class TransformersGenerator(HubBackend):
    """A causal language model, or an image-text-to-text model, with a chat template.

    Args:
        registry: Its store's cache holds the lock files.
        quantize: "4bit" or "8bit" through bitsandbytes; None for the weights as they are.
        context: Most tokens of prompt and reply together; the model's own limit where that is lower.
        languages: ISO 639-1 codes that it writes well, its own first; None for those of its card.
        **options: As for every `HubBackend`.
    """

    default = "Qwen/Qwen2.5-1.5B-Instruct"
    continues = False
    rereads = True

    def __init__(
        self,
        registry: Registry,
        *,
        quantize: Quantize | None = None,
        context: int = MOST_CONTEXT,
        languages: Sequence[str] | None = None,
        **options: Any,
    ) -> None:
        if quantize not in (None, "4bit", "8bit") or context < 512:
            raise SettingsError(
                said("These chat model settings are invalid"),
                given=f"quantize {quantize!r}, context {context}",
                allowed="quantize 4bit or 8bit, a context of 512 or more",
            )
        super().__init__(registry, **options)
        self._quantize = quantize
        self.context_tokens, self.sees = context, False
        self._given_languages = tuple(languages or ())
        self.languages: tuple[str, ...] = self._given_languages or ("en",)
        self._running: weakref.WeakSet[Future[Any]] = weakref.WeakSet()

    def _open(self, folder: Path, placement: Placement) -> None:
        from transformers import AutoConfig
        from transformers.models.auto.modeling_auto import (
            MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
            MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES,
        )

        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        self.sees = config.model_type in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES
        if not self.sees and config.model_type not in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES:
            raise ModelError(
                said("The model {model} does not generate text", model=self.model),
                given=f"type {config.model_type}",
            )
        self._template = ChatTemplate.open(folder, self.model, sees=self.sees)
        self._net = self._open_net(folder, placement)
        limit = getattr(config.get_text_config(), "max_position_embeddings", None)
        self.context_tokens = min(self.context_tokens, limit or self.context_tokens)
        self.languages = self._given_languages or card_languages(folder) or ("en",)

    def _open_net(self, folder: Path, placement: Placement) -> Any:
        from transformers import AutoModelForCausalLM, AutoModelForImageTextToText

        kind = AutoModelForImageTextToText if self.sees else AutoModelForCausalLM
        if self._quantize is None:
            return open_pretrained(kind, folder, placement)
        settings = _quantization(self._quantize, placement)
        return open_pretrained(
            kind, folder, placement, device_map={"": placement.device}, quantization_config=settings
        )

    def _close(self) -> None:
        wait(list(self._running))
        super()._close()

    def warm_up(self) -> None:
        """Generate one token."""
        list(self.stream([{"role": "user", "content": "Hello"}], temperature=0.0, max_tokens=1))

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Return at least as many tokens as the prompt of `messages` has."""
        self.require_loaded()
        return self._template.count(messages)

    def stream(
        self,
        messages: Sequence[Message],
        *,
        temperature: float,
        max_tokens: int,
        cancel: CancelToken | None = None,
    ) -> Generator[str, None, Finish]:
        """Yield the reply in pieces; return how it ended.

        Raises:
            InputError: for pictures where the model sees none.
            BackendError: if the model fails.
        """
        self.require_loaded()
        if not self.sees:
            refuse_pictures(messages, self.model)
        inputs = self._template.inputs(messages, self._net)
        generation = Generation(self.model, self._net, self._template.tokenizer)
        work = partial(generation.run, inputs, temperature, max_tokens)
        with suppress(Cancelled):
            yield from stream_from_thread(work, cancel, name="trio-generate", running=self._running)
        return generation.finish(max_tokens)


def _quantization(quantize: Quantize, placement: Placement) -> Any:
    """Return the settings for bitsandbytes. Raises MissingPackageError."""
    missing = [name for name in ("bitsandbytes", "accelerate") if find_spec(name) is None]
    if missing:
        command = f"python -m pip install {' '.join(missing)}"
        raise MissingPackageError(
            said("Weights of {bits} bits need packages that are not installed", bits=quantize[0]),
            given=said("missing {packages}", packages=", ".join(missing)),
            fix=said("Install them with: {command}", command=command),
        )
    from transformers import BitsAndBytesConfig

    if quantize == "8bit":
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_compute_dtype=placement.torch_dtype)
