"""How much hazardous waste lies at a site, and how old the oldest of it is.

The Book is folded by months: what is held is what the months up to that of the day come to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from wufei.flows.findings.facts import Fact, Window, percent
from wufei.journal.moments import CITY_TIME, month_after, start_of
from wufei.terms import convert

_HELD = """
SELECT a.place, x.org_id, split_part(a.key, '/', 2), sum(t.in_g - t.out_g)::bigint
FROM journal.turnover t JOIN journal.account a ON a.n = t.account_n AND a.role = 'storage'
JOIN journal.stream s ON s.n = t.stream_n AND s.hazardous JOIN public.registry_site x ON x.id = a.place
WHERE t.month <= %(day)s AND {at a.place}
GROUP BY 1, 2, 3 HAVING sum(t.in_g - t.out_g) > 0 ORDER BY 1, 3"""
_STORAGES = """
SELECT site_id, code, kind, capacity_g, name_zh FROM public.registry_storage
WHERE (closed_on IS NULL OR closed_on > %(day)s) AND {at site_id} ORDER BY site_id, code"""


def storage_held(window: Window) -> Iterator[Fact]:
    """Grams in storage beside the capacity and the legal limit of what is registered to hold them.

    One fact for each site (all that lies there beside all its storage facilities), and one for each facility that
    accounts name by its code. ``limit_g`` is known where every facility that counts has a legal limit.
    """
    kinds = {kind.id: kind for kind in window.catalog.national.items("storage_kinds", window.day)}
    at: dict[str, list[Any]] = defaultdict(list)
    for site, *storage in window.rows(_STORAGES):
        most = kinds[storage[1]].most if storage[1] in kinds else None
        limit = None if most is None else int(convert(most, kinds[storage[1]].unit or "吨", "克"))
        if storage[1] != "other_storage":
            at[site].append((*storage, limit))
    whole: dict[tuple[str, str], int] = defaultdict(int)
    for site, org, code, mass_g in window.rows(_HELD):
        whole[site, org] += mass_g
        mine = [each for each in at[site] if code and each[0] == code]
        if mine and len(at[site]) > 1:
            yield _held(site, org, code, mass_g, mine)
    for (site, org), mass_g in whole.items():
        yield _held(site, org, "", mass_g, at[site])


def _held(site: str, org: str, code: str, mass_g: int, storages: list[Any]) -> Fact:
    capacity = _sum([each[2] for each in storages])
    limit = _sum([each[4] for each in storages])
    figures = {"held_g": mass_g, "capacity_g": capacity, "share_percent": percent(mass_g, capacity)}
    figures |= {"limit_g": limit, "of_limit_percent": percent(mass_g, limit)}
    name = "、".join(each[3] for each in storages) or "—"
    return Fact(
        site, org, code, figures, (("account", f"storage:{site}{'/' if code else ''}{code}"),), (), {"storage": name}
    )


def _sum(values: list[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None


# The oldest gram by first in, first out: going back from now, the month whose inflow brings what came in up to what
# lies there. Moves between the storages of one site bring in nothing. Then, in that month, entry by entry.
_AGES = """
WITH held AS (
    SELECT a.place, t.stream_n, sum(t.in_g - t.out_g) AS g
    FROM journal.turnover t JOIN journal.account a ON a.n = t.account_n AND a.role = 'storage'
    JOIN journal.stream s ON s.n = t.stream_n AND s.hazardous
    WHERE t.month <= %(day)s AND {at a.place}
    GROUP BY 1, 2 HAVING sum(t.in_g - t.out_g) > 0),
inflow AS (
    SELECT a.place, c.to_stream_n AS stream_n, c.period, sum(c.mass_g) AS g
    FROM journal.cube c JOIN journal.account a ON a.n = c.to_n AND a.role = 'storage'
    JOIN journal.account f ON f.n = c.from_n AND NOT (f.role = 'storage' AND f.place = a.place)
    WHERE {at a.place} GROUP BY 1, 2, 3),
