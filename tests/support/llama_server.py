"""llama.cpp's own server on a loopback port, for tests of the client."""

from __future__ import annotations

from typing import Any

import xllamacpp

from pipelines.core.weights import WeightStore

MODEL = "qwen-0.5b"
KEY = "sk-local-key"


class LlamaServer:
    """Serves the packaged 0.5B until it is deleted. `url` ends in /v1."""

    def __init__(self, store: WeightStore, slots: int = 2, slot_tokens: int = 1024) -> None:
        gguf = next(file.path for file in store.entry(MODEL).files if file.path.endswith(".gguf"))
        params = xllamacpp.CommonParams()
        params.model.path = str(store.path(MODEL) / gguf)
        params.n_parallel, params.n_ctx = slots, slots * slot_tokens
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
        params.verbosity = -1
        params.hostnames, params.port, params.api_keys = ["127.0.0.1"], 0, [KEY]
        params.endpoint_slots = True
        self._server: Any = xllamacpp.Server(params)
        address = str(self._server.listening_address).rstrip("/")
        self.url = (address if address.startswith("http") else f"http://{address}") + "/v1"
