"""Posting agreed corrections: the background job's part, run as the owner of the journal.

The entries of a correction lie at accounts of several organisations, none of which may post at those of the others;
each of them has consented, or the authority has decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

from psycopg import Connection

from wufei.journal import Outcome, Record, append
from wufei.journal.asking import ask
from wufei.workflow import replay
from wufei.workflow.cases import Case, Kind, read
from wufei.workflow.corrections import SETTLE, SYSTEM, Pending, pending, rule, step_of
from wufei.workflow.working_days import CITY_TIME


def settle(connection: Connection[Any], kind: Kind, case: Case, now: datetime) -> list[Outcome]:
    """Post the difference of an agreed correction and set its values, in one append; nothing when none is agreed.

    Run as the owner of the journal: the entries lie at accounts of several organisations.
    """
    waits = pending(case)
    if waits is None or not waits.agreed:
        return []
    changes = replay.standing_changes(kind, case, waits.changes, waits.at)
    step = step_of(kind, case, SETTLE, changes, {"of": waits.no, "outcome": "settled"} | waits.earlier, now)
    period = now.astimezone(CITY_TIME).strftime("%Y-%m")
    first = Record(now, period, "manifested", SYSTEM, "-", rule(kind), steps=(step,))
    return append(connection, [first, *_postings(kind, case, waits)])


def _postings(kind: Kind, case: Case, waits: Pending) -> Iterator[Record]:
    for number, entries in replay.differences(kind, case, waits.changes, waits.at):
        corrected = case.steps[number - 1]
        found = kind.workflow.transition(corrected.transition)
        yield Record(
            happened_at=corrected.happened_at,
            period=corrected.happened_at.astimezone(CITY_TIME).strftime("%Y-%m"),
            basis=found.posts[0].basis if found and found.posts else "manifested",
            actor=SYSTEM,
            acting_for="-",
            rule=rule(kind),
            entries=entries,
            note=f"{case.id} {number} → {case.no + 1}",
        )


_AGREED = "SELECT case_id, workflow FROM journal.desk WHERE holder = %s ORDER BY case_id LIMIT 100"


def settle_all(connection: Connection[Any], kind_of: Callable[[str, date], Kind], now: datetime) -> int:
    """Settle every agreed correction; returns how many. ``kind_of`` gives a workflow's kind on a day."""
    settled = 0
    for case_id, workflow in ask(connection, _AGREED, (SYSTEM,)).fetchall():
        case = read(connection, case_id)
        outcomes = settle(connection, kind_of(workflow, case.opened_on or now.date()), case, now)
        settled += bool(outcomes) and all(outcome.stands for outcome in outcomes)
    return settled
