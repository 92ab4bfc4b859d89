"""The papers of a site: what its class owes by when, and how far each is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg import Connection

from wufei.catalog import Catalog
from wufei.catalog.workflows import State, Workflow
from wufei.journal.asking import ask
from wufei.registry.duty_calendar import DueDuty, duties
from wufei.workflow.cases import case_id


@dataclass(frozen=True, slots=True)
class Due:
    """A paper that falls due: its duty and period, its kind of case, the case and the state it is in (None: not begun).

    ``holder`` is who must act next in the case; ``with_unit`` says that it is the unit itself.
    """

    duty: DueDuty
    workflow: Workflow | None
    case: str = ""
    state: State | None = None
    holder: str | None = None
    with_unit: bool = True

    @property
    def done(self) -> bool:
        """Whether nobody has to act any more."""
        return self.state is not None and self.holder is None

    def late(self, day: date) -> bool:
        """Whether it should have been handed in before ``day`` and was not begun or still lies with the unit."""
        return self.with_unit and not self.done and self.duty.due_on < day


_DESK = "SELECT case_id, state, holder FROM journal.desk WHERE case_id = ANY (%s)"


def papers(
    connection: Connection[Any], at: tuple[str, str], unit_class: str | None, days: tuple[date, date], catalog: Catalog
) -> list[Due]:
    """What falls due at a site of the class in the days asked for, in order of their days: one query.

    ``at`` is the site and the organisation that holds it. Without a class it is what any class owes.
    """
    site, org = at
    coming = _owed(unit_class, days, catalog)
    flows = {duty.duty.workflow: _flow(duty, catalog) for duty in coming}
    ids = [_case(flows[duty.duty.workflow], site, duty.period) for duty in coming]
    desk = _found(connection, ids)
    found = zip(coming, ids, strict=True)
    return [_due(duty, flows[duty.duty.workflow], case, desk.get(case), org) for duty, case in found]


def _owed(unit_class: str | None, days: tuple[date, date], catalog: Catalog) -> list[DueDuty]:
    classes = [unit_class] if unit_class else [each.id for each in catalog.national.items("unit_classes", days[1])]
    found = {(d.duty.id, d.period): d for each in classes for d in duties(each, *days, catalog)}
    return sorted(found.values(), key=lambda d: (d.due_on, d.duty.order, d.duty.id))


def _flow(duty: DueDuty, catalog: Catalog) -> Workflow | None:
    return catalog.national.find("workflows", duty.duty.workflow) if duty.duty.workflow else None


def _case(flow: Workflow | None, site: str, period: str) -> str:
    return case_id(flow, {"site": site, "period": period}) if flow is not None and flow.one_per else ""


def _found(connection: Connection[Any], ids: Iterable[str]) -> dict[str, tuple[str, str | None]]:
    rows = ask(connection, _DESK, ([case for case in ids if case],)).fetchall()
    return {case: (state, holder) for case, state, holder in rows}


def _due(duty: DueDuty, flow: Workflow | None, case: str, found: tuple[str, str | None] | None, org: str) -> Due:
    if flow is None or found is None:
        return Due(duty, flow)
    return Due(duty, flow, case, flow.state(found[0]), found[1], found[1] == org)
