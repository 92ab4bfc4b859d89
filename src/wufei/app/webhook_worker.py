"""The thread that delivers changes to subscribed addresses, in the process that seals.

Subscriptions and queue are the tables' owner's; what a subscriber may see is read as the role of the pages, under the
subscriber's hat.
"""

from __future__ import annotations

import logging
import threading
from typing import Any

import psycopg

from wufei.app.config import Settings
from wufei.app.databases import rows

PAUSE_SECONDS = 2.0
FORGET_EVERY = 1800  # rounds: once an hour
_log = logging.getLogger(__name__)


def app_parameters(settings: Settings) -> dict[str, Any]:
    """How to connect as the role that the pages have."""
    row = rows(settings)[0]
    given = {"host": row["HOST"], "port": row.get("PORT"), "user": row["USER"], "password": row.get("PASSWORD")}
    given |= {"dbname": row["NAME"], **row.get("OPTIONS", {})}
    return {name: value for name, value in given.items() if value}


def begin(settings: Settings, stop: threading.Event) -> threading.Thread:
    """Deliver every two seconds, in a thread that ends with its process."""
    thread = threading.Thread(target=_loop, args=(settings, stop), name="webhooks", daemon=True)
    thread.start()
    return thread


def _loop(settings: Settings, stop: threading.Event) -> None:
    from wufei.app.housekeeping import as_owner

    as_owner(settings)
    number = 0
    while not stop.wait(PAUSE_SECONDS):
        try:
            round_(settings, forget=number % FORGET_EVERY == 0)
        except Exception:  # noqa: BLE001  # tried again; the sealing beside it goes on
            _log.exception("webhooks")
        number += 1


def round_(settings: Settings, *, forget: bool = False) -> None:
    """One step of the worker, when anybody has subscribed."""
    from django.db import connection
    from django.utils import timezone

    from wufei.registry import webhooks as queue
    from wufei.web import webhooks
    from wufei.web.security.fetch import post_bytes

    try:
        if webhooks.waiting():
            with psycopg.connect(**app_parameters(settings), autocommit=True) as journal:
                webhooks.step(journal, post_bytes, timezone.now())
        if forget:
            queue.forget(timezone.now())
    finally:
        connection.close()
