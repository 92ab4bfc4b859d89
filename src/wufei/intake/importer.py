"""One door for every sheet: records go to the journal, the others to the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import Connection

from wufei.catalog import Catalog
from wufei.catalog.sheets import REGISTRY
from wufei.intake.importing import Clock, Progress, Report, Wish, run_import, sheet_of

if TYPE_CHECKING:
    from wufei.registry.access import Wearer


def import_file(
    connection: Connection[Any],
    catalog: Catalog,
    wish: Wish,
    *,
    now: Clock,
    hat: Wearer | None = None,
    progress: Progress | None = None,
) -> Report:
    """Import a file of any declared sheet. ``hat`` bounds which rows may be written.

    Raises what is wrong with the whole file; what is wrong in rows is in the report.
    """
    if sheet_of(catalog, wish.kind).makes not in REGISTRY:
        return run_import(connection, catalog, wish, now=now, hat=hat, progress=progress)
    from wufei.intake.registry_import import run_registry_import  # noqa: PLC0415  # models, which records do without

    return run_registry_import(connection, catalog, wish, now=now, hat=hat, progress=progress)
