"""The journal's front page: what was posted last, what moved, what is on the road, what is sealed."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from wufei.journal import cube
from wufei.journal.balances import balances, open_transit
from wufei.journal.reading import query
from wufei.journal.sealing import tree_head, waiting
from wufei.terms import Period
from wufei.web.charts import bar_svg
from wufei.web.journal.asked import Asked
from wufei.web.journal.draw import database, draw, naming_errors
from wufei.web.journal.names import Names, mass, moment, shares
from wufei.web.journal.rows import record_row
from wufei.web.language import lang
from wufei.web.plan import plan_of
from wufei.web.policy import journal_reader
from wufei.web.wording import say

SHOWN = 8


@journal_reader
@require_safe
@naming_errors
def journal(request: HttpRequest, city: str) -> HttpResponse:
    """What moved lately, by role and stream; open transit; stocks; how far the journal is sealed."""
    plan = plan_of(city)
    asked = Asked(request, plan)
    known, raw = asked.knowledge.at, database()
    names = Names(plan, asked.knowledge.suffix)
    recent = query(raw, as_known_on=known, size=SHOWN).items
    year = str(timezone.localtime(recent[0].record.happened_at).year) if recent else ""
    context: dict[str, Any] = {
        "recent": [record_row(names, stored) for stored in recent],
        "year": year,
        "year_label": Period.parse(year).label(lang()) if year else "",
        "moved": _moved(names, year, known) if year else [],
        "roles": [
            {"role": say("account_role", b.role), "key": b.role, "mass": mass(b.mass_g)}
            for b in balances(raw, by=("role",), as_known_on=known).items
        ],
        "transit": [
            {"account": names.account(t.account), "stream": names.stream(t.stream), "mass": mass(t.mass_g)}
            | {"since": moment(t.since)}
            for t in open_transit(raw, as_known_on=known, size=SHOWN).items
        ],
        "head": _head(),
    }
    return draw(request, "home.html", context, asked)


def _moved(names: Names, year: str, known: Any) -> list[dict[str, Any]]:
    """The largest movements of a year by role and stream, on one scale."""
    found = cube.flows(database(), year, by=("from_role", "to_role", "stream"), as_known_on=known).rows
    largest = sorted(found, key=lambda row: -row.mass_g)[:SHOWN]
    top = max((row.mass_g for row in largest), default=0) or 1
    return [
        {
            "from": say("account_role", row.along["from_role"]),
            "to": say("account_role", row.along["to_role"]),
            "stream": names.stream(row.along["stream"]),
            "mass": mass(row.mass_g),
            "svg": bar_svg(max(0, 100 * row.mass_g / top)),
            "shares": shares(row.basis_g.items()),
        }
        for row in largest
    ]


def _head() -> dict[str, Any]:
    """The last tree head, and whether records wait for the next."""
    head = tree_head(database())
    told = {"size": head.size, "root": head.root.hex(), "at": moment(head.sealed_at)} if head else {}
    return told | {"waiting": waiting(database())}
