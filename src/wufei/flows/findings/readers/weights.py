"""Weighings that differ between dispatch and receipt, and weighings that repeat themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wufei.flows.findings.facts import Fact, Window, percent
from wufei.flows.findings.trips import forms

_DIFFERENCES = """
WITH moved AS (
    SELECT e.from_n AS trip_n, e.to_n AS at_n, e.stream_n, e.mass_g AS g
    FROM journal.record r JOIN journal.entry e USING (seq)
    JOIN journal.account f ON f.n = e.from_n AND f.role = 'transit'
    JOIN journal.account t ON t.n = e.to_n AND t.role = 'unexplained'
    WHERE r.happened_at >= %(begin)s AND r.happened_at < %(end)s
    UNION ALL
    SELECT e.to_n, e.from_n, e.to_stream_n, -e.mass_g
    FROM journal.record r JOIN journal.entry e USING (seq)
    JOIN journal.account f ON f.n = e.from_n AND f.role = 'unexplained'
    JOIN journal.account t ON t.n = e.to_n AND t.role = 'transit'
    WHERE r.happened_at >= %(begin)s AND r.happened_at < %(end)s)
SELECT a.place, x.org_id, s.id, t.place, sum(m.g)::bigint,
       (SELECT coalesce(sum(i.mass_g), 0)::bigint FROM journal.entry i JOIN journal.account o ON o.n = i.from_n
        WHERE i.to_n = m.trip_n AND i.to_stream_n = m.stream_n AND o.role = 'storage')
FROM moved m JOIN journal.account a ON a.n = m.at_n JOIN journal.account t ON t.n = m.trip_n
JOIN journal.stream s ON s.n = m.stream_n AND s.hazardous JOIN public.registry_site x ON x.id = a.place
WHERE {at a.place}
GROUP BY a.place, x.org_id, s.id, t.place, m.trip_n, m.stream_n HAVING sum(m.g) <> 0 ORDER BY 1, 3, 4"""


def weight_differences(window: Window) -> Iterator[Fact]:
    """Grams by which a load received on the day differs from what was sent, beside the tolerance of waste and scale.

    ``told_count`` is 1 where the consignee told the difference on the manifest. Pipelines are read daily and left out.
    """
    rows = list(window.rows(_DIFFERENCES))
    filled = forms(window, [row[3] for row in rows])
    for site, org, stream, trip, apart, sent in rows:
        form = filled.get(trip, {})
        if form.get("transport") == "pipeline":
            continue
        line: dict[str, Any] = next((each for each in form.get("wastes") or () if each.get("stream") == stream), {})
        most = _tolerance(window, stream, str(line.get("scale") or ""))
        share = percent(abs(apart), sent)
        figures = {"sent_g": sent, "received_g": sent - apart, "difference_g": abs(apart), "difference_percent": share}
        figures |= {"tolerance_percent": most, "of_tolerance_percent": percent(share, most)}
        figures |= {"told_count": int(line.get("difference") not in {None, "", "none"})}
        yield Fact(site, org, f"{stream}/{trip}", figures, (("trip", trip),), (stream,))


def _tolerance(window: Window, stream: str, scale: str) -> Any:
    """The narrowest row that fits, in per cent: by stream and what stands above it first, then by scale."""
    line = window.line(stream)
    items = window.catalog.national.items("weight_tolerances", window.day)
    fitting = [t for t in items if t.stream in {None, *line} and t.scale in {None, scale}]
    order = sorted(fitting, key=lambda t: (line.index(t.stream) if t.stream in line else len(line), t.scale is None))
    return order[0].most_ppm / 10_000 if order else None


_REPEATED = """
WITH today AS (
    SELECT DISTINCT a.place FROM journal.record r JOIN journal.entry e USING (seq)
    JOIN journal.account a ON a.n = e.from_n AND a.role = 'storage'
    JOIN journal.account t ON t.n = e.to_n AND t.role = 'transit'
    JOIN journal.stream s ON s.n = e.stream_n AND s.hazardous
    WHERE r.happened_at >= %(begin)s AND r.happened_at < %(end)s AND {at a.place}),
loads AS (
    SELECT a.place, e.stream_n, e.mass_g, count(*) AS n, array_agg(t.place ORDER BY e.seq DESC) AS trips
    FROM today JOIN journal.account a USING (place) JOIN journal.entry e ON e.from_n = a.n
    JOIN journal.account t ON t.n = e.to_n AND t.role = 'transit'
    JOIN journal.stream s ON s.n = e.stream_n AND s.hazardous
    WHERE a.role = 'storage' AND e.happened_at >= %(end)s - %(days)s * interval '1 day' AND e.happened_at < %(end)s
    GROUP BY 1, 2, 3)
SELECT DISTINCT ON (l.place, s.id) l.place, x.org_id, s.id, l.mass_g, l.n,
       sum(l.n) OVER (PARTITION BY l.place, l.stream_n)::bigint, l.trips[1:50]
FROM loads l JOIN journal.stream s ON s.n = l.stream_n JOIN public.registry_site x ON x.id = l.place
ORDER BY l.place, s.id, l.n DESC, l.mass_g"""


def repeated_weights(window: Window) -> Iterator[Fact]:
    """How often a site that dispatched on the day sent the very same mass of a stream within the parameter ``days``.

    ``round_count`` is 1 where that mass is a multiple of the parameter ``step``: full packages weigh alike.
    """
    step = int(window.number("step", "克"))
    for site, org, stream, mass_g, same, loads, trips in window.rows(_REPEATED, days=int(window.number("days", "日"))):
        figures = {"mass_g": mass_g, "same_count": same, "loads_count": loads, "share_percent": percent(same, loads)}
        figures |= {"round_count": int(mass_g % step == 0)}
        yield Fact(site, org, f"{stream}/{mass_g}", figures, tuple(("trip", trip) for trip in trips), (stream,))
