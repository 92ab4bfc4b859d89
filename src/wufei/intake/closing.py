"""Close and reopen a reporting period: one person proposes, another confirms; each is a step of the period's case."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg import Connection

from wufei.intake.posting import Speaker
from wufei.journal import Outcome, Record, Step, append
from wufei.terms import Period

WORKFLOW = "period_closing"
RULE = "statistical_practice 通用口径"
# state → what may follow: (transition, state reached)
TURNS: dict[str, tuple[tuple[str, str], ...]] = {
    "open": (("propose_close", "closing_proposed"),),
    "closing_proposed": (("close", "closed"),),
    "closed": (("propose_reopen", "reopening_proposed"),),
    "reopening_proposed": (("reopen", "open"),),
}


def take_step(
    connection: Connection[Any], period: str, transition: str, speaker: Speaker, *, now: datetime, note: str
) -> Outcome:
    """Append one step of the closing of ``period``; the journal refuses it out of turn or by the wrong person.

    Raises PeriodUnreadable.
    """
    named = str(Period.parse(period))
    case = f"period:{named}"
    row = connection.execute("SELECT no FROM journal.desk WHERE case_id = %s", (case,)).fetchone()
    reached = {step: state for turns in TURNS.values() for step, state in turns}
    step = Step(case, (row[0] if row else 0) + 1, WORKFLOW, transition, reached.get(transition, transition))
    record = Record(
        happened_at=now, period=named, basis="declared", actor=speaker.actor, acting_for=speaker.acting_for,
        rule=RULE, steps=(step,), note=note or None,
    )  # fmt: skip
    return append(connection, [record])[0]
