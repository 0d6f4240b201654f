"""Replies by llama.cpp inside this process (xllamacpp): the packaged Qwen2.5-Coder models, and any GGUF file.

Source: https://huggingface.co/Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF (Hui et al., 2024, arXiv:2409.12186).
"""

from __future__ import annotations

import datetime
import os
import secrets
import weakref
from collections.abc import Generator, Iterable, Mapping, Sequence
from concurrent.futures import Future, wait
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from chatbot.generators.api_messages import api_extras, logprobs_of
from chatbot.generators.protocol import Extras, Finish, Message, TokenLogprob
from chatbot.generators.token_estimate import estimate_tokens
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import BackendError, Cancelled, InputError, TrioError
from pipelines.core.registry import Registry
from pipelines.core.said import Said, said
from pipelines.core.streams import Put, stream_from_thread
from pipelines.text.turns import system_text

SLOTS = 2
SLOT_TOKENS = 8192
BATCH_TOKENS = 512
"""Of a prompt that are read between two looks at whether it is still wanted."""
CACHE_MEGABYTES = 256
"""Memory for the prompts of conversations that have no slot just now; about 9,000 tokens of the 1.5B."""
SAMPLING: Mapping[str, float] = MappingProxyType({"min_p": 0.05})
_REJECTED = said("llama.cpp rejected the prompt")
LANGUAGES = ("en", "zh", "es", "fr", "de", "it", "pt", "ru", "ja", "ko")


class LlamaGenerator:
    """A packaged GGUF model in llama.cpp, several conversations at a time, prompt prefixes kept warm.

    A subclass names a model of the weights manifest.

    Args:
        registry: Where the verified model file comes from.
        threads: Threads of the model.
    """

    model = "any GGUF"
    name = ""
    """In the weights manifest."""
    adapter: str | None = None
    """A LoRA adapter for it, in the weights manifest."""
    context_tokens = SLOT_TOKENS
    sees = False
    continues = True
    takes = frozenset({"schema", "logprobs", "plain"})
    languages: tuple[str, ...] = LANGUAGES

    def __init__(self, registry: Registry, *, threads: int = 2) -> None:
        self._registry, self._threads = registry, threads
        self._server: Any = None
        self._generations: weakref.WeakSet[_Generation] = weakref.WeakSet()

    def load(self) -> None:
        """Verify and load the model. Raises ModelError, or BackendError where llama.cpp refuses it."""
        folder = self._registry.store.path(self.name)
        gguf = next(f.path for f in self._registry.store.entry(self.name).files if f.path.endswith(".gguf"))
        try:
            self._server = start_server(folder / gguf, self._threads, self._adapter_file(), mapped=False)
        except RuntimeError as error:
            raise BackendError(
                said("llama.cpp could not load the model"), given=f"{gguf}: {error}"
            ) from error

    def _adapter_file(self) -> Path | None:
        return self._registry.store.path(self.adapter) / "adapter.gguf" if self.adapter else None

    def _prepared(self, messages: Sequence[Message]) -> list[dict[str, Any]]:
        """Return the messages as llama.cpp takes them."""
        return [dict(message) for message in messages]

    def warm_up(self) -> None:
        """Read what stands in front of every conversation of today, and generate one token."""
        system = system_text(self.model, datetime.date.today())
        messages: list[Message] = [
            {"role": "system", "content": system},
            {"role": "user", "content": "Hello"},
        ]
        list(self.stream(messages, temperature=0.0, max_tokens=1))

    def unload(self) -> None:
        """Free the model, once the replies that were being written have ended."""
        self._server = None
        wait([future for generation in list(self._generations) for future in generation.futures])

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Return an upper estimate, see `estimate_tokens`."""
        return estimate_tokens(messages)

    def stream(
        self,
        messages: Sequence[Message],
        *,
        temperature: float,
        max_tokens: int,
        cancel: CancelToken | None = None,
        extras: Extras | None = None,
    ) -> Generator[str, None, Finish | None]:
        """Yield the reply in pieces; return how it ended. Raises BackendError if llama.cpp says so.

        A last message of the assistant is gone on with. A schema of `extras` holds the reply by grammar;
        `plain` leaves the adapter out.
        """
        request = {
            "messages": self._prepared(messages),
            "max_tokens": max_tokens,
            "temperature": temperature,
            "stream": True,
            "return_progress": True,  # so that a prompt that is not wanted any more is not read to its end
            "stream_options": {"include_usage": True},
            **SAMPLING,
            **api_extras(extras),
        }
        if self.adapter and extras is not None and extras.plain:
            request["lora"] = [{"id": 0, "scale": 0.0}]
        generation = _Generation(self._server, request, self._generations)
        self._generations.add(generation)
        with suppress(Cancelled):
            yield from stream_from_thread(
                generation.run, cancel, name="trio-generate", running=generation.futures
            )
        return generation.finish()


class Qwen15Generator(LlamaGenerator):
    """Qwen2.5-Coder-1.5B-Instruct with Trio's adapter (training/manners)."""

    model = "Qwen2.5-Coder-1.5B-Instruct (llama.cpp, Trio's adapter)"
    name = "qwen-1.5b"
    adapter = "manners-adapter"


