"""Limits and the line of turns."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from chatbot.config.settings import load_settings
from chatbot.web.admission.limits import Allowance, Kind, Rate, TooMuchError, in_words, is_loopback, rates_of
from chatbot.web.admission.turn_queue import QueueFullError, QueueLength, Ticket, TurnQueue
from chatbot.web.gradio_guard.file_ownership import FileOwners
from chatbot.web.hosting import hosting_of
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import Cancelled


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_share_is_used_up_and_fills_again() -> None:
    clock = Clock()
    allowance = Allowance({Kind.TURNS: Rate(6, 60)}, clock)
    for _ in range(6):
        allowance.take("ann")
    with pytest.raises(TooMuchError, match="Try again in 10 seconds") as caught:
        allowance.take("ann")
    assert caught.value.seconds == 10
    allowance.take("bob")
    clock.now += 9
    with pytest.raises(TooMuchError, match="1 second"):
        allowance.take("ann")
    clock.now += 1
    allowance.take("ann")
    clock.now += 1e6
    for _ in range(6):
        allowance.take("ann")
    with pytest.raises(TooMuchError):
        allowance.take("ann")


def test_what_is_refused_costs_nothing_and_what_can_never_pass_says_so() -> None:
    allowance = Allowance({Kind.UPLOAD: Rate(100, 3600)}, Clock())
    allowance.take("ann", Kind.UPLOAD, 90)
    with pytest.raises(TooMuchError):
        allowance.take("ann", Kind.UPLOAD, 20)
    allowance.take("ann", Kind.UPLOAD, 10)
    with pytest.raises(TooMuchError, match="Send less at a time") as caught:
        allowance.take("bob", Kind.UPLOAD, 101)
    assert caught.value.seconds is None
    allowance.take("ann", Kind.REQUESTS, 10_000)


def test_the_quiet_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatbot.web.admission.limits._KEPT", 10)
    clock = Clock()
    allowance = Allowance({Kind.REQUESTS: Rate(10, 10)}, clock)
    for number in range(10):
        allowance.take(str(number), Kind.REQUESTS)
    clock.now += 100
    allowance.take("last", Kind.REQUESTS, 5)
    assert list(allowance._left) == [("last", Kind.REQUESTS)]


def test_limits_hold_where_others_come() -> None:
    assert rates_of(load_settings(), "127.0.0.1") == {}
    assert rates_of(load_settings(turns_per_minute=3), "::1") == {Kind.TURNS: Rate(3, 60)}
    assert set(rates_of(load_settings(), "0.0.0.0")) == set(Kind)
    assert set(rates_of(load_settings(auth=Path("users")), "localhost")) == set(Kind)
    assert Kind.UPLOAD not in rates_of(load_settings(upload_mb_per_hour=0), "0.0.0.0")
    assert [is_loopback(host) for host in ("127.0.0.2", "[::1]", "example.org", "10.0.0.1")] == [
        True,
        True,
        False,
        False,
    ]
    assert tuple(str(in_words(n)) for n in (1, 119, 121)) == ("1 second", "119 seconds", "3 minutes")


def step(ticket: Ticket) -> int | None:
    """Return the ticket's position now; None when its turn may run."""
    return next(ticket.wait(), None)


def test_first_come_first_served_with_positions() -> None:
    queue = TurnQueue(at_once=1)
    tickets = [queue.ticket(name, CancelToken()) for name in ("ann", "bob", "cid")]
    assert [step(ticket) for ticket in tickets] == [None, 1, 2]
    assert queue.length() == QueueLength(1, 2)
    with tickets[0]:
        pass
    assert step(tickets[1]) is None
    assert step(tickets[2]) == 1


def test_one_person_cannot_fill_the_line() -> None:
    queue = TurnQueue(at_once=2, each=3)
    mine = [queue.ticket("ann", CancelToken()) for _ in range(3)]
    with pytest.raises(QueueFullError, match="3 at once"):
        queue.ticket("ann", CancelToken())
    hers = queue.ticket("bob", CancelToken())
    assert step(mine[0]) is None
    assert step(mine[1]) == 1, "the second of the first person waits for the first of the second"
    assert step(hers) is None
    with mine[2]:
        pass
    queue.ticket("ann", CancelToken())


def test_one_door_leads_through_the_limits_to_the_queue() -> None:
    hosting, token = hosting_of(load_settings(turns_per_minute=1, history=False), "127.0.0.1"), CancelToken()
    release = token.hold()
    with hosting.enter("ann", token) as positions:
        assert list(positions) == []
        assert hosting.queue.length() == QueueLength(1, 0)
    assert hosting.queue.length() == QueueLength(1, 0), "something works under its token"
    release()
    assert hosting.queue.length() == QueueLength(0, 0)
    with pytest.raises(TooMuchError), hosting.enter("ann", CancelToken()):
        pass


def test_leaving_makes_room_even_while_waiting() -> None:
    queue = TurnQueue(at_once=1)
    first, second, third = (queue.ticket(name, CancelToken()) for name in ("a", "b", "c"))
    assert step(first) is None
    with second:
        assert step(third) == 2
    assert step(third) == 1
    with first:
        pass
    assert step(third) is None


def test_waiting_can_be_cancelled_and_the_next_one_is_woken() -> None:
    queue = TurnQueue(at_once=1)
    first, token = queue.ticket("a", CancelToken()), CancelToken()
    assert step(first) is None
    seen: list[int] = []
    done = threading.Event()

    def wait() -> None:
        with pytest.raises(Cancelled), queue.ticket("b", token) as ticket:
            for position in ticket.wait():
                seen.append(position)
                token.cancel()
        done.set()

    thread = threading.Thread(target=wait)
    thread.start()
    thread.join(30)
    assert done.is_set()
    assert seen == [1]
    assert queue.length() == QueueLength(1, 0)


def test_many_threads_never_run_more_than_allowed() -> None:
    queue, lock = TurnQueue(at_once=3, each=100), threading.Lock()
    running, most, finished = 0, 0, 0

    def turn(user: str) -> None:
        nonlocal running, most, finished
        with queue.ticket(user, CancelToken()) as ticket:
            for _ in ticket.wait():
                pass
            with lock:
                running += 1
                most = max(most, running)
            threading.Event().wait(0.002)
            with lock:
                running -= 1
                finished += 1

    threads = [threading.Thread(target=turn, args=(f"user {n % 4}",)) for n in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert finished == 40
    assert most == 3
    assert queue.length() == QueueLength(0, 0)


def test_files_belong_to_whoever_was_given_them(tmp_path: Path) -> None:
    (tmp_path / "samples").mkdir()
    owners = FileOwners(True, [tmp_path / "samples"])
    owners.give("ann", tmp_path / "a.png")
    assert owners.owns("ann", tmp_path / "x" / ".." / "a.png")
    assert not owners.owns("bob", tmp_path / "a.png")
    assert not owners.owns(None, tmp_path / "a.png")
    owners.give("bob", tmp_path / "a.png")
    assert owners.owns("ann", tmp_path / "a.png")
    assert owners.owns("bob", tmp_path / "a.png")
    assert owners.owns(None, tmp_path / "samples" / "cat.jpg")
    assert not owners.owns("ann", tmp_path / "samples" / ".." / "secret")
    (tmp_path / "samples" / "link").symlink_to("/etc/hostname")
    assert not owners.owns("ann", tmp_path / "samples" / "link")
    assert FileOwners(False).owns("local", "/anything")
