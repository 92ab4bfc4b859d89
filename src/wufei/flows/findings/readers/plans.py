"""What a site generated and handed over beside its filed management plan."""

from __future__ import annotations

from collections.abc import Iterator

from wufei.flows.findings.facts import Fact, Window, percent

_BESIDE = """
WITH done AS (
    SELECT a.place AS site, s.id AS stream, sum(c.mass_g)::bigint AS g
    FROM journal.cube c JOIN journal.account a ON a.n = c.from_n JOIN journal.account t ON t.n = c.to_n
    JOIN journal.stream s ON s.n = c.stream_n AND s.hazardous
    WHERE a.role = %(leaves)s::journal.role AND t.role = %(enters)s::journal.role
    AND c.period >= %(year)s AND c.period < %(year_after)s AND {at a.place}
    GROUP BY 1, 2 HAVING sum(c.mass_g) > 0),
plan AS (
    SELECT place AS site, stream, value::bigint AS g FROM journal.series
    WHERE metric = %(metric)s AND period = %(year)s AND stream <> '' AND {at place})
SELECT site, x.org_id, stream, plan.g, coalesce(done.g, 0),
       EXISTS (SELECT FROM journal.series r WHERE r.metric = 'planned_hazardous_generation' AND r.place = site
               AND r.period = %(year)s)::int
FROM done FULL JOIN plan USING (site, stream) JOIN public.registry_site x ON x.id = site
ORDER BY site, stream"""


def transfer_of_plan(window: Window) -> Iterator[Fact]:
    """Grams handed over this year beside the transfer planned, by site and stream."""
    return _beside(window, "planned_hazardous_transfer", "storage", "transit")


def generation_of_plan(window: Window) -> Iterator[Fact]:
    """Grams generated this year beside the generation planned, by site and stream."""
    return _beside(window, "planned_hazardous_generation", "origin", "storage")


def _beside(window: Window, metric: str, leaves: str, enters: str) -> Iterator[Fact]:
    for site, org, stream, planned, done, plan in window.rows(_BESIDE, metric=metric, leaves=leaves, enters=enters):
        figures = {"planned_g": planned, "done_g": done, "share_percent": percent(done, planned)}
        figures |= {"plan_count": plan, "line_count": int(planned is not None)}
        yield Fact(site, org, stream, figures, (("account", f"{leaves}:{site}"), ("series", metric)), (stream,))
