"""The clocks of cases, beside the sealing: agreed corrections are posted, deadlines told, and steps taken that follow.

With them go the alarm rules: sites at which something was posted are looked at within a minute, all once a day.

A thread of the sealing process, as the owner of the journal: what a clock does is nobody's act and lies at accounts of
several organisations. Doing it twice does no harm, so a restart needs no memory.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
from psycopg import Connection

from wufei.app.config import Settings
from wufei.app.sealer import owner_connection
from wufei.journal.moments import CITY_TIME

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


@dataclass
class Watch:
    """How far the rules have looked: up to which record, and on which day at all sites."""

    seq: int = 0
    day: date | None = None

    def look(self, connection: Connection[Any], now: datetime) -> int:
        """Look at all sites once a day, else at those at which something was posted since; returns how many are new."""
        from wufei import catalog
        from wufei.app import findings

        today = now.astimezone(CITY_TIME).date()
        days: tuple[date, ...]
        latest, sites = findings.touched(connection, self.seq)
        if self.day != today:  # at the start too, and what yesterday's last minutes brought
            days, at = (today - timedelta(days=1), today), None
        else:
            days, at = (today,), sites
        new = 0
        for day in days if at is None or at else ():
            new += len(findings.run(connection, catalog.current(), day, now, sites=at).new)
        self.seq, self.day = latest, today
        return new


def _loop(settings: Settings, stop: threading.Event) -> None:
    told, watch = 0.0, Watch()
    while not stop.wait(SETTLE_SECONDS):
        now = datetime.now(UTC)
        tell = now.timestamp() - told >= TELL_SECONDS
        try:
            with owner_connection(settings) as connection:
                run_once(connection, now, tell=tell)
                if tell:
                    watch.look(connection, now)
            told = now.timestamp() if tell else told
        except psycopg.OperationalError:  # the database is away; it is tried again
            continue
        except Exception:  # noqa: BLE001  # the job is tried again; the sealing beside it goes on
            _log.exception("clocks")
