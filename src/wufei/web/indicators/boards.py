"""Boards kept between requests: read anew when a record has arrived, and every few minutes for the registry's sake."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from datetime import datetime
from typing import Any

from psycopg import Connection

from wufei.indicators import Board, board
from wufei.journal.asking import ask
from wufei.web.clock import today
from wufei.web.plan import Plan

MOST, MINUTES = 8, 5
_kept: OrderedDict[Any, Board] = OrderedDict()
_lock = threading.Lock()


def years_of(plan: Plan) -> tuple[int, int]:
    """The first and the last year shown: from the base year to this one or the target's."""
    return plan.city.base_year, max(plan.city.target_year, today().year)


def board_of(raw: Connection[Any], plan: Plan, as_known_on: datetime | None) -> Board:
    """The city's board as known on an instant (None: now).

    Only for hats that read the whole journal: the same board serves them all.
    """
    ((last,),) = ask(raw, "SELECT coalesce(max(n), 0) FROM journal.receipt").fetchall()
    soon = int(time.monotonic() // (60 * MINUTES))
    key = (raw.info.dbname, plan.catalog.digest, plan.id, as_known_on, last, soon, years_of(plan))
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    made = board(raw, plan.catalog, plan.id, years_of(plan), as_known_on)
    with _lock:
        _kept[key] = made
        while len(_kept) > MOST:
            _kept.popitem(last=False)
    return made
