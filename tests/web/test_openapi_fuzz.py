"""Schemathesis over every operation of the OpenAPI document: whatever is sent, the answer is no server error."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings

from tests.web.conftest import make_person
from wufei.registry import tokens
from wufei.web.api.addresses import openapi

EXAMPLES = 15
MUTE = [
    HealthCheck.function_scoped_fixture,
    HealthCheck.too_slow,
    HealthCheck.filter_too_much,
    HealthCheck.data_too_large,
]
CONFIG = settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=MUTE,
    phases=[Phase.explicit, Phase.generate],
)  # fmt: skip


def operations() -> list[tuple[str, str]]:
    """Path and method of every operation."""
    return [(path, method.upper()) for path, methods in openapi()["paths"].items() for method in methods]


@pytest.fixture
def document(db: None) -> Iterator[Any]:
    """The document as programs read it, with the application behind it on the test's own connection."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("mirrored")
@pytest.mark.parametrize(("path", "method"), operations())
def test_no_operation_answers_with_a_server_error(document: Any, path: str, method: str) -> None:
    key = tokens.issue(make_person("fuzz", "city_office"), "fuzz")[1]
    seen: set[int] = set()

    @CONFIG
    @given(case=document[path][method].as_strategy())
    def send(case: schemathesis.Case) -> None:
        answer = case.call(headers={"Authorization": f"Bearer {key}"})
        seen.add(answer.status_code)
        assert answer.status_code < 500, (case.formatted_path, case.query, case.body, answer.content[:500])
        assert "json" in answer.headers["content-type"][0]

    send()
    assert seen - {401, 403, 429}, seen


def test_every_operation_is_tried() -> None:
    assert len(operations()) >= 10
