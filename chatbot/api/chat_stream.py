"""A reply as the chunks of the OpenAI API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from chatbot.api.chat_run import ChatRun
from chatbot.api.completions import calls_of, logprobs, no_voice, reason_of, usage
from chatbot.api.media_codec import to_base64
from chatbot.turn.events import Done, EvidenceReady, Reply, SpeechChunk, TextDelta, TurnEvent, Waiting
from chatbot.turn.record import evidence_json

Json = dict[str, Any]


async def chunks(answering: ChatRun, events: AsyncIterator[TurnEvent]) -> AsyncIterator[Json | str]:
    """Yield a stream's chunks, and comments while the turn waits.

    Text comes in `delta.content`, or in `delta.audio.transcript` where the reply is spoken. Evidence
    comes as it is found in `trio.evidence` of chunks without text; the last one has the whole record.

    Raises:
        ApiError: if the turn fails on the way, or nothing could be spoken.
    """
    stream = _Stream(answering)
    async with aclosing(events) as all_events:  # type: ignore[type-var]
        async for event in all_events:
            if isinstance(event, Waiting):
                yield f"waiting, position {event.position}"
            else:
                for chunk in stream.of(event):
                    yield chunk


class _Stream:
    def __init__(self, answering: ChatRun) -> None:
        self._answering, self._begun, self._spoke = answering, False, False
        self._voice = answering.remember_spoken("") if answering.asked.spoken else None
        wanted = answering.asked.stream_options
        self._usage = wanted is not None and wanted.include_usage

    def of(self, event: TurnEvent) -> list[Json]:
        if isinstance(event, TextDelta):
            return [self._said(event.text)]
        if isinstance(event, SpeechChunk):
            return [self._sound(event)]
        if isinstance(event, EvidenceReady):
            return [self._chunk({}, trio={"evidence": evidence_json(event.evidence)})]
        return self._end(event.reply) if isinstance(event, Done) else []

    def _said(self, text: str) -> Json:
        if self._voice is None:
            return self._chunk({"content": text})
        return self._chunk({"audio": {"id": self._voice["id"], "transcript": text}})

    def _sound(self, event: SpeechChunk) -> Json:
        from pipelines.speech.encode import pcm16

        assert self._voice is not None
        self._spoke = True
        return self._chunk({"audio": {"id": self._voice["id"], "data": to_base64(pcm16(event.audio))}})

    def _end(self, reply: Reply) -> list[Json]:
        out = []
        calls = calls_of(reply)
        if calls:
            told = [{"index": number, **call} for number, call in enumerate(calls)]
            out.append(self._chunk({"tool_calls": told}))
        elif self._voice is not None:
            if not self._spoke and not reply.stopped:
                raise no_voice(reply)
            self._answering.keep_spoken(self._voice["id"], reply.text)
            out.append(self._chunk({"audio": self._voice}))
        if self._answering.asked.logprobs:
            chunk = self._chunk({"content": ""})
            chunk["choices"][0]["logprobs"] = logprobs(reply)
            out.append(chunk)
        reason = reason_of(reply)
        out.append(self._chunk({}, reason, trio=self._answering.record(reply)))
        if self._usage:
            out.append({**self._chunk({}), "choices": [], "usage": usage(reply)})
        return out

    def _chunk(self, delta: Json, reason: str | None = None, **more: Any) -> Json:
        if not self._begun:
            delta, self._begun = {"role": "assistant", **delta}, True
        chunk = {
            "id": self._answering.id,
            "object": "chat.completion.chunk",
            "created": self._answering.created,
            "model": self._answering.asked.model,
            "choices": [{"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}],
            **more,
        }
        return {**chunk, "usage": None} if self._usage else chunk
