"""The whole table of back-ends: the pipelines' stages and the generator of replies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chatbot.config.hub_models import hub_models, hub_models_table
from chatbot.config.mind import LARGE, SMALL, chosen_mind
from chatbot.config.profiles import chosen_backends
from chatbot.config.settings import Settings
from pipelines.backends import PIPELINE_TABLE
from pipelines.backends_hub import PLACED, TORCH
from pipelines.backends_ray import NAME as RAY
from pipelines.backends_ray import ray_row
from pipelines.backends_server import server_spec
from pipelines.core.errors import SettingsError
from pipelines.core.hub_backend import INSTALL
from pipelines.core.registry import BackendSpec, Registry, Table, merged
from pipelines.core.said import said
from pipelines.core.types import Stage
from pipelines.core.weights import WeightStore

GENERATOR_TABLE: Table = {
    Stage.GENERATE: {
        LARGE: BackendSpec(
            "chatbot.generators.llama:Qwen15Generator",
            "embedded",
            "Qwen2.5-Coder-1.5B-Instruct through llama.cpp",
            models=("qwen-1.5b", "manners-adapter"),
            options=("threads",),
            title="Qwen2.5 1.5B",
        ),
        SMALL: BackendSpec(
            "chatbot.generators.llama:Qwen05Generator",
            "embedded",
            "Qwen2.5-Coder-0.5B-Instruct through llama.cpp, for machines with little memory",
            models=("qwen-0.5b",),
            options=("threads",),
            title="Qwen2.5 0.5B",
        ),
        "openai": server_spec(
            "chatbot.generators.openai_server:OpenAIGenerator",
            "A chat model behind any OpenAI-compatible server",
            "vision",
            "context_tokens",
            "languages",
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
                "adapter",
            ),
        ),
        RAY: ray_row("chatbot.generators.cluster_generator:ClusterGenerator"),
    },
}
CHATBOT_TABLE: Table = merged(PIPELINE_TABLE, GENERATOR_TABLE)


def chatbot_registry(settings: Settings, store: WeightStore | None = None) -> Registry:
    """Return a registry with the settings' choices; nothing is loaded yet.

    Raises:
        UnknownBackendError: if the settings name a back-end that the table lacks.
        SettingsError: if they give a back-end an option that it does not take.
    """
    table = merged(CHATBOT_TABLE, hub_models_table(CHATBOT_TABLE, hub_models()))
    choices = chosen_backends(settings.profile, settings.backends)
    choices.setdefault(Stage.GENERATE, chosen_mind(settings.mind))
    shared: dict[str, Any] = {"threads": settings.threads}
    options = settings.options
    if settings.offline:
        shared["offline"] = True
    else:
        options = _may_download(table, choices, options)
    registry = Registry(table, store or WeightStore(), choices, options, shared)
    for stage in choices:
        registry.spec(stage)
    check_options(registry, options)
    return registry


def _may_download(
    table: Table, choices: Mapping[Stage, str], options: Mapping[Stage, Mapping[str, Any]]
) -> dict[Stage, Mapping[str, Any]]:
    """Return the options, with which the hub models that the settings choose are got when they are missing.

    One that somebody chooses on the page must be there already.
    """
    found = dict(options)
    for stage, name in choices.items():
        spec = table.get(stage, {}).get(name)
        if spec is not None and spec.kind == "huggingface":
            found[stage] = {"offline": False, **options.get(stage, {})}
    return found


def check_options(registry: Registry, options: Mapping[Stage, Mapping[str, Any]]) -> None:
    """Raise SettingsError for an option that no back-end of that name takes, or UnknownBackendError."""
    for stage, given in options.items():
        _check_options(registry, stage, given)


def _check_options(registry: Registry, stage: Stage, given: Mapping[str, Any]) -> None:
    """Refuse options that a back-end does not take; those under a back-end's own name are for it alone."""
    rows, chosen = registry.table.get(stage, {}), registry.spec(stage)
    named = {name: value for name, value in given.items() if name in rows}
    _check_names(registry, stage, registry.name(stage), given.keys() - named.keys())
    for name, value in named.items():
        if not isinstance(value, Mapping) and name in chosen.options:
            continue
        if not isinstance(value, Mapping):
            raise SettingsError(
                said("[options.{stage}.{name}] is not a table of options", stage=stage, name=name),
                fix=said("Write the options as a table: [options.{stage}.{name}]", stage=stage, name=name),
            )
        _check_names(registry, stage, name, value)


def _check_names(registry: Registry, stage: Stage, backend: str, options: Iterable[str]) -> None:
    allowed = registry.spec(stage, backend).options
    if unknown := sorted(set(options) - set(allowed)):
        raise SettingsError(
            said(
                "The backend {backend} of {stage} does not have these options",
                backend=repr(backend),
                stage=stage,
            ),
            given=", ".join(unknown),
            allowed=", ".join(allowed) or said("none"),
            fix=said(
                "Change [options.{stage}] in the settings file, or the backend under [backends]", stage=stage
            ),
        )
