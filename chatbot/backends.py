"""The whole table of back-ends: the pipelines' stages and the generator of replies."""

from __future__ import annotations

from chatbot.settings import Settings
from pipelines.backends import PIPELINE_TABLE
from pipelines.backends_hub import PLACED, TORCH
from pipelines.core.hub_backend import INSTALL
from pipelines.core.registry import BackendSpec, Registry, Table
from pipelines.core.types import Stage
from pipelines.core.weights import WeightStore

CHATBOT_TABLE: Table = {
    **PIPELINE_TABLE,
    Stage.GENERATE: {
        "trio": BackendSpec(
            "chatbot.generators.llama:TrioGenerator",
            "embedded",
            "SmolLM2-135M-Instruct with Trio's adapter through llama.cpp",
            models=("smollm2-135m-instruct", "dialogue-adapter"),
            options=("threads",),
        ),
        "smollm2": BackendSpec(
            "chatbot.generators.llama:LlamaGenerator",
            "embedded",
            "SmolLM2-135M-Instruct through llama.cpp",
            models=("smollm2-135m-instruct",),
            options=("threads",),
        ),
        "transformers": BackendSpec(
            "chatbot.generators.transformers_chat:TransformersGenerator",
            "huggingface",
            "Any chat model of transformers, also such as see pictures",
            packages=TORCH,
            install=INSTALL,
            options=(*PLACED, "quantize", "context", "languages"),
        ),
        "gguf": BackendSpec(
            "chatbot.generators.gguf:GgufGenerator",
            "huggingface",
            "Any GGUF through llama.cpp, with mmproj where it sees pictures",
            options=(
                "model",
                "revision",
                "offline",
                "device",
                "file",
                "mmproj",
                "context",
                "languages",
                "threads",
            ),
        ),
    },
}


def chatbot_registry(settings: Settings, store: WeightStore | None = None) -> Registry:
    """Return a registry with the settings' choices; nothing is loaded yet.

    Raises:
        UnknownBackendError: if the settings name a back-end that the table lacks.
    """
    registry = Registry(
        CHATBOT_TABLE,
        store or WeightStore(),
        settings.backends,
        {Stage.GENERATE: {"threads": settings.threads}},
    )
    for stage in settings.backends:
        registry.spec(stage)
    return registry
