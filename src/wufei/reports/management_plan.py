"""The yearly management plan (HJ 1259—2022, 5 and annex A): what the registry and last year's register say for it.

``site`` and ``year`` in, values of tables A.1 to A.7 out; what is planned is only suggested: last year's mass, or what
the registry expects of a source. A filed plan stands in the Series, so that what is planned is one look-up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg import Connection

from wufei import catalog
from wufei.journal.asking import ask
from wufei.registry.models import Facility, Organisation, Site, Storage, WasteSource
from wufei.reports.declaration import class_of, handed_over, own_operations
from wufei.reports.register_balance import Line, balance_lines
from wufei.reports.waste_register import TABLES, Asked, totals
from wufei.terms import Period
from wufei.workflow.prefill import giver
from wufei.workflow.values import Values

PLANNED_GENERATION = "planned_hazardous_generation"
PLANNED_TRANSFER = "planned_hazardous_transfer"


@giver("management_plan")
def management_plan(connection: Connection[Any], values: Values) -> Values:
    """Table A.1 and the class as given, suggestions for the tables that the class fills."""
    site = Site.objects.select_related("org").filter(pk=str(values.get("site"))).first()
    if site is None or not values.get("period"):
        return {}
    year = Period.parse(str(values["period"])).first.year
    before = Asked(site.pk, (date(year - 1, 1, 1), date(year - 1, 12, 31)))
    lines = {line.stream: line for line in balance_lines(connection, before)}
    return _unit(site) | {
        "unit_class": class_of(connection, site, date(year, 1, 1)),
        "facilities": _facilities(site),
        "generation": _generation(site, lines),
        "storage": _storage(site, lines),
        "treatment": _treatment(site, lines),
        "reduction": [
            {"stream": s, "last_generated_g": line.generated_g} for s, line in lines.items() if line.generated_g > 0
        ],
        "transfers": _transfers(connection, before),
    }


def _unit(site: Site) -> Values:
    """Table A.1, but for names and phones of people, which stay in the registry."""
    org: Organisation = site.org
    position = f"{site.longitude}, {site.latitude}" if site.longitude is not None else None
    return {
        "filer_org": org.pk,
        "registered_address": org.registered_address or None,
        "site_address": site.address or None,
        "place": site.place,
        "industry": org.industry or None,
        "position": position,
        "credit_code": org.credit_code,
        "eia_approval_no": site.eia_approval_no or None,
        "discharge_permit_no": site.discharge_permit_no or None,
    }


def _facilities(site: Site) -> list[Values]:
    return [
        {"facility": f.pk, "name": f.name_zh, "code": f.code or None, "kind": f.kind}
        | {"capacity": str(f.capacity) if f.capacity is not None else None, "unit": f.unit or None}
        for f in Facility.objects.filter(site=site, closed_on=None)
    ]


def _generation(site: Site, lines: dict[str, Line]) -> list[Values]:
    """Every source on register, then what arose last year without one; planned is what the registry expects of it."""
    sources = list(WasteSource.objects.filter(site=site, closed_on=None).select_related("facility"))
    known = {source.stream for source in sources}
    made = [
        {
            "stream": s.stream,
            "name": s.name_zh,
            "facility": s.facility_id,
            "step": s.step or None,
            "form": s.form or None,
        }
        | {"planned_g": s.expected_g_per_year, "last_generated_g": _last(lines, s.stream)}
        for s in sources
    ]
    others = [line for stream, line in sorted(lines.items()) if stream not in known and line.generated_g > 0]
    return made + [
        {"stream": line.stream, "name": None, "planned_g": line.generated_g, "last_generated_g": line.generated_g}
        for line in others
    ]


def _last(lines: dict[str, Line], stream: str) -> int | None:
    return lines[stream].generated_g if stream in lines and lines[stream].generated_g >= 0 else None


def _storage(site: Site, lines: dict[str, Line]) -> list[Values]:
    held = [stream for stream, line in sorted(lines.items()) if line.closing_g > 0]
    return [
        {"storage": s.pk, "code": s.code or None, "kind": s.kind, "stream": stream}
        for s in Storage.objects.filter(site=site, closed_on=None)
        for stream in (s.streams or held)
    ]


def _treatment(site: Site, lines: dict[str, Line]) -> list[Values]:
    operations = own_operations(site.pk)
    kinds = [kind.id for kind in catalog.current().national.items("facility_kinds") if kind.treats_hazardous]
    facilities = list(Facility.objects.filter(site=site, closed_on=None, kind__in=kinds))
    facility = facilities[0].pk if len(facilities) == 1 else None
    operation = operations[0] if len(operations) == 1 else None
    return [
        {"stream": stream, "facility": facility, "operation": operation, "planned_g": line.treated_g}
        for stream, line in sorted(lines.items())
        if line.treated_g > 0
    ]


def _transfers(connection: Connection[Any], before: Asked) -> list[Values]:
    return [
        {"scope": "province", "stream": line["stream"], "consignee_org": line["consignee_org"]}
        | {"operation": line["operation"], "licence": line["licence"], "planned_g": line["register_handed_g"]}
        for line in handed_over(connection, before)
    ]


_PLANNED = "SELECT value::bigint FROM journal.series WHERE metric = %s AND place = %s AND stream = %s AND period = %s"


def planned_g(connection: Connection[Any], site: str, stream: str, year: int) -> int | None:
    """Grams of the stream that the site's filed plan hands over in the year; None while no plan was filed for it."""
    row = ask(connection, _PLANNED, (PLANNED_TRANSFER, site, stream, str(year))).fetchone()
    return int(row[0]) if row else None


@dataclass(frozen=True, slots=True)
class Beside:
    """What a filed plan says of a stream in a year, beside what the register says so far; None: not planned."""

    stream: str
    planned_generation_g: int | None
    generated_g: int
    planned_transfer_g: int | None
    handed_over_g: int


_PLANS = """
SELECT metric, stream, value::bigint FROM journal.series
WHERE metric = ANY (%s) AND place = %s AND period = %s AND stream <> ''"""


def plan_and_actual(connection: Connection[Any], site: str, year: int) -> list[Beside]:
    """Every stream that was planned or moved in the year, by its id."""
    metrics = [PLANNED_GENERATION, PLANNED_TRANSFER]
    planned = {(metric, stream): g for metric, stream, g in ask(connection, _PLANS, (metrics, site, str(year)))}
    asked = Asked(site, (date(year, 1, 1), date(year, 12, 31)))
    done = {
        (name, total.stream): total.mass_g
        for name in ("generated", "handed_over")
        for total in totals(connection, TABLES[name], asked)
    }
    return [
        Beside(
            stream,
            planned.get((PLANNED_GENERATION, stream)),
            done.get(("generated", stream), 0),
            planned.get((PLANNED_TRANSFER, stream)),
            done.get(("handed_over", stream), 0),
        )
        for stream in sorted({stream for _name, stream in (*planned, *done)})
    ]
