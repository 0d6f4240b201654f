"""Cancel tokens: callbacks, children, and what works under them."""

from __future__ import annotations

import gc
import logging
import threading
from concurrent.futures import Future

import pytest

from pipelines.core.cancel import CancelToken, attach

WAIT = 30


def test_callbacks_run_once_in_the_thread_that_cancels() -> None:
    token, seen = CancelToken(), list[int]()
    token.on_cancel(lambda: seen.append(threading.get_ident()))
    token.on_cancel(lambda: seen.append(threading.get_ident()))
    assert seen == []
    token.cancel()
    token.cancel()
    assert seen == [threading.get_ident()] * 2


def test_a_callback_of_a_cancelled_token_runs_at_once() -> None:
    token, seen = CancelToken(), list[bool]()
    token.cancel()
    forget = token.on_cancel(lambda: seen.append(token.cancelled))
    forget()
    assert seen == [True]


def test_a_callback_that_was_taken_back_does_not_run() -> None:
    token, seen = CancelToken(), list[str]()
    forget = token.on_cancel(lambda: seen.append("no"))
    token.on_cancel(lambda: seen.append("yes"))
    forget()
    forget()
    token.cancel()
    assert seen == ["yes"]


def test_a_callback_that_fails_stops_no_other_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    token, seen = CancelToken(), list[str]()

    def fail() -> None:
        raise ValueError("boom")

    token.on_cancel(fail)
    token.on_cancel(lambda: seen.append("ran"))
    with caplog.at_level(logging.ERROR, "pipelines.core.cancel"):
        token.cancel()
        token.on_cancel(fail)
    assert seen == ["ran"]
    assert [record.exc_info is not None for record in caplog.records] == [True, True]


def test_callbacks_run_without_the_lock() -> None:
    """A callback that waits for another thread, which uses the token, does not wait for ever."""
    token, used = CancelToken(), threading.Event()

    def use() -> None:
        token.on_cancel(lambda: None)()
        token.hold()()
        used.set()

    def callback() -> None:
        thread = threading.Thread(target=use)
        thread.start()
        assert used.wait(WAIT)
        thread.join(WAIT)

    token.on_cancel(callback)
    token.cancel()
    assert used.is_set()


def test_many_threads_that_cancel_run_a_callback_once() -> None:
    for _ in range(50):
        token, seen, begin = CancelToken(), list[int](), threading.Barrier(4)
        token.on_cancel(lambda seen=seen: seen.append(1))  # type: ignore[misc]

        def cancel(token: CancelToken = token, begin: threading.Barrier = begin) -> None:
            begin.wait(WAIT)
            token.cancel()

        threads = [threading.Thread(target=cancel) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(WAIT)
        assert seen == [1]


def test_none_is_lost_between_registering_and_cancelling() -> None:
    for _ in range(50):
        token, ran, begin = CancelToken(), threading.Event(), threading.Barrier(2)

        def register(
            token: CancelToken = token, ran: threading.Event = ran, begin: threading.Barrier = begin
        ) -> None:
            begin.wait(WAIT)
            token.on_cancel(ran.set)

        thread = threading.Thread(target=register)
        thread.start()
        begin.wait(WAIT)
        token.cancel()
        thread.join(WAIT)
        assert ran.is_set()


def test_children_end_with_their_parent_and_are_forgotten_without_a_holder() -> None:
    parent, seen = CancelToken(), list[str]()
    kept, gone = parent.child(), parent.child()
    kept.on_cancel(lambda: seen.append("kept"))
    gone.on_cancel(lambda: seen.append("gone"))
    del gone
    gc.collect()
    assert len(parent._on_cancel) == 1
    grandchild = kept.child()
    parent.cancel()
    assert seen == ["kept"] and grandchild.cancelled
    assert parent.child().cancelled


def test_idle_is_told_once_the_last_work_has_ended() -> None:
    token, seen = CancelToken(), list[str]()
    first, second = token.hold(), token.hold()
    token.on_idle(lambda: seen.append("idle"))
    first()
    token.cancel()
    assert seen == [], "being cancelled is not having ended"
    second()
    assert seen == ["idle"]
    token.on_idle(lambda: seen.append("now"))
    assert seen == ["idle", "now"]


def test_what_works_under_a_child_works_under_its_parents() -> None:
    parent, seen = CancelToken(), list[str]()
    child = parent.child().child()
    release = child.hold()
    parent.on_idle(lambda: seen.append("parent"))
    child.on_idle(lambda: seen.append("child"))
    parent.hold()()
    assert seen == []
    release()
    assert seen == ["child", "parent"]


def test_an_attached_future_ends_with_the_token_and_holds_it_until_then() -> None:
    token, idle = CancelToken(), threading.Event()
    waiting, running = Future[int](), Future[int]()
    running.set_running_or_notify_cancel()
    attach(waiting, token)
    attach(running, token)
    token.on_idle(idle.set)
    token.cancel()
    assert waiting.cancelled() and not running.done()
    assert not idle.is_set()
    running.set_result(1)
    assert idle.is_set()


def test_an_attached_future_that_is_done_is_forgotten() -> None:
    token, future = CancelToken(), Future[int]()
    attach(future, token)
    future.set_result(1)
    assert token._on_cancel == {}
