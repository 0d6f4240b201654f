"""What is counted and logged of turns, and that logs hold nobody's words."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Generator, Iterator, Mapping
from typing import Any

import numpy as np
import pytest

from chatbot.config.settings import load_settings
from chatbot.turn.engine import Chatbot
from chatbot.turn.events import Failed, TurnEvent
from chatbot.turn.options import TurnOptions
from chatbot.turn.protocols import TurnContext, TurnRequest
from chatbot.turn.service import TurnService
from chatbot.ui.drafts import read_draft
from chatbot.web.admission.turn_queue import TurnQueue
from chatbot.web.observability.logs import HIDDEN, Lines, configure_logging
from chatbot.web.observability.metrics import Metrics
from chatbot.web.observability.turn_observer import TurnObserver
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import BackendError
from pipelines.core.types import Audio, Image, Stage, Turn
from tests.support.scripted import _CLASSES, scripted_registry

SECRET = "xyzzy"
TURN = Turn(
    text=f"my password is {SECRET}",
    images=(Image(np.zeros((8, 8, 3), np.uint8)),),
    audio=Audio(np.full(16_000, 0.1, np.float32), 16_000),
)
Options = Mapping[Stage, Mapping[str, Any]]
SAYS_IT_ALL: Options = {
    Stage.TRANSCRIBE: {"text": f"I said {SECRET}"},
    Stage.CAPTION: {"text": f"A {SECRET} on a mat"},
    Stage.OCR: {"text": SECRET},
    Stage.GENERATE: {"pieces": [f"You said {SECRET}. ", "Bye."]},
}


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    names = (None, "chatbot", "pipelines")
    before = [(logging.getLogger(name), logging.getLogger(name).level) for name in names]
    handlers = list(logging.getLogger().handlers)
    out = io.StringIO()
    configure_logging(load_settings(log_format="json", log_level="DEBUG"), out)
    yield out
    logging.getLogger().handlers = handlers
    for logger, level in before:
        logger.setLevel(level)


def watched(options: Options, kind: type[Chatbot] = Chatbot) -> tuple[TurnService, Metrics]:
    chatbot = kind(load_settings(), scripted_registry(options))
    metrics = Metrics(TurnQueue(), chatbot.status)
    return TurnService(chatbot, observer=TurnObserver(metrics)), metrics


def run(turns: TurnService, cancel: CancelToken | None = None) -> Generator[TurnEvent, None, None]:
    context = TurnContext("ann", "c-17", TurnOptions(), cancel or CancelToken())
    return turns.run(TurnRequest(TURN), context)


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_one_line_a_turn_with_everything_but_the_words(log: io.StringIO) -> None:
    turns, metrics = watched(SAYS_IT_ALL)
    events = list(run(turns))
    assert SECRET in str([getattr(event, "text", "") for event in events])
    (line,) = [line for line in lines(log) if line["event"] == "turn"]
    assert line["user"] == "ann"
    assert line["conversation"] == "c-17"
    assert line["outcome"] == "answered"
    assert (line["characters"], line["pictures"], line["sound_seconds"]) == (len(TURN.text or ""), 1, 1.0)
    assert line["seconds"] > 0
    assert {"generate", "speak", "transcribe voice"} <= set(line["stages"])
    assert SECRET not in log.getvalue()
    text = metrics.text().decode()
    assert 'trio_turns_total{outcome="answered"} 1.0' in text
    assert 'trio_stage_seconds_count{stage="transcribe"} 1.0' in text
    assert 'trio_stage_seconds_count{stage="generate"} 1.0' in text
    assert "trio_first_audio_seconds_count 1.0" in text
    assert SECRET not in text


ERRORS = [BackendError(f"{SECRET} is broken", given=SECRET), ValueError(f"bad {SECRET}")]


@pytest.mark.parametrize("error", ERRORS, ids=["foreseen", "unforeseen"])
@pytest.mark.parametrize("stage", list(_CLASSES), ids=str)
def test_no_error_of_any_stage_brings_words_into_the_log(
    log: io.StringIO, stage: Stage, error: Exception
) -> None:
    turns, metrics = watched({**SAYS_IT_ALL, stage: {**SAYS_IT_ALL.get(stage, {}), "error": error}})
    list(run(turns))
    assert SECRET not in log.getvalue()
    assert SECRET not in metrics.text().decode()
    (line,) = [line for line in lines(log) if line["event"] == "turn"]
    if stage is Stage.GENERATE:
        assert line["outcome"] == "failed"
    elif stage is not Stage.SPEAK:
        assert str(stage) in line["failed_stages"]
        assert f'trio_stage_errors_total{{stage="{stage}"}}' in metrics.text().decode()


def test_unreadable_files_and_crashing_engines_bring_no_words(
    log: io.StringIO, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("uvicorn", "uvicorn.error"):  # servers of other tests may have set them apart
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
        monkeypatch.setattr(logging.getLogger(name), "disabled", False)
    file = tmp_path / f"{SECRET}.png"
    file.write_bytes(SECRET.encode())
    assert read_draft(SECRET, [file]).problems

    class Crashing(Chatbot):
        def respond(self, *_: Any, **__: Any) -> Any:
            yield from ()
            raise RuntimeError(SECRET)

    (failed,) = run(watched({}, Crashing)[0])
    assert isinstance(failed, Failed) and SECRET not in str(failed.message)
    logging.getLogger("chatbot").error("about %s and %d", SECRET, 3)
    logging.getLogger("library").warning("%(who)s", {"who": SECRET})
    broken_record = logging.makeLogRecord({"name": "x", "msg": "broken %d", "args": (SECRET,)})
    assert SECRET not in Lines(words=False, as_json=False).format(broken_record)
    try:
        raise KeyError(SECRET) from ValueError(SECRET)
    except KeyError:
        logging.getLogger("uvicorn.error").exception("in the application")
    assert SECRET not in log.getvalue()
    events = [line["event"] for line in lines(log)]
    assert f"about {HIDDEN} and 3" in events
    assert any(line.get("exception", "").startswith("KeyError at ") for line in lines(log))
    assert any(line.get("outcome") == "crashed" for line in lines(log))


def test_a_turn_that_is_stopped_or_left_says_so(log: io.StringIO) -> None:
    turns, metrics = watched({})
    token = CancelToken()
    token.cancel()
    list(run(turns, token))
    events = run(turns)
    next(events)
    events.close()
    assert [line["outcome"] for line in lines(log) if line["event"] == "turn"] == ["stopped", "left"]
    assert 'trio_turns_total{outcome="left"} 1.0' in metrics.text().decode()


def test_words_are_logged_only_where_that_was_asked_for(log: io.StringIO) -> None:
    out = io.StringIO()
    configure_logging(load_settings(log_words=True, log_format="json"), out)
    list(run(watched(SAYS_IT_ALL)[0]))
    (line,) = lines(out)
    assert line["text"] == TURN.text
    assert line["transcript"] == f"I said {SECRET}"
    assert log.getvalue() == "", "the handler before is replaced"


def test_plain_lines_stay_lines(log: io.StringIO) -> None:
    out = io.StringIO()
    configure_logging(load_settings(log_format="plain"), out)
    logging.getLogger("chatbot").info("two\nlines", extra={"fields": {"a": 1, "b": "x\ny", "c": None}})
    assert len(out.getvalue().splitlines()) == 1
    assert out.getvalue().strip().endswith('INFO chatbot two\\nlines a=1 b="x\\ny"')
