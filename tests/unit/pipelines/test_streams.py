"""Streams from threads and futures: order, errors, and that a reader is woken where it waits."""

from __future__ import annotations

import threading
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from pipelines.core.cancel import CancelToken
from pipelines.core.errors import BackendError, Cancelled
from pipelines.core.streams import Inbox, Put, stream_from_future, stream_from_thread

WAIT = 30
Stream = Generator[Any, None, Any]


def counting(put: Put[int], token: CancelToken) -> str:
    for number in range(5):
        put(number)
    return "end"


def rest(stream: Stream) -> tuple[list[Any], Any]:
    """Return what a stream yields and what it returns."""
    items = []
    while True:
        try:
            items.append(next(stream))
        except StopIteration as ended:
            return items, ended.value


def hang(entered: threading.Event, leave: threading.Event) -> Any:
    """Return work that never looks at its token."""

    def work(put: Put[str], token: CancelToken) -> None:
        put("begun")
        entered.set()
        assert leave.wait(WAIT)

    return work


def idle_of(token: CancelToken) -> threading.Event:
    idle = threading.Event()
    token.on_idle(idle.set)
    return idle


def test_items_come_in_order_and_the_result_at_the_end() -> None:
    assert rest(stream_from_thread(counting, name="count")) == ([0, 1, 2, 3, 4], "end")


def test_none_and_falsy_things_are_items() -> None:
    def work(put: Put[Any], token: CancelToken) -> None:
        for item in (None, 0, "", ()):
            put(item)

    assert rest(stream_from_thread(work, name="falsy"))[0] == [None, 0, "", ()]


def test_an_error_comes_after_what_was_put() -> None:
    def work(put: Put[int], token: CancelToken) -> None:
        put(1)
        raise BackendError("boom")

    stream = stream_from_thread(work, name="fail")
    assert next(stream) == 1
    with pytest.raises(BackendError, match="boom"):
        next(stream)


def test_work_begins_before_the_first_item_is_asked_for() -> None:
    begun = threading.Event()
    stream: Stream = stream_from_thread(lambda put, token: begun.set(), name="eager")
    assert begun.wait(WAIT)
    assert rest(stream)[0] == []


def test_a_reader_that_waits_is_woken_by_the_token() -> None:
    entered, leave, token = threading.Event(), threading.Event(), CancelToken()
    stream = stream_from_thread(hang(entered, leave), token, name="hang")
    assert next(stream) == "begun"
    canceller = threading.Thread(target=token.cancel)
    canceller.start()
    with pytest.raises(Cancelled):
        next(stream)  # the work hangs still, and would for ever
    canceller.join(WAIT)
    idle = idle_of(token)
    assert not idle.is_set(), "the token is held while the work goes on"
    leave.set()
    assert idle.wait(WAIT)


def test_what_had_been_put_before_a_cancel_is_not_read_after_it() -> None:
    token, put_all = CancelToken(), threading.Event()

    def work(put: Put[int], _: CancelToken) -> None:
        counting(put, _)
        put_all.set()

    stream = stream_from_thread(work, token, name="count")
    assert put_all.wait(WAIT)
    token.cancel()
    with pytest.raises(Cancelled):
        next(stream)


def test_closing_returns_at_once_cancels_the_work_and_leaves_the_readers_token() -> None:
    entered, leave, token, told = threading.Event(), threading.Event(), CancelToken(), threading.Event()

    def work(put: Put[str], inner: CancelToken) -> None:
        inner.on_cancel(told.set)
        hang(entered, leave)(put, inner)

    stream = stream_from_thread(work, token, name="hang")
    assert entered.wait(WAIT)
    stream.close()
    assert told.is_set() and not token.cancelled
    leave.set()
    assert idle_of(token).wait(WAIT)


def test_dropping_a_stream_that_was_never_read_cancels_its_work() -> None:
    told = threading.Event()

    def work(put: Put[int], token: CancelToken) -> None:
        token.on_cancel(told.set)
        token.wait(WAIT)

    stream = stream_from_thread(work, name="drop")
    del stream
    assert told.wait(WAIT)


def test_nothing_begins_under_a_cancelled_token() -> None:
    token, begun = CancelToken(), threading.Event()
    token.cancel()
    with pytest.raises(Cancelled):
        stream_from_thread(lambda put, inner: begun.set(), token, name="never")
    assert not begun.is_set() and idle_of(token).is_set()


def test_whoever_must_know_gets_the_future_of_the_thread() -> None:
    running, leave, entered = set[Future[Any]](), threading.Event(), threading.Event()
    stream = stream_from_thread(hang(entered, leave), name="hang", running=running)
    stream.close()
    (future,) = running
    assert not future.done()
    leave.set()
    assert future.result(WAIT) is None


def test_a_future_that_waits_in_an_executor_is_cancelled_with_the_stream() -> None:
    entered, leave, token = threading.Event(), threading.Event(), CancelToken()
    with ThreadPoolExecutor(1) as pool:
        first: Stream = stream_from_future(
            lambda put, inner: pool.submit(hang(entered, leave), put, inner), token
        )
        assert next(first) == "begun"
        second: Stream = stream_from_future(lambda *given: pool.submit(counting, *given), token)
        token.cancel()
        with pytest.raises(Cancelled):
            next(second)
        idle = idle_of(token)
        assert not idle.is_set()
        leave.set()
        assert idle.wait(WAIT)


def test_streams_can_feed_streams_and_a_cancel_reaches_the_innermost() -> None:
    token, told = CancelToken(), threading.Event()

    def inner(put: Put[int], inner_token: CancelToken) -> None:
        inner_token.on_cancel(told.set)
        put(1)
        inner_token.wait(WAIT)

    def outer(put: Put[int], outer_token: CancelToken) -> None:
        for item in stream_from_thread(inner, outer_token, name="inner"):
            put(item + 1)

    stream = stream_from_thread(outer, token, name="outer")
    assert next(stream) == 2
    stream.close()
    assert told.wait(WAIT)
    assert idle_of(token).wait(WAIT)


def test_an_inbox_raises_every_time_once_its_token_is_cancelled() -> None:
    token = CancelToken()
    with Inbox[int](token) as inbox:
        inbox.put(1)
        assert inbox.get() == 1
        token.cancel()
        for _ in range(2):
            with pytest.raises(Cancelled):
                inbox.get()


def test_an_inbox_leaves_nothing_with_the_token() -> None:
    token = CancelToken()
    with Inbox[int](token):
        assert len(token._on_cancel) == 1
    assert token._on_cancel == {}
    rest(stream_from_thread(counting, token, name="count of an inbox"))
    for thread in threading.enumerate():
        if thread.name == "count of an inbox":
            thread.join(WAIT)
    assert token._on_cancel == {}
