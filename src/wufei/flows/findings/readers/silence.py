"""Sites of which waste is expected and nothing is heard."""

from __future__ import annotations

from collections.abc import Iterator

from wufei.flows.findings.facts import Fact, Window
from wufei.journal.moments import month_after

_SILENT = """
WITH expected AS (
    SELECT site_id AS site, sum(expected_g_per_year)::bigint AS g FROM public.registry_wastesource
    WHERE closed_on IS NULL OR closed_on > %(day)s GROUP BY 1),
moved AS (
    SELECT a.place AS site, max(t.month) AS month FROM journal.turnover t JOIN journal.account a ON a.n = t.account_n
    WHERE t.month <= %(day)s AND a.role IN ('origin', 'storage', 'process') GROUP BY 1)
SELECT x.id, x.org_id, e.g, m.month, greatest(x.in_operation_since, (x.created_at AT TIME ZONE 'Asia/Shanghai')::date)
FROM expected e JOIN public.registry_site x ON x.id = e.site LEFT JOIN moved m ON m.site = e.site
WHERE e.g > 0 AND (x.closed_on IS NULL OR x.closed_on > %(day)s) AND {at x.id} ORDER BY x.id"""


def silent_sites(window: Window) -> Iterator[Fact]:
    """Days since the end of the last month with any movement, at open sites with waste sources on register.

    A site of which nothing was ever heard counts from the day on which it was entered or began to work.
    """
    for site, org, expected, month, since in window.rows(_SILENT):
        last = month_after(month) if month is not None else since
        if last is not None:
            figures = {"silent_days": max(0, (window.day - last).days), "expected_g": expected}
            figures |= {"ever_count": int(month is not None)}
            yield Fact(site, org, "", figures, (("account", f"origin:{site}"),), (), {"since": last.isoformat()})
