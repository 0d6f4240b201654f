"""Replies by llama.cpp from any GGUF, with mmproj where the model sees pictures itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chatbot.generators.api_messages import api_messages
from chatbot.generators.llama import SLOT_TOKENS, LlamaGenerator, start_server
from chatbot.generators.message_parts import refuse_pictures
from chatbot.generators.protocol import Message
from chatbot.generators.token_estimate import estimate_tokens
from pipelines.core.errors import BackendError, ModelError, SettingsError
from pipelines.core.hub import Hub
from pipelines.core.hub_backend import find
from pipelines.core.hub_request import HubRequest
from pipelines.core.registry import Registry
from pipelines.core.said import said

DEFAULT = "Qwen/Qwen2.5-1.5B-Instruct-GGUF"
DEFAULT_FILE = "qwen2.5-1.5b-instruct-q4_k_m.gguf"
PICTURE_TOKENS = 1200
"""Upper estimate for one picture: SmolVLM's 17 tiles of 64 tokens are the most of the models tried."""


class GgufGenerator(LlamaGenerator):
    """A chat model as GGUF.

    Args:
        registry: Its store's cache holds the lock files.
        model: A `.gguf` file or a folder on this machine, or a hub id.
        file: The GGUF in the folder or repository; may be left out where there is one alone.
        mmproj: The picture encoder that belongs to it: a file there, or a path.
        revision: Branch, tag or commit of the hub id.
        context: Tokens of each conversation, prompt and reply together.
        languages: ISO 639-1 codes that the model writes well, its own first.
        device: "auto", or "cpu" to keep llama.cpp off the GPU.
        threads: Threads of the model.
        adapter: A LoRA adapter for it, a GGUF file on this machine (`python -m training lora` makes one).
        offline: False lets `load` download what is missing, after it has told size and licence.
    """

    def __init__(
        self,
        registry: Registry,
        *,
        model: str | None = None,
        file: str | None = None,
        mmproj: str | None = None,
        revision: str | None = None,
        context: int = SLOT_TOKENS,
        languages: Sequence[str] = ("en",),
        device: str = "auto",
        threads: int = 2,
        adapter: str | None = None,
        offline: bool = True,
    ) -> None:
        super().__init__(registry, threads=threads)
        if context < 512 or device not in {"auto", "cpu"} or not languages:
            raise SettingsError(
                said("These GGUF model settings are invalid"),
                given=f"context {context}, device {device!r}, languages {list(languages)}",
                allowed="a context of 512 or more, device auto or cpu, one language or more",
            )
        file = DEFAULT_FILE if model is None else file
        named = tuple(name for name in (file, mmproj) if name is not None and not Path(name).is_absolute())
        self.request = HubRequest(model or DEFAULT, revision, named or ("*.gguf",))
        self._hub = Hub.beside(registry.store.cache)
        self._file, self._mmproj, self._offline, self._gpu = file, mmproj, offline, device == "auto"
        self._adapter = None if adapter is None else Path(adapter).expanduser()
        self.context_tokens = context
        self.languages: tuple[str, ...] = tuple(languages)
        self.sees = mmproj is not None
        self.model = f"{Path(file or self.request.model).stem} (llama.cpp)"

    def load(self) -> None:
        """Verify and load the model. Raises ModelError, or BackendError where llama.cpp refuses it."""
        path, projector = self._files()
        if self._adapter is not None and not self._adapter.is_file():
            raise ModelError(
                said("The adapter file was not found"),
                given=str(self._adapter),
                fix=said("Set adapter to a GGUF file"),
            )
        try:
            self._server = start_server(
                path,
                self._threads,
                self._adapter,
                projector=projector,
                slot_tokens=self.context_tokens,
                gpu=self._gpu,
            )
        except RuntimeError as error:
            raise BackendError(
                said("llama.cpp could not load the model"), given=f"{path.name}: {error}"
            ) from error
        self.model = f"{path.stem} (llama.cpp)"

    def _files(self) -> tuple[Path, Path | None]:
        found = find(self._hub, self.request, self._offline)
        folder = found.parent if found.is_file() else found
        path = found if found.is_file() else _only(folder, self._file)
        return path, _only(folder, self._mmproj) if self._mmproj is not None else None

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Return an upper estimate, pictures included."""
        return estimate_tokens(messages, PICTURE_TOKENS)

    def _prepared(self, messages: Sequence[Message]) -> list[dict[str, Any]]:
        if not self.sees:
            refuse_pictures(messages, self.model)
        return api_messages(messages)


def _only(folder: Path, name: str | None) -> Path:
    """Return the GGUF of that name, or the only one of a folder. Raises ModelError."""
    there = sorted(path.name for path in folder.glob("*.gguf"))
    if name is None and len(there) == 1:
        return folder / there[0]
    if name is None or not (folder / name).is_file():
        raise ModelError(
            said("The GGUF file was not found"),
            given=name or said("{count} files", count=len(there)),
            allowed=", ".join(there[:20]) or "none there",
            fix=said("Set file to one of the allowed ones"),
        )
    return folder / name
