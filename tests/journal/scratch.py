"""A journal in a database of its own on the run's server, for tests that commit or sign in as another role."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import Connection, sql

from wufei.app.postgres import Postgres
from wufei.app.postgres.access import APP, OWNER, SUPERUSER
from wufei.app.postgres.roles import GRANTS
from wufei.journal.schema import install_sql

INBOX = ("in_record", "in_entry", "in_step", "in_observation", "in_key", "in_resolved", "in_verdict")

CONTENT = """
INSERT INTO journal.stream (id, hazardous) VALUES ('oil', true), ('ash', false), ('brick', false);
INSERT INTO journal.place VALUES ('a'), ('b'), ('c');
INSERT INTO journal.metric VALUES ('value_added', '万元'), ('mines', '个');
INSERT INTO journal.metric VALUES ('stocktake', '克'), ('stocktake_tolerance', '克');
"""


@dataclass(frozen=True)
class Scratch:
    """How to reach the database."""

    server: Postgres
    name: str

    def parameters(self, role: str = OWNER) -> dict[str, Any]:
        return self.server.access.parameters(role, self.name)

    def connect(self, role: str = OWNER, **options: Any) -> Connection[Any]:
        return psycopg.connect(**self.parameters(role), **({"autocommit": True} | options))


@contextlib.contextmanager
def scratch_journal(server: Postgres, *, temporary_tables: bool = False) -> Iterator[Scratch]:
    """An empty journal with the streams, places and metrics of the tests.

    ``temporary_tables`` lets the application's role make temporary objects, as a server of one's own does by default.
    """
    made = Scratch(server, f"journal_{secrets.token_hex(4)}")
    name = sql.Identifier(made.name)
    with _superuser(server) as superuser:
        superuser.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, sql.Identifier(OWNER)))
        superuser.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
        rights = sql.SQL("CONNECT, TEMPORARY" if temporary_tables else "CONNECT")
        superuser.execute(sql.SQL("GRANT {} ON DATABASE {} TO {}").format(rights, name, sql.Identifier(APP)))
    try:
        with made.connect() as owner:
            owner.execute(install_sql())
            owner.execute(CONTENT)
            for statement in GRANTS:
                if "journal" in statement:
                    owner.execute(statement.format(app=APP))
        yield made
    finally:
        with _superuser(server) as superuser:
            superuser.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def _superuser(server: Postgres) -> Connection[Any]:
    return psycopg.connect(**server.access.parameters(SUPERUSER, "postgres"), autocommit=True)
