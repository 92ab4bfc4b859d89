"""Outages and blanks as pages show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from psycopg import Connection

from wufei.journal.desk import Case as Row
from wufei.registry.access import Wearer
from wufei.web.cases.things import Things
from wufei.web.clock import today
from wufei.web.journal.names import moment
from wufei.web.language import lang
from wufei.web.plan import Plan
from wufei.workflow import desk, in_stead, outages
from wufei.workflow.cases import values_of
from wufei.workflow.facts import BLANK_WORKFLOW
from wufei.workflow.kinds import kind_of
from wufei.workflow.outages import ISSUED, Outage


@dataclass(frozen=True, slots=True)
class Blank:
    """A blank that nobody has accounted for since an outage ended."""

    number: str
    org: str
    meant_for: str
    issued: str
    outage: str
    drill: bool
    due: str
    late: bool
    href: str


def asked(hat: Wearer, connection: Connection[Any], before: datetime | None) -> desk.Asked | None:
    """The blanks at hand that were last told of before the end of the latest outage; None where none has ended."""
    if before is None:
        return None
    own = desk.bounds(hat, in_stead.orgs_of(in_stead.signers(connection, hat)))
    return desk.Asked((BLANK_WORKFLOW,), state=ISSUED, parties=own, changed_to=before)


def blanks(things: Things, plan: Plan, rows: Iterable[Row], ended: tuple[Outage, ...]) -> list[Blank]:
    """The rows of the list of what is not yet entered: two queries."""
    kept = list(rows)
    filled = values_of(things.connection, [row.case for row in kept])
    kind = kind_of(BLANK_WORKFLOW)
    things.load([(kind.form, values) for values in filled.values()])
    return [_blank(things, plan, row, filled[row.case], ended) for row in kept]


def _blank(things: Things, plan: Plan, row: Row, values: dict[str, Any], ended: tuple[Outage, ...]) -> Blank:
    outage, meant = outages.outage_of(row.changed_at, ended), kind_of(str(values.get("meant_for")))
    due = outages.due_at(meant, outage.ended_at) if outage and outage.ended_at else None
    return Blank(
        number=str(values.get("number")),
        org=things.org(str(values.get("holder_org"))).text,
        meant_for=meant.workflow.en if lang() == "en" else meant.workflow.zh,
        issued=moment(row.opened_at),
        outage=moment(outage.ended_at) if outage else "",
        drill=bool(outage and outage.drill),
        due=moment(due),
        late=due is not None and due.date() <= today(),
        href=reverse("case", args=[plan.id, row.case]),
    )
