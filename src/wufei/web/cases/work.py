"""What waits for a hat among the cases, for the page of its work."""

from __future__ import annotations

from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from wufei.registry.access import Wearer
from wufei.web.cases import asked
from wufei.web.cases.things import Things
from wufei.web.journal.draw import database
from wufei.web.plan import Plan
from wufei.web.registry.matters import Group, Matter
from wufei.workflow import desk, in_stead
from wufei.workflow.kinds import every_kind, signs

SHOWN = 12


def cases_waiting(plan: Plan, hat: Wearer, day: date) -> Group:  # noqa: ARG001  # every look is asked alike
    """Cases that wait for the hat's organisation or role, what is due first first: four queries."""
    label, href = _("Cases waiting for a signature"), reverse("cases", args=[plan.id])
    orgs = in_stead.orgs_of(in_stead.signers(database(), hat)) if signs(hat) else frozenset()
    flows = [kind.workflow for kind in every_kind()]
    holders = desk.holders_of(hat, orgs, flows) if signs(hat) else ()
    if not holders:
        return Group(label, (), 0)
    connection = database()
    wanted = desk.Asked(tuple(flow.id for flow in flows), holders=holders)
    found = asked.rows(Things(plan, hat, connection), desk.waiting(connection, wanted, size=SHOWN).items)
    matters = tuple(_matter(row) for row in found)
    return Group(label, matters, desk.count(connection, wanted) if len(found) == SHOWN else len(found), href)


def _matter(row: asked.Row) -> Matter:
    day = date.fromisoformat(row.due.day[:10]) if row.due else None
    mark, word = (row.due.mark, row.due.word) if row.due else ("note", row.state)
    return Matter(mark, word, f"{row.kind} {row.number} · {row.parties}", row.href, day)
