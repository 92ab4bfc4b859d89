"""Bringing the database up to date before serving: tables, rights, search index, first accounts."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import psycopg

from wufei.app.config import Settings
from wufei.app.console import say, warn
from wufei.app.databases import rows
from wufei.app.postgres import roles
from wufei.catalog import Catalog
from wufei.intake.opening import post_opening
from wufei.journal.mirror import mirror
from wufei.terms import NamedError


class DatabaseUnavailable(NamedError):
    """The server refused the connection, went away, or could not write."""

    code = "database_unavailable"
    zh = "数据库不可用：{reason}"
    en = "The database is not available: {reason}"
    remedy_zh = (
        "请核对 DATABASE_URL 的主机、端口、库名和密码，以及服务器是否在运行、磁盘是否已满；已提交的数据没有丢失。"
    )
    remedy_en = (
        "Check host, port, name and password of DATABASE_URL, that the server runs and that its disk is not full;"
        " nothing that was committed is lost."
    )


class DatabaseRightsMissing(NamedError):
    """The role that owns the tables may not do what a migration needs."""

    code = "database_rights_missing"
    zh = "数据库角色 {role} 的权限不足：{reason}"
    en = "The database role {role} lacks a right: {reason}"
    remedy_zh = "请让该角色拥有此数据库（ALTER DATABASE … OWNER TO …），或用 WUFEI_OWNER_DATABASE_URL 指定拥有者。"
    remedy_en = "Make that role the owner of the database, or name its owner with WUFEI_OWNER_DATABASE_URL."


RULES_NOT_BOUND = (
    "网页使用的数据库角色就是数据表的拥有者：数据库不再逐行限制它，只有应用程序的限制起作用；请另设角色（WUFEI_OWNER_DATABASE_URL）",
    "the pages use the role that owns the tables: only the application keeps rows apart, not the database; "  # noqa: ISC004
    "use two roles (WUFEI_OWNER_DATABASE_URL)",
)


def prepare(settings: Settings, cat: Catalog, *, demo: bool, demo_password: str) -> str | None:
    """Set Django up as the tables' owner, do what is missing, then become the pages' role.

    Returns the token of a one-time link while no administrator has a password. Raises DatabaseUnavailable or
    DatabaseRightsMissing.
    """
    import django
    from django.conf import settings as django_settings

    app_row, owner_row = rows(settings)
    django_settings.DATABASES["default"].update(owner_row)
    django.setup()
    from django.db import connections

    with _named_refusals(owner_row["USER"]):
        migrate()
        ready_keys()
        fill(cat, app_role=app_row["USER"] if app_row["USER"] != owner_row["USER"] else None)
        token = open_accounts(cat, demo=demo, demo_password=demo_password)
    connections.close_all()
    connections.databases["default"].update(app_row)
    return token


@contextlib.contextmanager
def _named_refusals(role: str) -> Iterator[None]:
    from django.db import Error, OperationalError

    try:
        yield
    except Error as error:
        cause, reason = error.__cause__, str(error).strip().splitlines()[0]
        if isinstance(cause, psycopg.errors.InsufficientPrivilege):
            raise DatabaseRightsMissing(role=role, reason=reason) from error
        if isinstance(error, OperationalError):
            raise DatabaseUnavailable(reason=reason) from error
        raise


def fill(cat: Catalog, *, app_role: str | None) -> None:
    """Bring over what the database needs of the catalogue, and let the pages' role use the tables."""
    from django.db import connection

    with connection.cursor() as cursor:
        mirror(cursor.connection, cat)
        if app_role:
            roles.grant(cursor, app_role)
        else:
            warn(*RULES_NOT_BOUND)
    bring_rules()
    bring_in_bodies(cat)
    post_openings(cat)
    refresh_search()


def bring_in_bodies(cat: Catalog) -> None:
    """Put the bodies of the cities' plans on register, under their ids of the catalogue."""
    from wufei.registry import declared

    declared.bring_in(cat)


def bring_rules() -> None:
    """Make the database's own rules of who sees what follow the catalogue."""
    from django.conf import settings
    from django.db import connection, transaction

    from wufei.registry.access import database

    with transaction.atomic(), connection.cursor() as cursor:
        database.apply(cursor, settings.SECRET_KEY)


def migrate() -> None:
    """Apply the migrations that are missing; silent when there are none."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say("正在更新数据表", "bringing the tables up to date")
        call_command("migrate", interactive=False, verbosity=0)


def ready_keys() -> None:
    """Make the keys of personal data on the very first start; raises PersonalKeysMissing when they were lost."""
    from django.conf import settings
    from django.utils import timezone

    from wufei.registry.rotation import ready_ring

    ready_ring(Path(settings.PERSONAL_KEYS), settings.PERSONAL_CIPHER, timezone.now())


def post_openings(cat: Catalog) -> None:
    """Bring each city's published figures in the journal in line with the catalogue; say what could not be."""
    from django.db import connection

    for city in cat.cities:
        with connection.cursor() as cursor:
            opened = post_opening(cursor.connection, cat, city)
        if opened.appended or opened.reversed:
            say(
                f"已记入公布的数字 {opened.appended} 条，冲正 {opened.reversed} 条",
                "published figures recorded and, where the data changed, reversed",
            )
        for refused in opened.refused:
            warn(refused.render("zh"), refused.render("en"))


def refresh_search() -> None:
    """Fill the search index when the catalogue differs from the one that it holds."""
    from wufei.web.search import index

    index.refresh()


def open_accounts(cat: Catalog, *, demo: bool, demo_password: str) -> str | None:
    """Make the first administrator and, when asked, the demonstration accounts; return the one-time token."""
    from wufei.registry import accounts, demonstration

    if demo:
        people = accounts.create_demo_people([role.id for role in cat.national.items("roles")], demo_password)
        demonstration.furnish(cat)
        enter_cases(cat)
        names = "、".join(person.username for person in people)
        say(f"演示账户（密码 {demo_password}）：{names}", "demonstration accounts, one password for all")
        say("演示账户共用密码，不使用第二因素", "demonstration accounts are shared and are asked for no second factor")
    return accounts.create_first_admin()


def enter_cases(cat: Catalog) -> None:
    """Let the demonstration's accounts do what ``demo_cases`` declare; say what was refused."""
    from django.db import connection
    from django.utils import timezone

    from wufei.synth import demonstration

    with connection.cursor() as cursor:
        entered, refused = demonstration.enter(cursor.connection, cat, timezone.now())
    if entered:
        say(f"已记入演示事项 {entered} 件（虚构）", "invented matters of the demonstration entered")
    for error in refused:
        warn(error.render("zh"), error.render("en"))
