"""A connection for a command: to the database of a running `wufei run`, to a server of your own, or one started now."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from psycopg import Connection

from wufei.app.config import current
from wufei.app.data_folder import DataFolder, DataFolderInUse
from wufei.app.databases import rows
from wufei.app.prepare import prepare
from wufei.app.serve import database
from wufei.catalog import Catalog, install

HOLD_SECONDS = 0.5


@contextlib.contextmanager
def opened_database(cat: Catalog) -> Iterator[Connection[Any]]:
    """A connection as the role that owns the tables, whom no hat binds.

    What the database lacks is made first, unless a server runs.
    """
    install(cat)
    settings = current()
    with contextlib.ExitStack() as stack:
        try:
            folder = stack.enter_context(DataFolder(settings.data, HOLD_SECONDS))
        except DataFolderInUse:
            yield _connected()
            return
        stack.enter_context(database(settings))
        folder.secret("secret-key")
        prepare(settings, cat, demo=False, demo_password="")
        yield _connected()


def _connected() -> Connection[Any]:
    """Django's own connection, so that models and the journal share it."""
    import django
    from django.conf import settings as django_settings

    django_settings.DATABASES["default"].update(rows(current())[1])
    django.setup()
    from django.db import connection, connections

    connections.databases["default"].update(rows(current())[1])

    connection.ensure_connection()
    raw: Connection[Any] = connection.connection
    return raw
