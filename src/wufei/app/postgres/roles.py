"""The database and its roles: the owner migrates, the application reads and writes, neither is a superuser."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from wufei.app.postgres.access import APP, DATABASE, OWNER, SUPERUSER, Access

LOGIN_ROLE = "LOGIN NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS"


def ensure_database(access: Access, *, may_create_databases: bool = False) -> None:
    """Make the two roles and the database where they are missing; set their passwords to those of `access`."""
    options = LOGIN_ROLE + (" CREATEDB" if may_create_databases else " NOCREATEDB")
    with psycopg.connect(**access.parameters(SUPERUSER, "postgres"), autocommit=True) as connection:
        for role in (OWNER, APP):
            known = _any(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", role)
            verb = "ALTER" if known else "CREATE"
            text = f"{verb} ROLE {{}} {options if role == OWNER else LOGIN_ROLE} PASSWORD {{}}"
            connection.execute(sql.SQL(text).format(sql.Identifier(role), sql.Literal(access.passwords[role])))
        if not _any(connection, "SELECT 1 FROM pg_database WHERE datname = %s", DATABASE):
            names = sql.Identifier(DATABASE), sql.Identifier(OWNER)
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(*names))
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(names[0]))
            connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(names[0], sql.Identifier(APP)))


def _any(connection: psycopg.Connection, query: str, *values: str) -> bool:
    return connection.execute(query, values).fetchone() is not None


JOURNAL_GRANTS = (
    "GRANT USAGE ON SCHEMA journal TO {app}",
    "GRANT SELECT ON ALL TABLES IN SCHEMA journal TO {app}",
)
GRANTS = (
    "GRANT USAGE ON SCHEMA public TO {app}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {app}",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {app}",
    "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {app}",
    "REVOKE INSERT, UPDATE, DELETE ON registry_change FROM {app}",  # triggers of the tables write it
    *JOURNAL_GRANTS,
)


def grant(cursor: Any, role: str) -> None:
    """Let the application's role use the tables there are now; run as their owner, after migrating."""
    for statement in GRANTS:
        cursor.execute(statement.format(app='"' + role.replace('"', '""') + '"'))
