"""Instructor, unmodified, against a scripted Trio, in each of its ways of asking for an object."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.api_server import Served
from tests.support.client_uses import (
    ANN,
    HEARD,
    HELLO,
    PERSON,
    PICTURE_URL,
    SEEN,
    SOUND,
    Person,
    says,
    serving,
    told,
)

CALL = f'{{"name": "Person", "arguments": {PERSON}}}'
WAYS = {
    "TOOLS": CALL,
    "RESPONSES_TOOLS": CALL,
    "JSON": PERSON,
    "JSON_SCHEMA": PERSON,
    "MD_JSON": f"```json\n{PERSON}\n```",
}
"""What the model writes in each."""


@pytest.fixture(scope="module")
def trio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("api")) as server:
        pytest.importorskip("instructor")
        yield server


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, trio: Served) -> str:
    says(trio, WAYS[request.param])
    return request.param


def client(trio: Served, way: str) -> Any:
    import instructor

    return instructor.from_openai(trio.openai, mode=instructor.Mode[way])


def asked(*content: Any) -> dict[str, Any]:
    return {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": list(content) or "Who is it?"}]}


def plain(found: Any) -> Any:
    """Return an object without the reply that Instructor keeps beside it."""
    assert isinstance(found, Person)
    return Person(**found.model_dump())


def test_it_gets_objects(trio: Served, way: str) -> None:
    made = client(trio, way)
    assert plain(made.create(response_model=Person, max_retries=0, **asked())) == ANN
    says(trio, WAYS[way].replace('"name": "Person"', '"name": "PartialPerson"'))  # as it calls this
    *_, last = made.create_partial(response_model=Person, max_retries=0, **asked())
    assert (last.name, last.age) == ("Ann", 7)


def test_it_sees(trio: Served, way: str) -> None:
    from instructor.processing.multimodal import Image

    picture = Image.from_base64(PICTURE_URL)
    found = client(trio, way).create(response_model=Person, max_retries=0, **asked("Who is it?", picture))
    assert plain(found) == ANN
    assert SEEN in told(trio) and "Who is it?" in told(trio)


@pytest.mark.parametrize("way", ["TOOLS", "JSON_SCHEMA"])
def test_it_hears(trio: Served, way: str) -> None:
    from instructor.processing.multimodal import Audio

    says(trio, WAYS[way])
    sound = Audio.from_base64(f"data:audio/wav;base64,{SOUND}")
    assert plain(client(trio, way).create(response_model=Person, max_retries=0, **asked(sound))) == ANN
    assert HEARD in told(trio)


def test_it_gets_several_objects(trio: Served) -> None:
    says(trio, f'{{"tasks": [{PERSON}, {PERSON}]}}')
    found = client(trio, "JSON_SCHEMA").create_iterable(response_model=Person, max_retries=0, **asked())
    assert list(found) == [ANN, ANN]


def test_a_wrong_object_is_asked_for_again(trio: Served) -> None:
    """Its own second try tells the model what was wrong with the call."""
    from instructor.core.exceptions import InstructorRetryException

    says(trio, '{"name": "Person", "arguments": {"name": "Ann"}}')
    with pytest.raises(InstructorRetryException):
        client(trio, "TOOLS").create(response_model=Person, max_retries=2, **asked())
    assert "age" in told(trio) and told(trio).startswith("<tool_response>")


def test_it_talks(trio: Served) -> None:
    says(trio)
    reply = client(trio, "TOOLS").create(response_model=None, **asked())
    assert reply.choices[0].message.content == HELLO
