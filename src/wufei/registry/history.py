"""The history of the registry's rows: installed as triggers of the database, and read here.

What a person may not see in the clear (passwords, digests, personal data) is told as changed, never as what it was:
the history cannot be erased, so it holds nothing that must be.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from typing import Any

from django.apps import apps
from django.db import models
from psycopg import sql

from wufei.registry.models import Change
from wufei.registry.personal_data import BlindIndexField, SealedTextField

HIDDEN = frozenset({"password", "token_hash", "email", "first_name", "last_name", "username", "name", "label"})
IGNORED = frozenset({"last_login", "last_used_at"})
_TRIGGER = """CREATE OR REPLACE TRIGGER history AFTER INSERT OR UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION public.registry_write_change({key}, {hidden}, {ignored})"""


def watched() -> tuple[type[models.Model], ...]:
    """The models of the registry whose rows have a history: all, but the history and what says ``no_history``."""
    found = apps.get_app_config("registry").get_models(include_auto_created=True)
    return tuple(m for m in found if m._meta.managed and not getattr(m, "no_history", False))


def hidden_columns(model: type[models.Model]) -> list[str]:
    """Columns whose content never enters the history: secrets, sealed fields and what is derived from them."""
    return sorted(
        field.column
        for field in model._meta.concrete_fields
        if field.name in HIDDEN or isinstance(field, SealedTextField | BlindIndexField)
    )


def install(connection: Any) -> None:
    """Put the functions and triggers in place, as the tables' owner; may be repeated."""
    connection.ensure_connection()
    raw = connection.connection
    for name in (
        "history.sql",
        "directory.sql",
        "case_facts.sql",
        "containers.sql",
        "outages.sql",
        "case_words.sql",
        "case_files.sql",
        "road.sql",
    ):
        raw.execute(files("wufei.registry").joinpath(f"sql/{name}").read_text(encoding="utf-8"))
    for model in watched():
        columns = [f.column for f in model._meta.concrete_fields]
        raw.execute(
            sql.SQL(_TRIGGER).format(  # type: ignore[arg-type]
                table=sql.Identifier(model._meta.db_table),
                key=sql.Literal(model._meta.pk.column),  # type: ignore[union-attr]
                hidden=sql.Literal(",".join(hidden_columns(model))),
                ignored=sql.Literal(",".join(c for c in columns if c in IGNORED)),
            )
        )


def install_after_migrate(*, using: str, **_: Any) -> None:
    """Install once the registry's tables stand as its models say."""
    from django.db import connections  # noqa: PLC0415  # a signal's handler is imported before the settings are whole

    install(connections[using])


def of_row(table: str, row: object) -> models.QuerySet[Change]:
    """The changes of one row, newest first; ``table`` is the model's database table."""
    return Change.objects.filter(table=table, row=str(row)).order_by("-at", "-id")


def of_rows(rows: Iterable[models.Model]) -> models.QuerySet[Change]:
    """The changes of several rows, newest first: of an organisation and everything of it, say."""
    by_table: dict[str, list[str]] = {}
    for row in rows:
        by_table.setdefault(row._meta.db_table, []).append(str(row.pk))
    wanted = models.Q(pk__in=[])
    for table, ids in by_table.items():
        wanted |= models.Q(table=table, row__in=ids)
    return Change.objects.filter(wanted).order_by("-at", "-id")
