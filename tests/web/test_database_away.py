"""A database that goes away, and one that came back: said as it is, and reached again by the same thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test import Client

from wufei.app.postgres import Postgres
from wufei.app.postgres.access import SUPERUSER

pytestmark = pytest.mark.django_db
RECORDS = "/api/v1/journal/records"


def apart(work: Callable[[], Any]) -> Any:
    """What ``work`` returns in a thread, which has a connection of its own outside the test's transaction."""
    found: list[Any] = []

    def one() -> None:
        try:
            found.append(work())
        finally:
            connection.close()

    thread = threading.Thread(target=one)
    thread.start()
    thread.join(60)
    return found[0]


def test_a_session_that_was_ended_is_made_anew(postgres: Postgres) -> None:
    """As after a restart of the database: the next request of the same thread is answered."""

    def visits() -> list[int]:
        client = Client()
        found = [client.get("/login/").status_code]
        for address in ("/login/", RECORDS):
            pid = connection.connection.info.backend_pid
            with psycopg.connect(**postgres.access.parameters(SUPERUSER, "postgres"), autocommit=True) as superuser:
                superuser.execute("SELECT pg_terminate_backend(%s, 10000)", (pid,))
            found.append(client.get(address).status_code)
            assert connection.connection.info.backend_pid != pid
        return found

    assert apart(visits) == [200, 200, 401]


def test_a_server_that_cannot_be_reached_is_said_to_be_away() -> None:
    def visits() -> list[Any]:
        connection.settings_dict = {**connection.settings_dict, "HOST": "/nowhere"}
        client = Client(raise_request_exception=False)
        page, told = client.get("/login/"), client.get(RECORDS)
        return [page.status_code, page.content.decode(), told.status_code, told.json()]

    status, page, api_status, told = apart(visits)
    assert status == 503
    assert "数据库暂时无法访问" in page
    assert api_status == 503
    assert told["code"] == "database_away"