class Qwen05Generator(LlamaGenerator):
    """Qwen2.5-Coder-0.5B-Instruct, for machines with little memory."""

    model = "Qwen2.5-Coder-0.5B-Instruct (llama.cpp)"
    name = "qwen-0.5b"


def start_server(
    path: Path,
    threads: int,
    adapter: Path | None = None,
    *,
    projector: Path | None = None,
    slot_tokens: int = SLOT_TOKENS,
    gpu: bool = True,
    mapped: bool = True,
) -> Any:
    """Return llama.cpp's server core. It also opens a loopback port, which a random key closes to others.

    Args:
        path: The GGUF file.
        threads: Threads that read the prompt, see `writing_threads`.
        adapter: A LoRA adapter for it.
        projector: The picture encoder (mmproj) that belongs to it.
        slot_tokens: Context of each conversation.
        gpu: Whether layers may go to a GPU, where the build of llama.cpp has one.
        mapped: Whether the file is mapped into memory. llama.cpp rearranges weights for the processor in
            a copy; of a mapped file both stay, 0.6 GB more with the 1.5B. A file that is not mapped must fit.
    """
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_parallel = SLOTS
    params.n_ctx = SLOTS * slot_tokens
    params.cpuparams.n_threads = writing_threads(threads)
    params.cpuparams_batch.n_threads = threads
    params.n_batch = BATCH_TOKENS
    params.cache_ram_mib = CACHE_MEGABYTES
    params.verbosity = -1
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [secrets.token_hex(32)]
    if not mapped:
        params.load_mode = xllamacpp.llama_load_mode.LLAMA_LOAD_MODE_NONE
    if not gpu:
        params.n_gpu_layers, params.mmproj_use_gpu = 0, False
    if projector is not None:
        params.mmproj.path = str(projector)
    if adapter is not None:
        lora = xllamacpp.CommonAdapterLoraInfo()
        lora.path, lora.scale = str(adapter), 1.0
        params.lora_adapters = [lora]
    return xllamacpp.Server(params)


def writing_threads(threads: int) -> int:
    """Return how many threads write: a core is left to the voice, which says a sentence meanwhile.

    llama.cpp's threads spin while they wait for one another. On two busy cores two of them took longer than
    one, sometimes many times as long; the first sound came after 1.60 s instead of 1.76 s with one.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(threads, cores - 1))


class _Generation:
    """One reply. llama.cpp calls back from a thread of its own.

    A reply that was cancelled holds its slot until the next token. The prompt that follows often begins as
    that one did; it waits that long, because in another slot it would be read from its first word.
    """

    def __init__(self, server: Any, request: dict[str, Any], others: Iterable[_Generation]) -> None:
        self._server, self._request, self._others = server, request, others
        self.futures: weakref.WeakSet[Future[Any]] = weakref.WeakSet()
        self._cancel: CancelToken | None = None
        self._reason: str | None = None
        self._usage: dict[str, Any] | None = None
        self._logprobs: list[TokenLogprob] = []
        self._refusal: TrioError | None = None

    @property
    def ending(self) -> bool:
        """Whether it was cancelled while llama.cpp wrote it."""
        return self._cancel is not None and self._cancel.cancelled

    def finish(self) -> Finish | None:
        """Return how the reply ended; None where llama.cpp did not say."""
        if self._usage is None or self._reason is None:
            return None
        reason: Literal["stop", "length"] = "length" if self._reason == "length" else "stop"
        counts = self._usage["prompt_tokens"], self._usage["completion_tokens"]
        return Finish(reason, *counts, tuple(self._logprobs))

    def run(self, put: Put[str], cancel: CancelToken) -> None:
        """Write the reply until it ends or the token is cancelled. Raises BackendError, InputError."""

        def take(chunk: dict[str, Any]) -> bool:
            """Take one event of the stream; True asks llama.cpp to stop."""
            self._take(chunk, put)
            return cancel.cancelled

        wait([future for other in list(self._others) if other.ending for future in other.futures])
        if cancel.cancelled:
            return
        self._cancel = cancel  # only now: nobody waits for one that waits
        try:
            self._server.handle_chat_completions(self._request, take)
        except Exception as error:
            what = said("llama.cpp failed while writing the reply")
            self._refusal = self._refusal or self._refused(str(error), what)
        if self._refusal is not None:
            raise self._refusal

    def _take(self, chunk: dict[str, Any], put: Put[str]) -> None:
        if "choices" in chunk:
            for choice in chunk["choices"]:
                if text := (choice.get("delta") or {}).get("content"):
                    put(text)
                self._logprobs += logprobs_of(choice)
                self._reason = choice.get("finish_reason") or self._reason
            self._usage = chunk.get("usage") or self._usage
        elif error := chunk.get("error", chunk if "message" in chunk else None):
            message = error.get("message", error) if isinstance(error, dict) else error
            self._refusal = self._refused(str(message))

    def _refused(self, message: str, what: Said = _REJECTED) -> TrioError:
        """Return what llama.cpp's words mean: a schema that it cannot hold is the request's fault."""
        if "response_format" in self._request and ("schema" in message or "grammar" in message):
            return InputError(
                said("llama.cpp cannot apply this JSON schema"),
                given=message[:200],
                fix=said("Remove patterns, formats and other uncommon keywords"),
            )
        return BackendError(what, given=message)
