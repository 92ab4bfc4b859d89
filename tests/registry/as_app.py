"""Asking the test database as the role that the pages use, under a hat, inside the test's own transaction."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection, transaction

from wufei import catalog
from wufei.app.postgres import Postgres, roles
from wufei.app.postgres.access import APP, OWNER, SUPERUSER
from wufei.registry.access import Wearer, database
from wufei.registry.access.force import put_on


def bring_rules(server: Postgres) -> None:
    """Both layers of the shipped rules, the app role's rights, and leave for the owner to become it in a test."""
    name = connection.settings_dict["NAME"]
    with psycopg.connect(**server.access.parameters(SUPERUSER, name), autocommit=True) as superuser:
        superuser.execute(f"GRANT {APP} TO {OWNER}")
        superuser.execute(f'GRANT CONNECT ON DATABASE "{name}" TO {APP}')
    with transaction.atomic(), connection.cursor() as cursor:
        roles.grant(cursor, APP)
        database.apply(cursor, settings.SECRET_KEY)


@contextlib.contextmanager
def as_app(hat: Wearer | None) -> Iterator[psycopg.Connection[Any]]:
    """The test's connection as the app role under ``hat``; afterwards the owner's again, whatever was done undone."""
    connection.ensure_connection()
    raw: psycopg.Connection[Any] = connection.connection
    with transaction.atomic():
        try:
            raw.execute(f"SET LOCAL ROLE {APP}")
            put_on(raw, hat)
            yield raw
        finally:
            transaction.set_rollback(True)


@pytest.fixture(scope="session")
def rules_once(catalogue: catalog.Catalog, postgres: Postgres, django_db_setup: None, django_db_blocker: Any) -> None:
    """The rules in the test database, for the whole run."""
    catalog.install(catalogue)
    with django_db_blocker.unblock():
        bring_rules(postgres)


@contextlib.contextmanager
def pages_as_app() -> Iterator[None]:
    """What the block asks of the pages, they ask the database as the role that they have in earnest."""
    connection.ensure_connection()
    if connection.connection.execute("SELECT to_regclass('pg_temp.in_record')").fetchone() == (None,):
        connection.connection.execute("SELECT journal.open_inbox()")
    connection.connection.execute(f"GRANT INSERT ON in_record, in_entry, in_step, in_observation TO {APP}")
    connection.connection.execute(f"SET LOCAL ROLE {APP}")
    try:
        yield
    finally:
        connection.connection.execute("RESET ROLE")
