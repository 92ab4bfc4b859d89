"""What was treated on a day beside what permits and facilities allow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from wufei.flows.findings.facts import Fact, Window, percent
from wufei.flows.findings.licences import at_site, licences_in_force
from wufei.terms import UnitMismatch, UnitUnknown, convert

DAYS_OF_A_YEAR = 365
_TREATED = """
WITH moved AS (
    SELECT e.from_n, e.to_n, e.stream_n, e.mass_g AS g FROM journal.record r JOIN journal.entry e USING (seq)
    WHERE r.happened_at >= %(begin)s AND r.happened_at < %(end)s AND r.reverses IS NULL
    UNION ALL
    SELECT e.to_n, e.from_n, e.to_stream_n, -e.mass_g FROM journal.record r JOIN journal.entry e USING (seq)
    WHERE r.happened_at >= %(begin)s AND r.happened_at < %(end)s AND r.reverses IS NOT NULL)
SELECT f.place, x.org_id, s.id, sum(m.g)::bigint
FROM moved m JOIN journal.account t ON t.n = m.to_n AND t.role IN ('process', 'sink')
JOIN journal.account f ON f.n = m.from_n AND f.role = 'storage' AND f.place = t.place
JOIN journal.stream s ON s.n = m.stream_n AND s.hazardous JOIN public.registry_site x ON x.id = f.place
WHERE {at f.place} GROUP BY 1, 2, 3 HAVING sum(m.g) > 0 ORDER BY 1, 3"""
_FACILITIES = """
SELECT site_id, name_zh, capacity, unit, permit_heading FROM public.registry_facility
WHERE kind = ANY (%(kinds)s) AND (closed_on IS NULL OR closed_on > %(day)s)
AND (valid_from IS NULL OR valid_from <= %(day)s) AND {at site_id} ORDER BY site_id, name_zh"""


def _facilities(window: Window) -> dict[str, list[tuple[str, Decimal | None, str, str]]]:
    """The open facilities that treat hazardous waste, by site: name, capacity, its unit, heading of the permit."""
    kinds = [kind.id for kind in window.catalog.national.items("facility_kinds") if kind.treats_hazardous]
    found = defaultdict(list)
    for site, *facility in window.rows(_FACILITIES, kinds=kinds):
        found[site].append(tuple(facility))
    return found


def treated_under_permit(window: Window) -> Iterator[Fact]:
    """Grams treated on the day, by site and stream, and what allows it: a licence, or an own facility with a heading.

    ``heading_count`` counts the open facilities for hazardous waste that name their heading in a permit.
    """
    held, facilities = licences_in_force(window), _facilities(window)
    for site, org, stream, mass_g in window.rows(_TREATED):
        own = [each for each in at_site(held, org, site) if each.covers(window.line(stream))]
        here = facilities.get(site, [])
        figures = {"treated_g": mass_g, "licence_count": len(own), "facility_count": len(here)}
        figures |= {"heading_count": sum(bool(heading.strip()) for *_rest, heading in here)}
        yield Fact(site, org, stream, figures, (("account", f"process:{site}"),), (stream,),
                   {"facility": "、".join(each[0] for each in here) or "—"})  # fmt: skip


def treated_in_a_day(window: Window) -> Iterator[Fact]:
    """Grams treated on the day at a site beside what its facilities can treat a day; unknown where one does not say."""
    facilities, orgs = _facilities(window), {}
    treated: dict[str, int] = defaultdict(int)
    streams: dict[str, list[str]] = defaultdict(list)
    for site, org, stream, mass_g in window.rows(_TREATED):
        treated[site] += mass_g
        orgs[site] = org
        streams[site].append(stream)
    for site, mass_g in treated.items():
        each = [_g_per_day(capacity, unit) for _name, capacity, unit, _heading in facilities.get(site, ())]
        known = [g for g in each if g is not None]
        capacity_g = sum(known, Decimal(0)) if known and len(known) == len(each) else None
        figures = {"treated_g": mass_g, "capacity_g": capacity_g, "share_percent": percent(mass_g, capacity_g)}
        names = {"facility": "、".join(name for name, *_rest in facilities.get(site, ())) or "—"}
        yield Fact(site, orgs[site], "", figures, (("account", f"process:{site}"),), tuple(streams[site]), names)


def _g_per_day(capacity: Decimal | None, unit: str) -> Decimal | None:
    """A capacity in grams a day; a yearly one is spread over all days. None where it is not a mass in a time."""
    if capacity is None or not unit:
        return None
    for target, days in (("克/日", 1), ("克/年", DAYS_OF_A_YEAR)):
        try:
            return convert(capacity, unit, target) / days
        except (UnitMismatch, UnitUnknown):
            continue
    return None
