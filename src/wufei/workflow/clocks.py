"""Clocks that come up: who is told before, at and after, and steps that a clock itself leads to.

A notice is a case of its own, ``alert:<case>/<clock>/<step>``, one step for each time that somebody is told: it never
disturbs whoever is about to sign, cannot be sent twice, and is seen by those told. Run again it tells only what is new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from psycopg import Connection

from wufei.catalog.workflows import Alert
from wufei.journal import Record, Step, append
from wufei.journal.asking import ask
from wufei.terms import NamedError
from wufei.workflow import corrections, engine, rules
from wufei.workflow.cases import Case, Kind, Move, read
from wufei.workflow.deadlines import Running, clocks
from wufei.workflow.rules import Signer
from wufei.workflow.working_days import CITY_TIME

WORKFLOW, SYSTEM = "clock_alerts", "system:clocks"
AHEAD, BEHIND = timedelta(days=5), timedelta(days=20)  # how far from the deadline a notice may lie; shorter is declared
MOST = 5000
KindOf = Callable[[str, date], Kind]
_DUE = """
SELECT case_id, workflow FROM journal.desk WHERE due_at BETWEEN %s AND %s AND workflow = ANY (%s)
ORDER BY coalesce(due_at, 'infinity'), case_id LIMIT %s"""
_TOLD = "SELECT case_id, max(no) FROM journal.step WHERE case_id = ANY (%s) GROUP BY case_id"


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice to be: about which case and clock, the how many-th of that clock, when it was due, and to whom."""

    case: str
    clock: str
    since: int
    no: int
    alert: Alert
    due_at: datetime
    at: datetime
    told: tuple[str, ...]

    @property
    def id(self) -> str:
        """The case of the notices of this clock, as it runs since this step."""
        return f"alert:{self.case}/{self.clock}/{self.since}"


def notices(kind: Kind, case: Case, now: datetime) -> Iterator[Notice]:
    """Every notice of the case whose time has come, in order."""
    extra = corrections.clock(kind, case)
    for running in (*clocks(kind, case), *((extra,) if extra else ())):
        told = _told(kind, case, running)
        times = [(_time(kind, alert, running.due_at), alert) for alert in running.clock.alerts]
        times.sort(key=lambda each: each[0])
        for number, (at, alert) in enumerate(times, 1):
            if at <= now:
                yield Notice(case.id, running.clock.id, running.no, number, alert, running.due_at, at, told)


def _time(kind: Kind, alert: Alert, due_at: datetime) -> datetime:
    """When an alert is told; before a deadline working days are told as days."""
    if alert.by is None or alert.at == "up":
        return due_at
    if alert.at == "after":
        return kind.calendar.due(due_at, alert.by)
    days = timedelta(hours=alert.by.value) if alert.by.unit == "hours" else timedelta(days=alert.by.value)
    return due_at - days


def _told(kind: Kind, case: Case, running: Running) -> tuple[str, ...]:
    """The owner of the clock and whom it tells: organisations by id, roles by the name of the party."""
    waits = corrections.pending(case) if running.clock.id == "correction" else None
    asked = waits.open_to if waits else ()
    names = [running.clock.owner, *running.clock.tells]
    parties = {p.id: p for p in kind.workflow.parties}
    found = [rules.org_of(parties[name], case.values) or name for name in names if name in parties]
    return tuple(dict.fromkeys([*asked, *found]))


def tell_all(connection: Connection[Any], kind_of: KindOf, workflows: list[str], now: datetime) -> int:
    """Write every notice whose time has come and that was not written; returns how many."""
    rows = ask(connection, _DUE, (now - BEHIND, now + AHEAD, workflows, MOST)).fetchall()
    wanted = [n for case_id, workflow in rows for n in _of_case(connection, kind_of, case_id, workflow, now)]
    known = dict(ask(connection, _TOLD, (sorted({n.id for n in wanted}),)).fetchall())
    new = [n for n in wanted if n.no > known.get(n.id, 0)]
    outcomes = append(connection, [_record(n, now) for n in new], row_mode=True)
    return sum(outcome.outcome == "appended" for outcome in outcomes)


def _of_case(connection: Connection[Any], kind_of: KindOf, case_id: str, workflow: str, now: datetime) -> list[Notice]:
    case = read(connection, case_id)
    try:
        return list(notices(kind_of(workflow, case.opened_on or now.date()), case, now))
    except NamedError:  # a calendar that is missing, a workflow that is gone: the other cases are told nevertheless
        return []


def _record(notice: Notice, now: datetime) -> Record:
    told = list(notice.told)
    data: dict[str, Any] = {"about": notice.case, "clock": notice.clock, "due_at": notice.due_at.isoformat()}
    data |= {"told": told, "parties": told}
    step = Step(notice.id, notice.no, WORKFLOW, notice.alert.at, f"told_{notice.alert.at}", data=data)
    period = now.astimezone(CITY_TIME).strftime("%Y-%m")
    return Record(now, period, "reconciled", SYSTEM, "-", "wufei_design 时限提醒", steps=(step,))


def take_led(connection: Connection[Any], kind_of: KindOf, workflows: list[str], now: datetime) -> int:
    """Take the steps to which clocks lead that are up (silence counts as consent, say); returns how many."""
    taken = 0
    for case_id, workflow in ask(connection, _DUE, (now - BEHIND, now, workflows, MOST)).fetchall():
        case = read(connection, case_id)
        kind = kind_of(workflow, case.opened_on or now.date())
        for running in clocks(kind, case):
            if running.clock.leads_to is not None and running.due_at <= now:
                taken += _take(connection, kind, case, running, now)
                break
    return taken


def _take(connection: Connection[Any], kind: Kind, case: Case, running: Running, now: datetime) -> bool:
    reason = f"{running.clock.zh}期满 · {running.clock.en} is up"
    step = running.clock.leads_to or ""
    move = Move(step, {}, case.no, now, SYSTEM, Signer(None, engine.CLOCK), method="clock", reason=reason)
    try:
        return engine.act(connection, kind, case, move).stands
    except NamedError:  # somebody was first, or the step wants what a clock cannot give; the notice has told them
        return False
