"""The client of OpenAI-compatible servers against a scripted one, faults included."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any
from unittest.mock import Mock

import pytest

from pipelines.core.cancel import CancelToken
from pipelines.core.errors import BackendError, Cancelled
from pipelines.core.openai_client.client import Ask, OpenAIClient
from pipelines.core.openai_client.options import EndpointOptions
from pipelines.core.openai_client.retry import Backoff, retry_after
from pipelines.core.openai_client.sse import event_data
from pipelines.core.types import Stage
from tests.support.fake_openai import (
    KEY,
    FakeServer,
    break_off,
    data,
    error,
    fake_server,
    hang,
    models,
    reply,
    stream,
)

QUICK = Backoff(first=0.001, longest=2.0)
CHAT = "/v1/chat/completions"
WAIT = 10.0


class Options(EndpointOptions):
    stage = Stage.GENERATE


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with fake_server() as server:
        yield server


@pytest.fixture
def make(server: FakeServer) -> Iterator[Any]:
    opened: list[OpenAIClient] = []

    def make(backoff: Backoff = QUICK, **options: Any) -> OpenAIClient:
        client = OpenAIClient(Options.read({"url": server.url, "api_key": KEY, **options}), backoff)
        client.open()
        opened.append(client)
        return client

    yield make
    for client in opened:
        client.close()


def ask(**body: Any) -> Ask:
    return Ask("/chat/completions", body)


def test_a_request_carries_the_key_and_the_body(server: FakeServer, make: Any) -> None:
    server.script[CHAT] = [reply({"a": 1})]
    assert make().json(ask(model="m")) == {"a": 1}
    (seen,) = server.asked(CHAT)
    assert seen.headers["authorization"] == f"Bearer {KEY}" and seen.json == {"model": "m"}


def test_models_are_listed_and_odd_entries_left_out(server: FakeServer, make: Any) -> None:
    server.script["/v1/models"] = [reply({"data": [{"id": "a"}, {"id": 3}, "b", {"id": "c"}]})]
    client = make()
    assert [card["id"] for card in client.list_models()] == ["a", "c"] and client.models == ("a", "c")


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_busy_server_is_asked_again(server: FakeServer, make: Any, status: int) -> None:
    server.script[CHAT] = [error(status, "busy"), error(status, "busy"), reply({"a": 1})]
    assert make(retries=2).json(ask()) == {"a": 1}
    assert len(server.asked(CHAT)) == 3


def test_retries_end(server: FakeServer, make: Any) -> None:
    server.script[CHAT] = [error(500, "out of memory")]
    with pytest.raises(BackendError, match=r"failed \(500\).*out of memory"):
        make(retries=1).json(ask())
    assert len(server.asked(CHAT)) == 2


def test_a_connection_that_breaks_before_the_answer_is_made_again(server: FakeServer, make: Any) -> None:
    server.script[CHAT] = [break_off, reply({"a": 1})]
    assert make().json(ask()) == {"a": 1}


def test_the_server_says_how_long_to_wait(server: FakeServer, make: Any) -> None:
    server.script[CHAT] = [error(429, "slow", headers={"Retry_After": "0.01"}), reply({"a": 1})]
    backoff = Mock(wraps=QUICK)
    assert make(backoff).json(ask()) == {"a": 1}
    backoff.wait.assert_called_once_with(0, 0.01)


def test_a_wait_that_is_too_long_is_not_waited(server: FakeServer, make: Any) -> None:
    server.script[CHAT] = [error(429, "come back tomorrow", headers={"Retry_After": "86400"})]
    with pytest.raises(BackendError, match="tomorrow"):
        make().json(ask())
    assert len(server.asked(CHAT)) == 1


def test_waits_grow_up_to_a_bound_and_differ() -> None:
    backoff = Backoff(first=1.0, longest=8.0)
    for attempt, most in ((0, 1.0), (1, 2.0), (2, 4.0), (9, 8.0)):
        waits = {backoff.wait(attempt) for _ in range(50)}
        assert len(waits) > 1 and all(most / 2 <= (wait or 0) <= most for wait in waits)
    assert backoff.wait(0, 5.0) == 5.0 and backoff.wait(0, 9.0) is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [(None, None), ("3", 3.0), ("-1", 0.0), ("soon", None), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0)],
)
def test_retry_after_is_a_number_or_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after(header) == seconds


def test_an_empty_purse_is_not_asked_again(server: FakeServer, make: Any) -> None:
    server.script[CHAT] = [error(429, "You exceeded your quota", code="insufficient_quota")]
    with pytest.raises(BackendError, match="quota"):
        make().json(ask())
    assert len(server.asked(CHAT)) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_key_is_named_by_its_place_and_never_shown(
    server: FakeServer, make: Any, status: int
) -> None:
    server.script[CHAT] = [error(status, f"Incorrect API key provided: {KEY}")]
    client = make()
    with pytest.raises(BackendError, match=r"\[options.generate\].*OPENAI_API_KEY") as caught:
        client.json(ask())
    assert KEY not in str(caught.value) and KEY not in repr(client.__dict__)
    assert len(server.asked(CHAT)) == 1


def test_a_key_that_the_server_repeats_is_hidden(server: FakeServer, make: Any) -> None:
    server.script[CHAT] = [error(400, f"bad header Bearer {KEY}")]
    with pytest.raises(BackendError, match=r"bad header Bearer \*\*\*"):
        make().json(ask())


def test_an_unknown_model_is_answered_with_those_that_are_there(server: FakeServer, make: Any) -> None:
    server.script["/v1/models"] = [models("llama3", "qwen3")]
    server.script[CHAT] = [error(404, "no such model", code="model_not_found")]
    client = make(model="gpt-9")
    client.list_models()
    with pytest.raises(BackendError, match=r"gpt-9.*llama3, qwen3"):
        client.json(ask())


def test_a_path_that_the_server_lacks_is_named(server: FakeServer, make: Any) -> None:
    with pytest.raises(BackendError, match="no /audio/speech"):
        make().json(Ask("/audio/speech", {}))


@pytest.mark.parametrize(
    "answer",
    [
        data(b"{no json", "application/json"),
        data(b"<html>Hello</html>", "text/html"),
        reply([1]),
        data(b"", ""),
    ],
)
def test_an_answer_that_is_no_json_object_is_refused(server: FakeServer, make: Any, answer: Any) -> None:
    server.script[CHAT] = [answer]
    with pytest.raises(BackendError, match="could not be read"):
        make().json(ask())


def test_a_redirect_is_not_followed_so_that_the_key_goes_nowhere_else(server: FakeServer, make: Any) -> None:
    server.script[CHAT] = [reply({}, 302, Location=f"{server.url}/elsewhere")]
    with pytest.raises(BackendError, match="302"):
        make().json(ask())
    assert server.asked("/v1/elsewhere") == []


def test_a_server_that_is_down_says_what_to_do(make: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        client = make(url=f"http://127.0.0.1:{taken.getsockname()[1]}/v1", retries=1)
        with pytest.raises(BackendError, match=r"is not responding.*Start it"):
            client.json(ask())


def test_a_silent_server_is_given_up(server: FakeServer, make: Any) -> None:
    server.script[CHAT] = [hang]
    with pytest.raises(BackendError, match=r"sent nothing for 0.2 s"):
        make(timeout=0.2).json(ask())
    assert len(server.asked(CHAT)) == 1


def test_a_parameter_that_the_server_refuses_is_replaced_once_and_for_all(
    server: FakeServer, make: Any
) -> None:
    refusal = error(400, "Unsupported parameter", param="max_tokens", code="unsupported_parameter")
    server.script[CHAT] = [refusal, reply({"a": 1})]
    client = make(retries=0)
    request = Ask("/chat/completions", {"max_tokens": 5}, instead={"max_tokens": {"limit": 5}})
    assert client.json(request) == client.json(request) == {"a": 1}
    assert [seen.json for seen in server.asked(CHAT)] == [{"max_tokens": 5}, {"limit": 5}, {"limit": 5}]


def test_two_first_requests_at_once_both_learn_what_is_refused(server: FakeServer, make: Any) -> None:
    refusal = error(400, "no", param="max_tokens")
    both = threading.Barrier(2, timeout=WAIT)

    def late_refusal(handler: Any) -> None:
        both.wait()
        refusal(handler)

    server.script[CHAT] = [late_refusal, late_refusal, reply({"a": 1})]
    client, found = make(retries=0), list[Any]()
    request = Ask("/chat/completions", {"max_tokens": 5}, instead={"max_tokens": {}})
    threads = [threading.Thread(target=lambda: found.append(client.json(request))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [{"a": 1}] * 2


def test_an_address_that_no_request_can_be_made_to_is_named(make: Any) -> None:
    with pytest.raises(BackendError, match="is not responding"):
        make(url="http://no such host/v1", retries=0).json(ask())


def test_another_refused_parameter_is_an_error(server: FakeServer, make: Any) -> None:
    server.script[CHAT] = [error(400, "bad model", param="model")]
    with pytest.raises(BackendError, match=r"rejected the request \(400\).*bad model"):
        make().json(ask(model="m"))


def events(client: OpenAIClient, cancel: CancelToken | None = None) -> list[dict[str, Any]]:
    return list(client.events(ask(), cancel))


def test_events_come_in_order(server: FakeServer, make: Any) -> None:
    server.script[CHAT] = [
        stream(": a comment\n\n", {"n": 1}, 'event: x\ndata: {"n":\ndata: 2}\n\n', {"n": 3})
    ]
    assert events(make()) == [{"n": 1}, {"n": 2}, {"n": 3}]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (reply({"choices": []}), "application/json instead of a stream"),
        (data(b"<p>", "text/html"), "text/html instead of a stream"),
        (stream("data: {broken\n\n"), "could not be read"),
        (stream({"error": {"message": "out of slots"}}), "out of slots"),
    ],
)
def test_what_is_no_stream_of_objects_is_refused(
    server: FakeServer, make: Any, answer: Any, said: str
) -> None:
    server.script[CHAT] = [answer]
    with pytest.raises(BackendError, match=said):
        events(make())


def test_a_stream_that_is_cut_keeps_what_came_and_is_not_asked_again(server: FakeServer, make: Any) -> None:
    server.script[CHAT] = [stream({"n": 1}, then=break_off)]
    came = make().events(ask())
    assert next(came) == {"n": 1}
    with pytest.raises(BackendError, match="was lost"):
        next(came)
    assert len(server.asked(CHAT)) == 1


def test_a_stream_without_an_end_says_so(server: FakeServer, make: Any) -> None:
    server.script[CHAT] = [stream({"n": 1}, done=False)]
    came = make().events(ask())
    next(came)
    with pytest.raises(StopIteration) as ended:
        next(came)
    assert ended.value.value is False


@pytest.mark.parametrize("answer", [hang, stream({"n": 1}, then=hang)], ids=["first byte", "next byte"])
def test_a_cancel_closes_the_connection_at_once(server: FakeServer, make: Any, answer: Any) -> None:
    server.script[CHAT] = [answer]
    client, cancel = make(), CancelToken()
    threading.Timer(0.05, cancel.cancel).start()
    with pytest.raises(Cancelled):
        events(client, cancel)
    assert server.gone.wait(WAIT), "the server did not see the connection close"


def test_closing_the_iterator_closes_the_connection(server: FakeServer, make: Any) -> None:
    server.script[CHAT] = [stream({"n": 1}, then=hang)]
    came = make().events(ask())
    next(came)
    came.close()
    assert server.gone.wait(WAIT)


def test_a_cancel_ends_the_wait_before_a_retry(server: FakeServer, make: Any) -> None:
    server.script[CHAT] = [error(503, "loading")]
    cancel = CancelToken()
    threading.Timer(0.05, cancel.cancel).start()
    with pytest.raises(Cancelled):
        make(Backoff(first=600.0, longest=600.0)).json(ask(), cancel)


def test_closing_the_client_ends_what_runs(server: FakeServer, make: Any) -> None:
    server.script[CHAT] = [stream({"n": 1}, then=hang)]
    client = make()
    came = client.events(ask())
    next(came)
    client.close()
    assert server.gone.wait(WAIT)
    with pytest.raises(BackendError, match="was lost"):
        next(came)
    with pytest.raises(BackendError, match="no connection"):
        client.json(ask())


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_lines_are_found_wherever_chunks_break(size: int, end: str) -> None:
    lines = ["data: é 你好", "", ":", "data:x", "data: y", "id: 3", "", "", "data", "", "data: lost"]
    text = ("\ufeff" + end.join(lines)).encode()
    chunks = [text[n : n + size] for n in range(0, len(text), size)]
    assert list(event_data(chunks)) == ["é 你好", "x\ny", ""]
