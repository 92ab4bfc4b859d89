"""The clocks of cases, beside the sealing: agreed corrections are posted, deadlines told, and steps taken that follow.

A thread of the sealing process, as the owner of the journal: what a clock does is nobody's act and lies at accounts of
several organisations. Doing it twice does no harm, so a restart needs no memory.
"""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import Connection

from wufei.app.config import Settings
from wufei.app.sealer import owner_connection

SETTLE_SECONDS, TELL_SECONDS = 3.0, 60.0
_log = logging.getLogger(__name__)


def run_once(connection: Connection[Any], now: datetime, *, tell: bool = True) -> tuple[int, int, int]:
    """Corrections posted, steps taken and notices written at ``now``."""
    from wufei import catalog
    from wufei.workflow import clocks, settling
    from wufei.workflow.kinds import kind_of

    settled = settling.settle_all(connection, kind_of, now)
    if not tell:
        return settled, 0, 0
    workflows = [flow.id for flow in catalog.current().national.items("workflows")]
    taken = clocks.take_led(connection, kind_of, workflows, now)
    return settled, taken, clocks.tell_all(connection, kind_of, workflows, now)


def begin(settings: Settings, stop: threading.Event) -> threading.Thread:
    """Settle every few seconds and tell every minute, in a thread that ends with its process."""
    thread = threading.Thread(target=_loop, args=(settings, stop), name="clocks", daemon=True)
    thread.start()
    return thread


def _loop(settings: Settings, stop: threading.Event) -> None:
    told = 0.0
    while not stop.wait(SETTLE_SECONDS):
        now = datetime.now(UTC)
        tell = now.timestamp() - told >= TELL_SECONDS
        try:
            with owner_connection(settings) as connection:
                run_once(connection, now, tell=tell)
            told = now.timestamp() if tell else told
        except psycopg.OperationalError:  # the database is away; it is tried again
            continue
        except Exception:  # noqa: BLE001  # the job is tried again; the sealing beside it goes on
            _log.exception("clocks")
