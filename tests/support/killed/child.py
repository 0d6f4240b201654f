"""The inside of `Program`: the server with scripted models, a place where it waits, and a clock that jumps.

A fork server imports this once, so that each program starts within a second or two. The clock is put into
`time` before anything else is imported, because tables and records take it from there as their default.
"""

from __future__ import annotations

import functools
import os
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.support.killed.program import Plan

_true_time = time.time
_clock: dict[str, Any] = {}


def _time() -> float:
    return _true_time() + (_clock["offset"].value if _clock else 0.0)


time.time = _time

from chatbot.cli.server.run import launch  # noqa: E402
from chatbot.config.settings import load_settings  # noqa: E402
from chatbot.turn.engine import Chatbot  # noqa: E402
from pipelines.core.types import Stage  # noqa: E402
from tests.support.scripted import scripted_registry  # noqa: E402


def _import_all() -> None:
    """Import and build once what every server needs on its way up and in its first turn."""
    from chatbot.cli.server.web_app import create_app
    from pipelines.speech.tts.text import sentence_language
    from pipelines.text.language import detect_language

    settings = load_settings(history=False)
    create_app(Chatbot(settings, scripted_registry()), settings)
    detect_language(sentence_language("Good morning.", "en"))


_import_all()


def serve(plan: Plan, reached: Any, go_on: Any, offset: Any) -> None:
    """Serve until the process ends."""
    _clock["offset"] = offset
    os.environ.update(plan.environment)
    log = os.open(plan.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    if plan.as_others:
        obey_permissions()
    if plan.pause is not None:
        wait_at(plan.pause.place, plan.pause.call, reached, go_on, after=plan.pause.after)
    settings = load_settings(**plan.settings)
    with Chatbot(settings, scripted_registry(_scripts(plan.scripts))) as chatbot:
        launch(chatbot, settings)


def _scripts(given: Mapping[str, Mapping[str, Any]]) -> dict[Stage, Mapping[str, Any]]:
    return {Stage(name): options for name, options in given.items()}


def wait_at(place: str, call: int, reached: Any, go_on: Any, *, after: bool) -> None:
    """Let whoever comes to a place for the `call`-th time say so and go no further.

    Args:
        place: "module:name" or "module:Class.method"; what is there is replaced.
        call: 1 for the first.
        reached: An event between processes, set there.
        go_on: Another, which ends the waiting.
        after: Whether the work of the place is done first.
    """
    module, _, name = place.partition(":")
    *owners, last = name.split(".")
    owner = functools.reduce(getattr, owners, __import__(module, fromlist=["_"]))
    whole, calls, lock = getattr(owner, last), iter(range(1, 1 << 30)), threading.Lock()

    @functools.wraps(whole)
    def stopping(*given: Any, **named: Any) -> Any:
        with lock:
            now = next(calls) == call
        if now and not after:
            stop()
        result = whole(*given, **named)
        if now:
            stop()
        return result

    def stop() -> None:
        reached.set()
        go_on.wait()

    setattr(owner, last, stopping)


def obey_permissions() -> None:
    """Make root obey the permissions of files, as everybody else does: it gives up two capabilities."""
    import ctypes

    class Header(ctypes.Structure):
        _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))

    class Data(ctypes.Structure):
        _fields_ = tuple((name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable"))

    libc, header, data = ctypes.CDLL(None, use_errno=True), Header(0x20080522, 0), (Data * 2)()
    if libc.capget(ctypes.byref(header), data):
        raise OSError(ctypes.get_errno(), "capget")
    for word in ("effective", "permitted"):
        setattr(data[0], word, getattr(data[0], word) & ~0b110)  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    if libc.capset(ctypes.byref(header), data):
        raise OSError(ctypes.get_errno(), "capset")
