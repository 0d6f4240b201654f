"""/v1/embeddings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Request
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from chatbot.api.errors import ApiError
from chatbot.api.large_bodies import LargeBodyRoute
from chatbot.api.media_codec import to_base64
from chatbot.api.schemas_replies import ERRORS, EmbeddingList
from chatbot.api.service import Service
from pipelines.core.cancel import CancelToken
from pipelines.core.types import Stage

_BATCH = 32
_Text = Annotated[str, Field(min_length=1, max_length=100_000)]


class EmbeddingRequest(BaseModel):
    """Texts to be embedded; each is cut at the encoder's length. Lists of token numbers are refused."""

    model_config = ConfigDict(extra="ignore")

    input: _Text | Annotated[list[_Text], Field(min_length=1, max_length=2048)]
    model: Annotated[str, Field(max_length=200)] = "trio"
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = None


def embeddings_router(service: Service) -> APIRouter:
    """Return the route."""
    router = APIRouter(route_class=LargeBodyRoute)

    @router.post("/embeddings", response_model=EmbeddingList, responses=ERRORS)
    async def embed(request: Request, asked: EmbeddingRequest) -> Any:
        """Turn texts into vectors of length 1."""
        texts = [asked.input] if isinstance(asked.input, str) else asked.input
        service.backend_name(Stage.EMBED, asked.model)

        def work(cancel: CancelToken) -> Iterator[tuple[NDArray[np.float32], int]]:
            encoder = service.backend(Stage.EMBED, asked.model)
            for at in range(0, len(texts), _BATCH):
                cancel.raise_if_cancelled()
                batch = texts[at : at + _BATCH]
                yield encoder.embed(batch, cancel=cancel), encoder.count_tokens(batch)

        found = await service.jobs.all("/v1/embeddings", work, request)
        rows = [row for vectors, _ in found for row in vectors]
        tokens = sum(count for _, count in found)
        if asked.dimensions is not None and asked.dimensions != len(rows[0]):
            raise ApiError(
                400,
                f"The vectors of this model have {len(rows[0])} dimensions and are not shortened.",
                "unsupported_value",
                "dimensions",
            )
        return {
            "object": "list",
            "data": [
                {"object": "embedding", "index": n, "embedding": _written(row, asked.encoding_format)}
                for n, row in enumerate(rows)
            ],
            "model": asked.model,
            "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
        }

    return router


def _written(row: NDArray[np.float32], encoding: str) -> list[float] | str:
    return to_base64(row.astype("<f4").tobytes()) if encoding == "base64" else [float(v) for v in row]
