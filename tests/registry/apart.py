"""A copy of the test database in which tests commit and connect as the role of the pages, as the server knows it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from django.db import connections
from psycopg import Connection, sql

from tests.registry.access_world import FAR, NEAR, Firm, make_firm
from wufei import catalog
from wufei.app.postgres import Postgres
from wufei.app.postgres.access import APP, OWNER, SUPERUSER
from wufei.registry.access import Wearer
from wufei.registry.access.force import put_on


@dataclass(frozen=True)
class Apart:
    """The copy, with two firms in two counties that are there for good."""

    server: Postgres
    name: str
    near: Firm
    far: Firm

    def app(self, hat: Wearer | None = None, **options: Any) -> Connection[Any]:
        """A new connection as the role of the pages, under ``hat``."""
        connection = psycopg.connect(
            **self.server.access.parameters(APP, self.name), **({"autocommit": True} | options)
        )
        if hat is not None:
            put_on(connection, hat)
        return connection

    def owner(self) -> Connection[Any]:
        """A new connection as the owner, which commits at once; a test's own is in a transaction of its own."""
        return psycopg.connect(**self.server.access.parameters(OWNER, self.name), autocommit=True)


@pytest.fixture(scope="module")
def apart(rules_once: None, catalogue: catalog.Catalog, postgres: Postgres, django_db_blocker: Any) -> Iterator[Apart]:
    """The copy, for the tests of one module; Django's connection is to it meanwhile."""
    row = connections["default"].settings_dict
    before, name = row["NAME"], f"apart_{secrets.token_hex(4)}"
    catalog.install(catalogue)
    with (
        django_db_blocker.unblock(),
        psycopg.connect(**postgres.access.parameters(SUPERUSER, "postgres"), autocommit=True) as superuser,
    ):
        connections.close_all()
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}")
        superuser.execute(copy.format(*map(sql.Identifier, (name, before, row["USER"]))))
        superuser.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
        superuser.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(*map(sql.Identifier, (name, APP))))
        row["NAME"] = name
        try:
            made = _filled(postgres, name)
            django_db_blocker.block()
            yield made
        finally:
            django_db_blocker.restore()
            connections.close_all()
            row["NAME"] = before
            superuser.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _filled(server: Postgres, name: str) -> Apart:
    made = Apart(server, name, make_firm("near", NEAR), make_firm("far", FAR))
    with made.owner() as owner:
        owner.execute("INSERT INTO journal.stream (id, hazardous) VALUES ('ash', false) ON CONFLICT DO NOTHING")
        owner.execute("INSERT INTO journal.place VALUES ('saihan'), ('wuchuan') ON CONFLICT DO NOTHING")
        owner.execute("INSERT INTO journal.place VALUES ('site-near'), ('site-far') ON CONFLICT DO NOTHING")
        owner.execute("INSERT INTO journal.metric VALUES ('mines_tried', '个') ON CONFLICT DO NOTHING")
    return made
