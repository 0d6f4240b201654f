"""/v1/models: all of Trio, and every stage's back-ends."""

from __future__ import annotations

import time
from typing import Any

from fastapi import APIRouter

from chatbot.api.aliases import WHOLE
from chatbot.api.errors import ApiError
from chatbot.api.schemas_replies import ERRORS, ModelCard, ModelList
from chatbot.api.service import Service
from pipelines.core.types import Stage


def models_router(service: Service) -> APIRouter:
    """Return the routes."""
    router = APIRouter()
    since = int(time.time())

    def cards() -> list[dict[str, Any]]:
        about = "The whole turn: words, pictures and voice in, text and voice out."
        whole = _card(WHOLE, since, None, None, "embedded", about, True, True, [])
        registry = service.registry
        found = [whole]
        for stage, rows in registry.table.items():
            for name, spec in rows.items():
                chosen = registry.name(stage) == name
                found.append(
                    _card(
                        f"{stage}/{name}",
                        since,
                        stage,
                        name,
                        spec.kind,
                        spec.description,
                        chosen,
                        registry.is_loaded(stage, name),
                        spec.missing_packages(),
                    )
                )
        return found

    @router.get("/models", response_model=ModelList, responses={429: ERRORS[429]})
    def show_all() -> Any:
        """List the models: "trio", and "stage/back-end" for each stage."""
        return {"object": "list", "data": cards()}

    @router.get("/models/{model:path}", response_model=ModelCard, responses={404: ERRORS[404]})
    def show(model: str) -> Any:
        """Tell about one model."""
        named = service.resolve_alias(model)
        for card in cards():
            if card["id"] in (model, named):
                return {**card, "id": model}
        raise ApiError(
            404, f"There is no model {model!r}; GET /v1/models lists them.", "model_not_found", "model"
        )

    return router


def _card(
    name: str,
    created: int,
    stage: Stage | None,
    backend: str | None,
    kind: str,
    description: str,
    chosen: bool,
    loaded: bool,
    missing: list[str],
) -> dict[str, Any]:
    about = {
        "stage": stage,
        "backend": backend,
        "kind": kind,
        "description": description,
        "chosen": chosen,
        "loaded": loaded,
        "missing_packages": missing,
    }
    return {"id": name, "object": "model", "created": created, "owned_by": "trio", "trio": about}
