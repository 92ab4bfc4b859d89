"""Stocktakes: records whose entries go to or come from an adjustment account, and opening balances."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from wufei.journal.reading import Filter, query
from wufei.registry.access import narrow
from wufei.web.journal.asked import Asked
from wufei.web.journal.draw import database, draw, naming_errors
from wufei.web.journal.names import Names
from wufei.web.journal.rows import record_row
from wufei.web.plan import plan_of
from wufei.web.policy import journal_reader

SIZE = 30


@journal_reader
@require_safe
@naming_errors
def stocktakes(request: HttpRequest, city: str) -> HttpResponse:
    """Accepted differences and opening balances, what became known last first."""
    plan = plan_of(city)
    asked = Asked(request, plan)
    wanted = Filter(
        role=asked.word("kind", _("Kind"), "stocktake_kind", "adjustment"),
        place=asked.place("place", _("Place")),
        streams=asked.stream(),
        mine=narrow(request.hat),
    )
    found = query(database(), wanted, as_known_on=asked.knowledge.at, cursor=asked.cursor, size=SIZE)
    names = Names(plan, asked.knowledge.suffix)
    context = {
        "rows": [record_row(names, stored, asked.knowledge.query) for stored in found.items],
        "before": asked.query(cursor=found.previous) if found.previous else "",
        "after": asked.query(cursor=found.next) if found.next else "",
        "files": asked.query(role=wanted.role, kind=None),
    }
    return draw(request, "stocktakes.html", context, asked)
