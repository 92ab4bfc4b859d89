"""The declaration of hazardous waste (HJ 1259—2022, 7 and annex C): what the register says of a site's period.

``site`` and ``period`` in, the form's given values out. What was accepted stands in the Series, so that until when a
site has declared is one look-up.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from psycopg import Connection

from wufei import catalog
from wufei.journal.asking import ask
from wufei.journal.site_masses import yearly_generation
from wufei.registry.models import Facility, Organisation, Permit, Site
from wufei.registry.site_class import unit_class
from wufei.reports.register_balance import balance_lines
from wufei.reports.trips import Trip, trips
from wufei.reports.waste_register import RECEIVED, TABLES, Asked, totals, values_of
from wufei.terms import Period, Unknown
from wufei.workflow.prefill import giver
from wufei.workflow.values import Values

DECLARED = "hazardous_waste_declared"  # the metric that an accepted declaration writes for its site and period


@giver("declaration")
def declaration(connection: Connection[Any], values: Values) -> Values:
    """The given values of a declaration: class, a line for each waste, a line for each waste and consignee."""
    site = Site.objects.filter(pk=str(values.get("site"))).first()
    if site is None or not values.get("period"):
        return {}
    period = Period.parse(str(values["period"]))
    asked = Asked(site.pk, (period.first, period.last))
    return {
        "declarant_org": site.org_id,
        "unit_class": class_of(connection, site, period.last),
        "wastes": _wastes(connection, asked),
        "handed_over": handed_over(connection, asked),
    }


def class_of(connection: Connection[Any], site: Site, day: date) -> str | None:
    """The site's class on a day; None where it cannot be told."""
    found = unit_class(site, yearly_generation(connection, site.pk), day, catalog.current()).unit_class
    return None if isinstance(found, Unknown) else found


def _wastes(connection: Connection[Any], asked: Asked) -> list[Values]:
    received = {t.stream: t.mass_g for t in totals(connection, RECEIVED, asked)}
    operations = own_operations(asked.site)
    return [
        {
            "stream": line.stream,
            "register_opening_g": at_least_nothing(line.opening_g),
            "register_generated_g": at_least_nothing(line.generated_g),
            "register_received_g": at_least_nothing(received.get(line.stream, 0)),
            "register_treated_g": at_least_nothing(line.treated_g),
            "register_handed_over_g": at_least_nothing(line.handed_over_g),
            "register_closing_g": at_least_nothing(line.closing_g),
            "register_rows": str(sum(line.rows.values())),
            "operation": operations[0] if len(operations) == 1 and line.treated_g else None,
        }
        for line in balance_lines(connection, asked)
    ]


def at_least_nothing(mass_g: int) -> int | None:
    """A mass as a form can hold it; a register below zero says nothing that could be declared: it must be explained."""
    return mass_g if mass_g >= 0 else None


def own_operations(site: str) -> list[str]:
    """The operation codes of the site's own treating facilities."""
    kinds = [kind.id for kind in catalog.current().national.items("facility_kinds") if kind.treats_hazardous]
    codes = Facility.objects.filter(site=site, kind__in=kinds).values_list("operations", flat=True)
    return sorted({code for some in codes for code in some})


_HANDED = """
SELECT s.id, a.key, sum(e.mass_g)::bigint, count(*) FROM (
    SELECT e.to_n AS other_n, e.stream_n, e.mass_g FROM journal.entry e
    JOIN journal.record r ON r.seq = e.seq AND r.reverses IS NULL
    WHERE e.from_n = ANY (%(accounts)s) AND e.happened_at >= %(low)s AND e.happened_at < %(high)s
    UNION ALL
    SELECT e.from_n, e.to_stream_n, -e.mass_g FROM journal.entry e
    JOIN journal.record r ON r.seq = e.seq AND r.reverses IS NOT NULL
    WHERE e.to_n = ANY (%(accounts)s) AND e.happened_at >= %(low)s AND e.happened_at < %(high)s) AS e
JOIN journal.stream s ON s.n = e.stream_n AND s.hazardous
JOIN journal.account a ON a.n = e.other_n AND a.place <> %(site)s AND a.role::text = ANY (%(others)s)
GROUP BY 1, 2 ORDER BY 1, 2"""


def handed_over(connection: Connection[Any], asked: Asked) -> list[Values]:
    """Grams by stream and consignee; what left without a manifest that can be read has no consignee."""
    found = ask(connection, _HANDED, values_of(connection, TABLES["handed_over"], asked)).fetchall()
    known = trips(connection, (key for _stream, key, _g, _n in found), catalog.current())
    sums: dict[tuple[str, str, str], int] = defaultdict(int)
    for stream, key, mass_g, _rows in found:
        org, operation = _end(known.get(key), stream)
        sums[stream, org, operation] += mass_g
    orgs = {org for _stream, org, _operation in sums if org}
    licences, places = _licences(orgs), _places(orgs)
    return [
        {"stream": stream, "consignee_org": org or None, "operation": operation or None, "register_handed_g": mass_g}
        | {"licence": licences.get(org), "place": places.get(org)}
        for (stream, org, operation), mass_g in sorted(sums.items())
        if mass_g > 0
    ]


def _end(trip: Trip | None, stream: str) -> tuple[str, str]:
    if trip is None:
        return "", ""
    return str(trip.values.get("consignee_org") or ""), str(trip.line(stream).get("operation") or "")


def _licences(orgs: set[str]) -> dict[str, str]:
    kinds = [kind.id for kind in catalog.current().national.items("permit_kinds") if kind.licence]
    rows = Permit.objects.filter(org__in=orgs, kind__in=kinds).order_by("valid_from")
    return dict(rows.values_list("org", "number"))


def _places(orgs: set[str]) -> dict[str, str]:
    return dict(Organisation.objects.filter(pk__in=orgs).exclude(place="").values_list("pk", "place"))


_UNTIL = "SELECT period FROM journal.series WHERE metric = %s AND place = %s AND stream = ''"


def declared_until(connection: Connection[Any], site: str) -> date | None:
    """The last day of the latest period for which the site's declaration was accepted; None when none was."""
    found = ask(connection, _UNTIL, (DECLARED, site))
    return max((Period.parse(period).last for (period,) in found), default=None)
