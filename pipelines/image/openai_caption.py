"""Captions by a chat model that sees, behind an OpenAI-compatible server."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field
from pydantic.dataclasses import dataclass

from pipelines.core.cancel import CancelToken
from pipelines.core.errors import BackendError
from pipelines.core.openai_client import errors
from pipelines.core.openai_client.backend import ServerBackend
from pipelines.core.openai_client.client import Ask
from pipelines.core.openai_client.options import EndpointOptions
from pipelines.core.said import said
from pipelines.core.types import Caption, Image, Stage
from pipelines.image.encode import jpeg_data_url

PROMPT = "Describe this picture in one plain sentence. Say only what can be seen."


@dataclass(frozen=True)
class CaptionOptions(EndpointOptions):
    """`prompt`: what the model is asked. `max_tokens`: longest caption."""

    stage: ClassVar[Stage] = Stage.CAPTION

    prompt: str = PROMPT
    max_tokens: Annotated[int, Field(ge=1, le=1024)] = 80


class OpenAICaptioner(ServerBackend[CaptionOptions]):
    """Asks the model for one sentence about the picture."""

    options_type = CaptionOptions

    def caption(self, image: Image, *, cancel: CancelToken | None = None) -> Caption:
        """Return the sentence; its confidence is the geometric mean of its tokens' probabilities.

        The confidence is None where the server does not give probabilities.

        Raises:
            BackendError: if the server fails, or says nothing.
            Cancelled: when the token is cancelled.
        """
        found = self.client.json(self._ask(image), cancel)
        try:
            choice = found["choices"][0]
            text = " ".join(choice["message"]["content"].split())
        except (LookupError, TypeError, AttributeError):
            raise errors.unreadable(self.options, "no choice with a message") from None
        if not text:
            raise BackendError(
                said("The model {model} returned no description of the picture", model=self.model)
            )
        return Caption(text, _confidence(choice))

    def _ask(self, image: Image) -> Ask:
        limit = self.options.max_tokens
        content = [
            {"type": "text", "text": self.options.prompt},
            {"type": "image_url", "image_url": {"url": jpeg_data_url(image)}},
        ]
        body = {
            "model": self._name,
            "messages": [{"role": "user", "content": content}],
            "max_tokens": limit,
            "temperature": 0.0,
            "logprobs": True,
        }
        instead: dict[str, dict[str, Any]] = {
            "max_tokens": {"max_completion_tokens": limit},
            "temperature": {},
            "logprobs": {},
        }
        return Ask("/chat/completions", body, instead=instead)


def _confidence(choice: Mapping[str, Any]) -> float | None:
    try:
        found = [float(token["logprob"]) for token in choice["logprobs"]["content"]]
    except (LookupError, TypeError, ValueError):
        return None
    return min(1.0, math.exp(sum(found) / len(found))) if found else None
