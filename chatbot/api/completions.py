"""What a reply comes to in the end: a whole completion, its tokens, its voice."""

from __future__ import annotations

import secrets
from typing import Any

from chatbot.api.chat_run import ChatRun
from chatbot.api.errors import ApiError
from chatbot.api.media_codec import to_base64
from chatbot.turn.events import Reply
from chatbot.web.error_responses import clean
from pipelines.core.types import Audio


def completion(answering: ChatRun, reply: Reply, speech: list[Audio]) -> dict[str, Any]:
    """Return a whole reply. Raises ApiError if a voice was wanted and nothing could be spoken."""
    text = clean(answering.new_text(reply)).rstrip()
    message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": None}
    if calls := calls_of(reply):
        message |= {"content": text or None, "tool_calls": calls}
    elif answering.asked.spoken:
        sound = sound_file(answering, reply, speech)
        said = answering.remember_spoken(text)
        message |= {"content": None, "audio": {**said, "data": to_base64(sound), "transcript": text}}
    choice = {
        "index": 0,
        "message": message,
        "finish_reason": reason_of(reply),
        "logprobs": logprobs(reply) if answering.asked.logprobs else None,
    }
    return {
        "id": answering.id,
        "object": "chat.completion",
        "created": answering.created,
        "model": answering.asked.model,
        "choices": [choice],
        "usage": usage(reply),
        "trio": answering.record(reply),
    }


def sound_file(answering: ChatRun, reply: Reply, speech: list[Audio]) -> bytes:
    """Return the voice of a reply as a file. Raises ApiError where there is none."""
    from pipelines.speech.encode import encoded
    from pipelines.speech.wav import concatenate, to_wav_bytes

    if not speech:
        raise no_voice(reply)
    wanted = answering.asked.audio.format if answering.asked.audio else "wav"
    if wanted == "wav":
        return to_wav_bytes(concatenate(speech))
    return b"".join(encoded(speech, "pcm" if wanted == "pcm16" else wanted))


def no_voice(reply: Reply) -> ApiError:
    """Return why a reply was not spoken."""
    return ApiError(
        503,
        str(reply.voice_note or "There was nothing to read aloud."),
        "no_voice",
        "audio",
        {"x-should-retry": "false"},
    )


def reason_of(reply: Reply) -> str:
    """Return why a reply ended, as the API words it."""
    if reply.finish is None:
        return "stop"
    return "tool_calls" if reply.finish.calls else reply.finish.reason


def calls_of(reply: Reply) -> list[dict[str, Any]]:
    """Return the calls of tools that a reply makes."""
    return [
        {
            "id": f"call_{secrets.token_hex(12)}",
            "type": "function",
            "function": {"name": call.name, "arguments": clean(call.arguments)},
        }
        for call in (reply.finish.calls if reply.finish else ())
    ]


def logprobs(reply: Reply) -> dict[str, Any]:
    """Return the log probabilities of a reply's tokens."""
    items = reply.finish.logprobs if reply.finish else ()
    told = [
        {
            **_token(item.token, item.logprob),
            "top_logprobs": [_token(token, value) for token, value in item.top],
        }
        for item in items
    ]
    return {"content": told, "refusal": None}


def _token(token: str, value: float) -> dict[str, Any]:
    return {"token": clean(token), "logprob": value, "bytes": list(token.encode("utf-8", "replace"))}


def usage(reply: Reply) -> dict[str, int] | None:
    """Return a reply's tokens; None where it was cut short."""
    if (finish := reply.finish) is None:
        return None
    return {
        "prompt_tokens": finish.prompt_tokens,
        "completion_tokens": finish.reply_tokens,
        "total_tokens": finish.prompt_tokens + finish.reply_tokens,
    }
