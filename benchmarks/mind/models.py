"""The models that are asked: a row of the app's table, or any GGUF with or without an adapter."""

from __future__ import annotations

import argparse
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from chatbot.generators.protocol import Generator, Message

SLOT_TOKENS = 4096
NONE = "none"
_SPELLED = {"qwen": "Qwen", "coder": "Coder", "instruct": "Instruct", "smollm2": "SmolLM2"}
_QUANTISED = re.compile(r"[-_.](i?q\d\w*|f16|bf16|f32)$", re.IGNORECASE)


class Model(Protocol):
    """A model of the replies. `name`: of its results."""

    name: str

    @property
    def told(self) -> str:
        """Return the model's name as the system text tells it."""

    def reply(self, messages: Sequence[Message], max_tokens: int) -> tuple[str, int]:
        """Return the whole reply at temperature 0, and its tokens."""


@dataclass
class TableModel:
    """A generator of the app."""

    name: str
    generator: Generator

    @property
    def told(self) -> str:
        """Return the generator's own name."""
        return self.generator.model

    def reply(self, messages: Sequence[Message], max_tokens: int) -> tuple[str, int]:
        """Return the reply as the app streams it."""
        stream = self.generator.stream(messages, temperature=0.0, max_tokens=max_tokens)
        pieces: list[str] = []
        while True:
            try:
                pieces.append(next(stream))
            except StopIteration as end:
                tokens = end.value.reply_tokens if end.value else len(pieces)
                return "".join(pieces).strip(), tokens


class GgufModel:
    """A GGUF in llama.cpp, with the app's sampling.

    Args:
        path: The model.
        adapter: A LoRA adapter for it (GGUF).
        parallel: Replies written at a time.
        threads: Threads of all of them.
        name: Of the results; made of the files' names where "".
        told: Of the model in the system text; made of the file's name where "".
    """

    def __init__(
        self, path: Path, adapter: Path | None, parallel: int, threads: int, name: str = "", told: str = ""
    ) -> None:
        from chatbot.generators.llama import SAMPLING

        self.name = name or "+".join([path.stem, *([adapter.stem] if adapter else [])])
        self._told = told or spelled(path.stem)
        self._request = {"temperature": 0.0, **SAMPLING}
        self._server = _server(path, adapter, parallel, threads)

    @property
    def told(self) -> str:
        """Return the model's name as the system text tells it."""
        return self._told

    def reply(self, messages: Sequence[Message], max_tokens: int) -> tuple[str, int]:
        """Return the reply. Raises RuntimeError if llama.cpp refuses the prompt."""
        request = {**self._request, "messages": [dict(m) for m in messages], "max_tokens": max_tokens}
        found = self._server.handle_chat_completions(request)
        if "choices" not in found:
            raise RuntimeError(f"llama.cpp refused the prompt: {found}")
        return found["choices"][0]["message"]["content"].strip(), found["usage"]["completion_tokens"]


def chosen(options: argparse.Namespace) -> Model:
    """Return the model that the command line names."""
    adapter = None if options.adapter in (None, NONE) else Path(options.adapter)
    if options.gguf is not None:
        return GgufModel(options.gguf, adapter, options.parallel, options.threads, options.name, options.told)
    if options.adapter is not None:
        plain = f"{options.model}+{adapter.stem if adapter else NONE}"
        path = stored(options.model)
        return GgufModel(
            path, adapter, options.parallel, options.threads, options.name or plain, options.told
        )
    return _of_table(options.model, options.name or options.model, options.parallel)


def stored(name: str) -> Path:
    """Return the model file of a row of the app's table."""
    from chatbot.config.backends import GENERATOR_TABLE, chatbot_registry
    from chatbot.config.settings import Settings
    from pipelines.core.types import Stage

    store = chatbot_registry(Settings(backends={Stage.GENERATE: name})).store
    model = GENERATOR_TABLE[Stage.GENERATE][name].models[0]
    file = next(f.path for f in store.entry(model).files if f.path.endswith(".gguf"))
    return store.path(model) / file


def spelled(stem: str) -> str:
    """Return a model's name, as the app tells it, from its file's.

    qwen2.5-coder-1.5b-instruct-q4_k_m is Qwen2.5-Coder-1.5B-Instruct (llama.cpp).
    """
    parts = _QUANTISED.sub("", stem).split("-")
    return f"{'-'.join(_part(part) for part in parts)} (llama.cpp)"


def _part(part: str) -> str:
    if re.fullmatch(r"[\d.]+[bm]", part):
        return part.upper()
    for lower, right in _SPELLED.items():
        if part.startswith(lower):
            return right + part[len(lower) :]
    return part


def _of_table(row: str, name: str, parallel: int) -> TableModel:
    from chatbot.config.backends import chatbot_registry
    from chatbot.config.settings import Settings
    from chatbot.generators import llama
    from pipelines.core.types import Stage

    # More conversations at a time than the app holds: the context of each stays what it is.
    setattr(llama, "SLOTS", parallel)  # noqa: B010
    return TableModel(name, chatbot_registry(Settings(backends={Stage.GENERATE: row})).get(Stage.GENERATE))


def _server(path: Path, adapter: Path | None, parallel: int, threads: int) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_parallel, params.n_ctx = parallel, parallel * SLOT_TOKENS
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.verbosity = -1
    params.hostnames, params.port = ["127.0.0.1"], 0
    params.api_keys = [secrets.token_hex(32)]
    if adapter is not None:
        lora = xllamacpp.CommonAdapterLoraInfo()
        lora.path, lora.scale = str(adapter), 1.0
        params.lora_adapters = [lora]
    return xllamacpp.Server(params)
