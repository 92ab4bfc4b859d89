"""The yearly report of a licence holder: what it took in, treated and holds, beside what its licence allows a year."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from psycopg import Connection

from wufei import catalog
from wufei.registry.models import PermitScope, Site
from wufei.registry.permits import permits_on
from wufei.reports.declaration import at_least_nothing, handed_over
from wufei.reports.register_balance import balance_lines
from wufei.reports.waste_register import RECEIVED, Asked, totals
from wufei.terms import Period
from wufei.workflow.prefill import giver
from wufei.workflow.values import Values


@giver("licence_report")
def licence_report(connection: Connection[Any], values: Values) -> Values:
    """The licence and a line for each waste that it covers or that was taken in, treated or held in the year."""
    site = Site.objects.filter(pk=str(values.get("site"))).first()
    if site is None or not values.get("period"):
        return {}
    period = Period.parse(str(values["period"]))
    asked = Asked(site.pk, (period.first, period.last))
    kinds = [kind.id for kind in catalog.current().national.items("permit_kinds") if kind.licence]
    permits = permits_on(period.last, org=site.org_id, kind__in=kinds).filter(Q(site=None) | Q(site=site.pk))
    permit = permits.order_by("-valid_from").first()
    return {
        "holder_org": site.org_id,
        "licence": permit.pk if permit else None,
        "wastes": _wastes(connection, asked, _quotas(permit)),
        "handed_over": handed_over(connection, asked),
    }


def _quotas(permit: Any) -> dict[str, int | None]:
    if permit is None:
        return {}
    return dict(PermitScope.objects.filter(permit=permit).values_list("stream", "quota_g_per_year"))


def _wastes(connection: Connection[Any], asked: Asked, quotas: dict[str, int | None]) -> list[Values]:
    lines = {line.stream: line for line in balance_lines(connection, asked)}
    received = {t.stream: t.mass_g for t in totals(connection, RECEIVED, asked)}
    made = []
    for stream in sorted({*lines, *received, *quotas}):
        line = lines.get(stream)
        made.append(
            {
                "stream": stream,
                "quota_g": quotas.get(stream),
                "received_g": at_least_nothing(received.get(stream, 0)),
                "treated_g": at_least_nothing(line.treated_g) if line else 0,
                "handed_g": at_least_nothing(line.handed_over_g) if line else 0,
                "closing_g": at_least_nothing(line.closing_g) if line else 0,
            }
        )
    return made
