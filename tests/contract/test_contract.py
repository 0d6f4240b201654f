"""Every back-end of every stage in the table, through the same cases."""

from __future__ import annotations

import importlib
import inspect
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chatbot.config.backends import CHATBOT_TABLE
from pipelines.core.errors import Cancelled, EmptyInputError, InputError
from pipelines.core.protocols import Backend
from pipelines.core.registry import Registry
from pipelines.core.types import Stage
from pipelines.core.weights import WeightStore
from tests.contract.cases import CASES
from tests.contract.inputs import Call, Case, Gist, distance
from tests.contract.preparations import LEFT_OUT, ROWS, Row, preparation

RUN = [row for row in ROWS if row not in LEFT_OUT]


def named(row: Row) -> str:
    return f"{row[0]}-{row[1]}"


@pytest.fixture(scope="module", params=RUN, ids=named)
def row(request: pytest.FixtureRequest) -> Row:
    return request.param


@pytest.fixture(scope="module")
def ready(
    row: Row, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Registry]:
    """A registry that has chosen the row; skipped where its program or its weights are not here."""
    prepare = preparation(row)
    assert prepare is not None, f"tests/contract/preparations.py does not say how {named(row)} is made ready"
    if CHATBOT_TABLE[row[0]][row[1]].models:
        request.getfixturevalue("registry")  # skips where the models have not been pulled
    with prepare(row, tmp_path_factory.mktemp("contract")) as registry:
        if (lacks := registry.obstacle(*row)) is not None:
            pytest.skip(". ".join(map(str, lacks)))
        yield registry


@pytest.fixture
def case(row: Row) -> Case:
    return CASES[row[0]]


@pytest.fixture
def backend(row: Row, ready: Registry) -> Any:
    return ready.get(*row)


def valid(case: Case, backend: Any, call: Call, refusals: str | None = None) -> None:
    """Make a call; its result is valid, or it is refused: as empty, or for a reason that `refusals` knows."""
    try:
        result = call(backend)
    except EmptyInputError as error:
        assert str(error)
    except InputError as error:
        assert refusals is not None and re.search(refusals, str(error)), (
            f"refused for another reason: {error}"
        )
    else:
        case.check(result)


class NoWeights(WeightStore):
    """Fails the test where weights are asked for."""

    def path(self, name: str) -> Path:
        raise AssertionError(f"the constructor reads {name}")


def test_a_row_is_prepared_or_left_out_for_a_reason() -> None:
    assert all(reason.strip() for reason in LEFT_OUT.values()) and set(LEFT_OUT) <= set(ROWS)
    assert set(CASES) == set(Stage)


def test_the_constructor_does_nothing_heavy_and_the_model_has_a_name(row: Row, ready: Registry) -> None:
    empty = Registry(CHATBOT_TABLE, NoWeights(), {row[0]: row[1]}, {row[0]: ready.options(*row)})
    begun = threading.active_count()
    backend = empty.build(*row)
    assert isinstance(backend, Backend) and backend.model.strip()
    assert threading.active_count() == begun and not ready.is_loaded(*row)
    backend.unload()


def test_the_row_lists_options_that_the_constructor_takes(row: Row) -> None:
    spec = CHATBOT_TABLE[row[0]][row[1]]
    module, _, name = spec.target.partition(":")
    cls = getattr(importlib.import_module(module), name)
    source = getattr(cls, "options_type", cls)
    taken = set(inspect.signature(source).parameters)
    taken |= {name for each in source.__mro__ for name in inspect.signature(each.__init__).parameters}
    assert set(spec.options) <= taken


def test_warmed_up_it_gives_a_valid_result_for_the_usual_input(
    case: Case, backend: Any, row: Row, ready: Registry
) -> None:
    backend.warm_up()
    case.check(case.use(backend))
    assert ready.is_loaded(*row) and backend.model.strip()


def test_empty_input_is_answered_or_refused(case: Case, backend: Any) -> None:
    for call in case.empty():
        valid(case, backend, call)


def test_odd_input_is_answered_or_refused(case: Case, backend: Any) -> None:
    for call in case.odd():
        valid(case, backend, call, case.refusals)


def test_a_cancelled_call_does_not_run_to_its_end(row: Row, case: Case, backend: Any) -> None:
    if case.stopped is None:
        pytest.skip(f"calls of {row[0]} are too short to take a token")
    if row[0] is Stage.GENERATE:
        case.stopped(backend)
    else:
        with pytest.raises(Cancelled):
            case.stopped(backend)
    case.check(case.use(backend))


def test_two_calls_at_once_do_not_disturb_each_other(case: Case, backend: Any) -> None:
    """Each gets the result of its own input, as it does alone."""
    calls = (case.use, case.other)
    alone = [case.gist(call(backend)) for call in calls]
    together = threading.Barrier(len(calls), timeout=60)

    def work(call: Call) -> Any:
        together.wait()
        return call(backend)

    with ThreadPoolExecutor(len(calls)) as pool:
        results = list(pool.map(work, calls))
    for result in results:
        case.check(result)
    own_each([case.gist(result) for result in results], alone)


def own_each(found: list[Gist], alone: list[Gist]) -> None:
    """See that each result is nearer to that of its own input than to the other's."""
    for (own, other), gist in zip((alone, alone[::-1]), found, strict=True):
        assert distance(gist, own) <= distance(gist, other), f"{gist!r} is the answer to the other input"


@pytest.mark.parametrize("alone", [["A cat.", "EXIT"], [np.array([0.2, 0.8]), np.array([0.7, 0.3])]])
def test_swapped_results_are_noticed(alone: list[Gist]) -> None:
    own_each(alone, alone)
    with pytest.raises(AssertionError, match="the other input"):
        own_each(alone[::-1], alone)


def test_it_can_be_unloaded_and_loaded_again(row: Row, ready: Registry, case: Case, backend: Any) -> None:
    ready.unload()
    assert not ready.is_loaded(*row)
    again = ready.get(*row)
    assert again is not backend and again.model == backend.model
    case.check(case.use(again))
