"""Bringing the database up to date before serving: tables, rights, search index, first accounts."""

from __future__ import annotations

from wufei.app.config import Settings
from wufei.app.console import say
from wufei.app.databases import rows
from wufei.app.postgres import roles
from wufei.catalog import Catalog
from wufei.journal.mirror import mirror


def prepare(settings: Settings, cat: Catalog, *, demo: bool, demo_password: str) -> str | None:
    """Set Django up as the tables' owner, do what is missing, then become the pages' role.

    Returns the token of a one-time link while no administrator has a password.
    """
    import django
    from django.conf import settings as django_settings

    app_row, owner_row = rows(settings)
    django_settings.DATABASES["default"].update(owner_row)
    django.setup()
    from django.db import connection, connections

    migrate()
    with connection.cursor() as cursor:
        mirror(cursor.connection, cat)
    if app_row["USER"] != owner_row["USER"]:
        with connection.cursor() as cursor:
            roles.grant(cursor, app_row["USER"])
    refresh_search()
    token = open_accounts(cat, demo=demo, demo_password=demo_password)
    connections.close_all()
    connections.databases["default"].update(app_row)
    return token


def migrate() -> None:
    """Apply the migrations that are missing; silent when there are none."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say("正在更新数据表", "bringing the tables up to date")
        call_command("migrate", interactive=False, verbosity=0)


def refresh_search() -> None:
    """Fill the search index when the catalogue differs from the one that it holds."""
    from wufei.web.search import index

    index.refresh()


def open_accounts(cat: Catalog, *, demo: bool, demo_password: str) -> str | None:
    """Make the first administrator and, when asked, the demonstration accounts; return the one-time token."""
    from wufei.registry import accounts

    if demo:
        people = accounts.create_demo_people([role.id for role in cat.national.items("roles")], demo_password)
        names = "、".join(person.username for person in people)
        say(f"演示账户（密码 {demo_password}）：{names}", "demonstration accounts, one password for all")
    return accounts.create_first_admin()