back AS (
    SELECT i.place, i.stream_n, i.period, h.g AS held,
           sum(i.g) OVER (PARTITION BY i.place, i.stream_n ORDER BY i.period DESC) AS since
    FROM inflow i JOIN held h USING (place, stream_n))
SELECT DISTINCT ON (b.place, s.id) b.place, x.org_id, s.id, b.stream_n, b.period, b.held::bigint,
       (b.since - b.held)::bigint
FROM back b JOIN journal.stream s ON s.n = b.stream_n JOIN public.registry_site x ON x.id = b.place
WHERE b.since >= b.held ORDER BY b.place, s.id, b.period DESC"""
_OLDEST = """
SELECT w.place, w.stream_n, min(e.happened_at) FROM unnest(%(places)s::text[], %(streams)s::int[], %(gone)s::bigint[],
     %(begins)s::timestamptz[], %(ends)s::timestamptz[]) AS w (place, stream_n, gone, begins, ends)
CROSS JOIN LATERAL (
    SELECT e.happened_at, sum(e.mass_g) OVER (ORDER BY e.happened_at, e.seq, e.ordinal) AS up_to
    FROM journal.account a JOIN journal.entry e ON e.to_n = a.n
    JOIN journal.account f ON f.n = e.from_n AND NOT (f.role = 'storage' AND f.place = a.place)
    WHERE a.place = w.place AND a.role = 'storage' AND e.to_stream_n = w.stream_n
    AND e.happened_at >= w.begins AND e.happened_at < w.ends) AS e
WHERE e.up_to > w.gone GROUP BY 1, 2"""
_LICENSED = """
SELECT DISTINCT org_id FROM public.registry_permit WHERE kind = ANY (%(kinds)s) AND valid_from <= %(day)s
AND (valid_to IS NULL OR valid_to >= %(day)s) AND (revoked_on IS NULL OR revoked_on > %(day)s)"""


def storage_age(window: Window) -> Iterator[Fact]:
    """Days since the oldest gram in storage came in (first in, first out), by site and stream.

    Only what may be as old as the parameter ``least`` is looked at entry by entry. ``licensed_count`` is 1 for a holder
    of an operating licence, whom the law's year binds.
    """
    least = int(window.number("least", "日"))
    rows = [row for row in window.rows(_AGES) if _days(window.day, _first(row[4])) >= least]
    if not rows:
        return
    oldest = {(place, stream): at for place, stream, at in window.rows(_OLDEST, **_months(rows))}
    kinds = [kind.id for kind in window.catalog.national.items("permit_kinds") if kind.licence]
    licensed = {org for (org,) in window.rows(_LICENSED, kinds=kinds)}
    for site, org, stream, stream_n, period, held, _gone in rows:
        since: datetime = oldest.get((site, stream_n)) or start_of(_first(period))
        day = since.astimezone(CITY_TIME).date()
        figures = {"held_g": held, "age_days": _days(window.day, day), "licensed_count": int(org in licensed)}
        yield Fact(site, org, stream, figures, (("account", f"storage:{site}"),), (stream,), {"since": day.isoformat()})


def _days(day: date, since: date) -> int:
    return (day - since).days


def _first(period: str) -> date:
    """The first day of a month, or the year's where the period is longer."""
    return date(int(period[:4]), int(period[5:7]) if period[4:5] == "-" else 1, 1)


def _months(rows: list[Any]) -> dict[str, list[Any]]:
    begins = [_first(row[4]) for row in rows]
    ends = [month_after(first) if row[4][4:5] == "-" else first + timedelta(days=366)
            for first, row in zip(begins, rows, strict=True)]  # fmt: skip
    return {
        "places": [row[0] for row in rows], "streams": [row[3] for row in rows], "gone": [row[6] for row in rows],
        "begins": [start_of(first) for first in begins], "ends": [start_of(end) for end in ends],
    }  # fmt: skip
