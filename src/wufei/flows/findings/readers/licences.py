"""What licence holders took in beside what their licences allow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wufei.flows.findings.facts import Fact, Window, percent
from wufei.flows.findings.licences import Licence, at_site, licences_in_force
from wufei.flows.findings.trips import forms

_TAKEN = """
SELECT a.place, x.org_id, s.id, sum(c.mass_g)::bigint
FROM journal.cube c JOIN journal.account a ON a.n = c.to_n JOIN journal.account f ON f.n = c.from_n
JOIN journal.stream s ON s.n = c.to_stream_n JOIN public.registry_site x ON x.id = a.place
WHERE a.role IN ('storage', 'process', 'sink')
AND NOT (f.place = a.place AND f.role IN ('origin', 'storage', 'process', 'sink', 'product', 'loss'))
AND c.period >= %(year)s AND c.period < %(year_after)s AND x.org_id = ANY (%(orgs)s)
AND {at a.place} GROUP BY 1, 2, 3"""
_INTAKE = """
SELECT t.place, x.org_id, s.id, f.place, sum(e.mass_g)::bigint
FROM journal.record r JOIN journal.entry e USING (seq)
JOIN journal.account f ON f.n = e.from_n AND f.role = 'transit' AND f.node_n IS NOT NULL
JOIN journal.account t ON t.n = e.to_n AND t.role IN ('storage', 'process', 'sink')
JOIN journal.stream s ON s.n = e.to_stream_n AND s.hazardous JOIN public.registry_site x ON x.id = t.place
WHERE r.happened_at >= %(begin)s AND r.happened_at < %(end)s AND {at t.place}
AND NOT EXISTS (SELECT FROM journal.entry o JOIN journal.account c ON c.n = o.from_n
                WHERE o.to_n = e.from_n AND c.place = t.place)
GROUP BY 1, 2, 3, 4 ORDER BY 1, 3, 4"""


def licence_quota(window: Window) -> Iterator[Fact]:
    """Grams taken in this year beside the yearly quota, by each line of a licence that has one."""
    licences = licences_in_force(window)
    taken = [(*row, window.line(row[2])) for row in window.rows(_TAKEN, orgs=sorted(licences))]
    for licence in (each for org in sorted(licences) for each in licences[org]):
        for stream, quota in licence.quotas.items():
            here = [row for row in taken if row[1] == licence.org and licence.site in {None, row[0]}]
            mine = [(site, g) for site, _org, _s, g, line in here if _of_line(licence, line, stream)]
            if not quota or not mine:
                continue
            total, site = sum(g for _site, g in mine), licence.site or max(mine, key=lambda each: each[1])[0]
            figures = {"quota_g": quota, "taken_g": total, "share_percent": percent(total, quota)}
            rests = (("permit", licence.id), *(("account", f"storage:{place}") for place, _g in sorted(mine)))
            yield Fact(site, licence.org, f"{licence.id}/{stream}", figures, tuple(dict.fromkeys(rests)), (stream,),
                       {"permit": licence.number})  # fmt: skip


def _of_line(licence: Licence, line: tuple[str, ...], stream: str) -> bool:
    """Whether ``stream`` is the nearest line of the licence for a stream with those above it."""
    return next((each for each in line if each in licence.quotas), None) == stream


def intake_under_licence(window: Window) -> Iterator[Fact]:
    """Grams that came in on the day from elsewhere, by site, stream and trip, and whether a licence covers them.

    What came back to the site that sent it is not taken in. ``exempt_count`` is 1 where the form names an entry of the
    exemption list and the catalogue says that it names the waste.
    """
    licences = licences_in_force(window)
    rows = [row for row in window.rows(_INTAKE) if not _covered(window, licences, row)]
    filled = forms(window, [row[3] for row in rows])
    for site, org, stream, trip, mass_g in rows:
        item = window.catalog.national.find("streams", stream)
        exempt = bool(filled.get(trip, {}).get("exemption")) and bool(item and item.exempted)
        own = at_site(licences, org, site)
        figures = {"taken_g": mass_g, "licence_count": len(own), "covered_count": 0, "exempt_count": int(exempt)}
        rests = (("trip", trip), *(("permit", licence.id) for licence in own))
        numbers = "、".join(licence.number for licence in own) or "—"
        yield Fact(site, org, f"{stream}/{trip}", figures, rests, (stream,), {"permit": numbers})


def _covered(window: Window, licences: Mapping[str, list[Licence]], row: tuple[Any, ...]) -> bool:
    site, org, stream = row[:3]
    line = window.line(stream)
    return any(licence.covers(line) for licence in at_site(licences, org, site))
