"""What was understood survives the way to JSON and back, exactly."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from chatbot.history.codec import decode, decode_context, decode_evidence, decode_reply, encode
from chatbot.history.errors import HistoryError
from chatbot.turn.events import Reply
from pipelines.core.errors import LimitError
from pipelines.core.said import said
from pipelines.core.types import Caption, Evidence, SpeechEncoding, Stage, Transcript
from tests.support import records


def plain(value: Any) -> Any:
    """Every field of every level, with types, so that values without `==` can be compared."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return type(value), {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return tuple(plain(item) for item in value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return type(value), value


FULL = LimitError(
    said("The message is too long for the chat model"), given="Allowed: x", fix=said("Try again")
)


def through_json(value: Any) -> Any:
    return json.loads(json.dumps(encode(value), allow_nan=False))


@given(records.replies)
def test_a_reply_comes_back_as_it_was(reply: Reply) -> None:
    assert plain(decode_reply(through_json(reply))) == plain(reply)


@given(records.contexts)
def test_a_context_comes_back_as_it_was(context: Any) -> None:
    assert plain(decode_context(through_json(context))) == plain(context)


@given(records.evidence)
def test_evidence_comes_back_as_it_was(evidence: Evidence) -> None:
    assert plain(decode_evidence(through_json([evidence]))) == (plain(evidence),)


def test_the_encoding_is_left_out_and_numpy_numbers_are_numbers() -> None:
    encoding = SpeechEncoding(np.ones((3, 4), np.float32), "scripted")
    value = Transcript("hi", "en", np.float32(0.5), (), encoding)  # type: ignore[arg-type]
    (back,) = decode_evidence(through_json([Evidence(Stage.TRANSCRIBE, "voice", value, 0.5, "m", 0.1)]))
    assert back.value == Transcript("hi", "en", 0.5) or plain(back.value) == plain(
        Transcript("hi", "en", 0.5)
    )


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_numbers_that_json_lacks_survive(value: float) -> None:
    back = decode(Caption, through_json(Caption("", value)))
    assert repr(back.confidence) == repr(value)


def test_a_field_that_an_older_record_lacks_takes_its_default() -> None:
    data = encode(records.reply("hello"))
    del data["stopped"], data["voice_note"]
    back = decode_reply(data)
    assert (back.text, back.stopped, back.voice_note) == ("hello", False, None)


def test_records_from_before_starts_and_corrections_still_load() -> None:
    data = encode(records.reply("hello", records.context(transcript="Hi.")))
    del data["timings"]["starts"]
    for item in data["context"]["evidence"]:
        del item["start"], item["original"]
    back = decode_reply(data)
    assert back.context is not None
    assert back.timings.starts == {}
    assert [(item.start, item.original) for item in back.context.evidence] == [(None, None)] * 2


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"text": 3}, "reply.text"),
        ({"timings": None}, "reply.timings"),
        ({"timings": {"stages": {"a": "x"}}}, "reply.timings.stages.a"),
        ({"models": []}, "reply.models"),
        ({"stopped": "yes"}, "reply.stopped"),
        ({"context": {"captions": "no list"}}, "reply.context"),
    ],
)
def test_a_wrong_value_is_named(change: dict[str, Any], named: str) -> None:
    with pytest.raises(HistoryError, match=named.replace(".", r"\.")):
        decode_reply({**encode(records.reply("hello")), **change})


@pytest.mark.parametrize("tag", ["Reply", "os.system", None, ["Caption"]])
def test_an_unknown_kind_of_evidence_is_refused(tag: Any) -> None:
    data = encode(Evidence(Stage.CAPTION, "picture 1", Caption("a", 0.5), 0.5, "m", 0.1))
    data["value"]["type"] = tag
    with pytest.raises(HistoryError, match=r"value\.type"):
        decode_evidence([data])


def test_what_was_said_comes_back_with_its_id_and_older_words_as_they_are() -> None:
    heard = Transcript("Hi", "en", 0.9, notes=(FULL.said, "As it was said before."))
    found = Evidence(Stage.TRANSCRIBE, "voice", heard, None, "m", 1.0)
    failed = Evidence(Stage.OCR, "picture 1", None, None, "m", 1.0, FULL.said)
    older = Evidence(Stage.OCR, "picture 2", None, None, "m", 1.0, "The OCR model is not loaded.")
    back = decode_evidence(through_json((found, failed, older)))
    assert plain(back) == plain((found, failed, older))
    reply = dataclasses.replace(records.reply("x"), voice_note=FULL.said)
    assert decode_reply(through_json(reply)).voice_note == FULL.said


@pytest.mark.parametrize("error", [3, [], {}, {"template": 3}, {"template": "x", "values": [["a", 3]]}])
def test_what_nobody_said_is_refused(error: Any) -> None:
    (row,) = through_json((Evidence(Stage.OCR, "picture 1", None, None, "m", 1.0, "x"),))
    with pytest.raises(HistoryError, match="error"):
        decode_evidence([{**row, "error": error}])
