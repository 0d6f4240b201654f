"""A reply as /v1/responses words it: whole, and as the events of a stream."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from chatbot.api.chat_run import ChatRun
from chatbot.api.completions import calls_of, logprobs, usage
from chatbot.api.errors import api_error
from chatbot.api.schemas_responses import ResponseRequest
from chatbot.turn.events import Done, Reply, TextDelta, TurnEvent, Waiting
from chatbot.web.error_responses import clean

Json = dict[str, Any]


@dataclass(eq=False)
class Response:
    """One response while it is made.

    Attributes:
        asked: The request.
        answering: Its work.
    """

    asked: ResponseRequest
    answering: ChatRun
    id: str = field(default_factory=lambda: f"resp_{secrets.token_hex(16)}")

    def __post_init__(self) -> None:
        self.message_id = f"msg_{secrets.token_hex(12)}"
        self.calls: list[Json] = []
        self.text = ""

    def unfinished(self) -> Json:
        """Return what is known at the beginning."""
        return self._object("in_progress", [], None)

    def failed(self, error: Exception) -> Json:
        """Return what is known once it failed."""
        told = api_error(error)
        whole = self._object("failed", [], None)
        return {**whole, "error": {"code": told.code, "message": clean(told.message)}}

    def finished(self, reply: Reply) -> Json:
        """Return the whole response."""
        self.text, self.calls = clean(self.answering.new_text(reply)), calls_of(reply)
        output = [self.message(self.text, reply)] if self.text or not self.calls else []
        output += [call_item(call) for call in self.calls]
        cut = reply.finish is not None and reply.finish.reason == "length"
        whole = self._object("incomplete" if cut else "completed", output, usage(reply))
        if cut:
            whole["incomplete_details"] = {"reason": "max_output_tokens"}
        return {**whole, "trio": self.answering.record(reply)}

    def message(self, text: str, reply: Reply | None = None, status: str = "completed") -> Json:
        """Return the item that holds the reply's words."""
        part = text_part(
            text, logprobs(reply)["content"] if reply is not None and self.asked.logprobs else []
        )
        content = [part] if reply is not None else []
        return {
            "id": self.message_id,
            "type": "message",
            "role": "assistant",
            "status": status,
            "content": content,
        }

    def _object(self, status: str, output: list[Json], used: dict[str, int] | None) -> Json:
        asked = self.asked
        given = asked.model_dump(mode="json", by_alias=True, exclude_none=True)
        return {
            "id": self.id,
            "object": "response",
            "created_at": self.answering.created,
            "status": status,
            "error": None,
            "incomplete_details": None,
            "model": asked.model,
            "output": output,
            "instructions": asked.instructions,
            "max_output_tokens": asked.max_output_tokens,
            "metadata": asked.metadata or {},
            "parallel_tool_calls": True if asked.parallel_tool_calls is None else asked.parallel_tool_calls,
            "previous_response_id": asked.previous_response_id,
            "store": asked.store is not False,
            "temperature": asked.temperature,
            "text": given.get("text", {"format": {"type": "text"}}),
            "tool_choice": given.get("tool_choice", "auto"),
            "tools": given.get("tools", []),
            "top_p": None,
            "usage": None if used is None else _usage(used),
        }


def text_part(text: str, probabilities: list[Json] | None = None) -> Json:
    """Return a part of words."""
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": probabilities or []}


def call_item(call: Json) -> Json:
    """Return the item of a call, from chat's form of it."""
    return {
        "id": f"fc_{secrets.token_hex(12)}",
        "type": "function_call",
        "status": "completed",
        "call_id": call["id"],
        **call["function"],
    }


def _usage(used: dict[str, int]) -> Json:
    return {
        "input_tokens": used["prompt_tokens"],
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": used["completion_tokens"],
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": used["total_tokens"],
    }


class _Events:
    """Numbers the events of a stream, and remembers what was begun."""

    def __init__(self, response: Response) -> None:
        self._response, self._number, self._begun = response, 0, False

    def event(self, kind: str, **fields: Any) -> Json:
        self._number += 1
        return {"type": f"response.{kind}", "sequence_number": self._number - 1, **fields}

    def begin(self) -> list[Json]:
        found = self._response.unfinished()
        return [self.event("created", response=found), self.event("in_progress", response=found)]

    def written(self, text: str) -> list[Json]:
        first: list[Json] = []
        place = {"item_id": self._response.message_id, "output_index": 0, "content_index": 0}
        if not self._begun:
            self._begun = True
            item = self._response.message("", status="in_progress")
            first = [
                self.event("output_item.added", output_index=0, item=item),
                self.event("content_part.added", **place, part=text_part("")),
            ]
        return [*first, self.event("output_text.delta", **place, delta=clean(text), logprobs=[])]

    def end(self, reply: Reply) -> list[Json]:
        whole = self._response.finished(reply)
        out: list[Json] = []
        for index, item in enumerate(whole["output"]):
            out += self._message(index, item) if item["type"] == "message" else self._call(index, item)
        last = "incomplete" if whole["status"] == "incomplete" else "completed"
        return [*out, self.event(last, response=whole)]

    def _message(self, index: int, item: Json) -> list[Json]:
        first = [] if self._begun else self.written("")
        part = item["content"][0]
        place = {"item_id": item["id"], "output_index": index, "content_index": 0}
        return [
            *first,
            self.event("output_text.done", **place, text=part["text"], logprobs=part["logprobs"]),
            self.event("content_part.done", **place, part=part),
            self.event("output_item.done", output_index=index, item=item),
        ]

    def _call(self, index: int, item: Json) -> list[Json]:
        place = {"item_id": item["id"], "output_index": index}
        begun = {**item, "status": "in_progress", "arguments": ""}
        done = {**place, "name": item["name"], "arguments": item["arguments"]}
        return [
            self.event("output_item.added", output_index=index, item=begun),
            self.event("function_call_arguments.delta", **place, delta=item["arguments"]),
            self.event("function_call_arguments.done", **done),
            self.event("output_item.done", output_index=index, item=item),
        ]


async def response_events(response: Response, events: AsyncIterator[TurnEvent]) -> AsyncIterator[Json | str]:
    """Yield a stream's events, and comments while the turn waits; a turn that fails ends with its error."""
    told = _Events(response)
    for item in told.begin():
        yield item
    try:
        async with aclosing(events) as all_events:  # type: ignore[type-var]
            async for event in all_events:
                if isinstance(event, Waiting):
                    yield f"waiting, position {event.position}"
                elif isinstance(event, TextDelta):
                    for item in told.written(event.text):
                        yield item
                elif isinstance(event, Done):
                    for item in told.end(event.reply):
                        yield item
    except Exception as error:
        yield told.event("failed", response=response.failed(error))
