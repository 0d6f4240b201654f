"""Whatever is sent to /v1, the answer is one that its own schema allows, and never a 500."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from chatbot.api.app import api_app, service_of
from chatbot.engine import Chatbot
from chatbot.settings import load_settings
from tests.unit.api_server import registry

CHECKS: Any = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture
def scripted_schema(tmp_path: Any) -> Any:
    chosen = load_settings(data_dir=tmp_path)
    app = api_app(service_of(Chatbot(chosen, registry()), chosen, None))
    return schemathesis.openapi.from_asgi("/openapi.json", app)


schema = schemathesis.pytest.from_fixture("scripted_schema")


@schema.parametrize()
@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_every_answer_is_one_of_the_schema(case: Any) -> None:
    case.call_and_validate(checks=CHECKS)
