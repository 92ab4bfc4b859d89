"""The daily job: accounts that nobody uses are closed, data whose time is over is erased.

It runs in a thread of the process that seals, as the owner of the tables: what is over is over for everybody, whatever
the hat of whoever happens to be signed in would see. At the start it runs unless it did within the last day.
"""

from __future__ import annotations

import json
import logging
import threading
from datetime import datetime, timedelta

from wufei.app.config import Settings, current
from wufei.app.console import say
from wufei.app.databases import rows

EVERY = timedelta(days=1)
LOOK_SECONDS = 600.0
_log = logging.getLogger(__name__)


def as_owner(settings: Settings) -> None:
    """Let Django's connections of this process be the tables' owner's."""
    from django.db import connections

    connections.close_all()
    connections.databases["default"].update(rows(settings)[1])


def due(now: datetime) -> bool:
    """Whether the last run for good is a day old, or there was none."""
    from wufei.registry.models import RetentionRun

    return not RetentionRun.objects.filter(dry_run=False, at__gt=now - EVERY).exists()


def run_once(now: datetime, stale_days: int) -> tuple[int, int]:
    """Close stale accounts and erase what is over; returns how many accounts and rows."""
    from wufei.registry import people, retention

    closed = people.disable_stale(stale_days, now=now)
    done = retention.run(dry_run=False, now=now)
    return len(closed), sum(run.erased for run in done)


def begin(settings: Settings, stop: threading.Event) -> threading.Thread:
    """Look every ten minutes whether the daily job is due, in a thread that ends with its process."""
    thread = threading.Thread(target=_loop, args=(settings, stop), name="housekeeping", daemon=True)
    thread.start()
    return thread


def _loop(settings: Settings, stop: threading.Event) -> None:
    from django.db import connection
    from django.utils import timezone

    as_owner(settings)
    while True:
        try:
            if due(timezone.now()):
                closed, erased = run_once(timezone.now(), settings.stale_days)
                if closed or erased:
                    say(
                        f"每日任务：停用账户 {closed} 个，删除到期数据 {erased} 项",
                        "daily job: accounts closed, data erased",
                    )
        except Exception:  # noqa: BLE001  # the job is tried again; the sealing beside it goes on
            _log.exception("housekeeping")
        finally:
            connection.close()
        if stop.wait(LOOK_SECONDS):
            return


def retention_command(*, dry_run: bool, as_json: bool) -> None:
    """`wufei retention`: erase what is over now, or only count it."""
    import contextlib
    import sys

    from wufei import catalog
    from wufei.app.opened import opened_database

    with contextlib.ExitStack() as stack:
        with contextlib.redirect_stdout(sys.stderr):
            stack.enter_context(opened_database(catalog.load()))
        as_owner(current())
        from wufei.registry import retention

        done = retention.run(dry_run=dry_run)
    told = [{"kind": r.data_kind, "before": r.before.isoformat(), "due": r.due, "erased": r.erased} for r in done]
    if as_json:
        print(json.dumps(told, ensure_ascii=False, indent=1))
        return
    for row in told:
        say(f"{row['kind']}：{row['before']} 以前到期 {row['due']} 项，已删除 {row['erased']} 项", "due and erased")
