"""The espeak-ng program as a process: it is killed by Stop, and when it takes too long."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable

import pytest

from pipelines.core.cancel import Callback, CancelToken
from pipelines.core.errors import BackendError, Cancelled
from pipelines.speech.tts import espeak
from pipelines.speech.tts.espeak import EspeakSpeaker

HANGS = [sys.executable, "-c", "import threading; threading.Event().wait()"]


class Impatient(CancelToken):
    """Is cancelled by another thread as soon as anybody waits for it."""

    def on_cancel(self, callback: Callback) -> Callable[[], None]:
        forget = super().on_cancel(callback)
        threading.Thread(target=self.cancel).start()
        return forget


def test_stop_kills_the_program() -> None:
    with pytest.raises(Cancelled):
        EspeakSpeaker._run(HANGS, b"text", Impatient())


def test_a_program_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(espeak, "TIMEOUT_SECONDS", 0.01)
    with pytest.raises(BackendError, match=r"took more than 0\.01 s"):
        EspeakSpeaker._run(HANGS, b"text", CancelToken())


def test_a_failure_is_told_in_the_programs_words() -> None:
    command = [sys.executable, "-c", "import sys; sys.exit(f'cannot say {sys.stdin.read()}')"]
    with pytest.raises(BackendError, match="cannot say text"):
        EspeakSpeaker._run(command, b"text", CancelToken())


def test_what_it_writes_comes_back_and_nothing_stays_with_the_token() -> None:
    token = CancelToken()
    command = [sys.executable, "-c", "import sys; sys.stdout.write(sys.stdin.read().upper())"]
    assert EspeakSpeaker._run(command, b"text", token) == b"TEXT"
    assert token._on_cancel == {}
