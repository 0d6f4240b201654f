"""Sentence embeddings with all-MiniLM-L6-v2 (https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2)."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.core.cancel import CancelToken
from pipelines.core.errors import BackendError
from pipelines.core.onnx import Session, open_mapped
from pipelines.core.registry import Registry
from pipelines.core.said import said

MAX_TOKENS = 256
BATCH = 32


class MiniLMEncoder:
    """Mean-pooled, L2-normalised sentence vectors, width 384. The last text's vector is remembered.

    Two classifiers ask for the same text at the same time; the encoder runs once for both.
    """

    model = "all-MiniLM-L6-v2 (ONNX Runtime)"

    def __init__(self, registry: Registry, *, threads: int = 2) -> None:
        self._store, self._threads = registry.store, threads
        self._session: Session | None = None
        self._tokenizer: Any = None
        self._lock = threading.Lock()
        self._last: tuple[str, NDArray[np.float32]] | None = None

    def load(self) -> None:
        """Verify and open graph, weights and tokenizer. Raises ModelError."""
        from tokenizers import Tokenizer

        folder, graph = self._store.path("minilm"), self._store.path("minilm-graph")
        self._session = open_mapped(graph / "graph.onnx", folder / "model.safetensors", self._threads)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.enable_padding()

    def warm_up(self) -> None:
        """Embed one word."""
        self.embed(["hello"])

    def unload(self) -> None:
        """Free the weights."""
        self._session = self._tokenizer = self._last = None

    def embed(self, texts: Sequence[str], *, cancel: CancelToken | None = None) -> NDArray[np.float32]:
        """Return float32 (len(texts), 384), each row of length 1; texts are cut after 256 tokens.

        Raises:
            Cancelled: when the token is cancelled, between two batches.
        """
        if len(texts) == 1:
            return self._embed_one(texts[0])[None]
        rows = []
        for at in range(0, len(texts), BATCH):
            if cancel is not None:
                cancel.raise_if_cancelled()
            rows.append(self._run(texts[at : at + BATCH]))
        return np.concatenate(rows) if rows else np.zeros((0, 384), np.float32)

    def count_tokens(self, texts: Sequence[str]) -> int:
        """Return how many tokens `embed` reads of all the texts together, with each one's first and last."""
        tokenizer, _ = self._loaded()
        return sum(sum(e.attention_mask) for e in tokenizer.encode_batch(list(texts)))

    def _loaded(self) -> tuple[Any, Session]:
        if self._session is None:
            raise BackendError(
                said("The sentence encoder is not loaded"), fix=said("Load it through the registry")
            )
        return self._tokenizer, self._session

    def _embed_one(self, text: str) -> NDArray[np.float32]:
        with self._lock:
            if self._last is None or self._last[0] != text:
                self._last = text, self._run([text])[0]
            return self._last[1]

    def _run(self, texts: Sequence[str]) -> NDArray[np.float32]:
        tokenizer, session = self._loaded()
        encodings = tokenizer.encode_batch(list(texts))
        ids = np.array([encoding.ids for encoding in encodings], dtype=np.int64)
        mask = np.array([encoding.attention_mask for encoding in encodings], dtype=np.int64)
        (tokens,) = session.run(["tokens"], {"ids": ids, "mask": mask})
        weights = mask[:, :, None].astype(np.float32)
        pooled = (tokens * weights).sum(axis=1) / weights.sum(axis=1)
        return np.asarray(pooled / np.linalg.norm(pooled, axis=1, keepdims=True), dtype=np.float32)
