"""The whole table of back-ends: the pipelines' stages and the generator of replies."""

from __future__ import annotations

from chatbot.settings import Settings
from pipelines.backends import PIPELINE_TABLE
from pipelines.backends_ray import NAME as RAY
from pipelines.backends_ray import ray_row
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
        RAY: ray_row("chatbot.generators.cluster:ClusterGenerator"),
    },
}


def chatbot_registry(settings: Settings, store: WeightStore | None = None) -> Registry:
    """Return a registry with the settings' choices; nothing is loaded yet.

    Raises:
        UnknownBackendError: if the settings name a back-end that the table lacks.
    """
    here = settings.backends.get(Stage.GENERATE) != RAY
    options = {Stage.GENERATE: {"threads": settings.threads}} if here else {}
    registry = Registry(CHATBOT_TABLE, store or WeightStore(), settings.backends, options)
    for stage in settings.backends:
        registry.spec(stage)
    return registry
