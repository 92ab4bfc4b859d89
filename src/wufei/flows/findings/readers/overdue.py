"""Cases whose deadline is past, and sites that owe a paper."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache
from typing import Any

from wufei.flows.findings.facts import Fact, Figures, Window
from wufei.journal.moments import CITY_TIME
from wufei.registry.duty_calendar import DueDuty, duties
from wufei.registry.unit_class import SiteFacts, classify
from wufei.terms import Period, Unknown

_CASES = """
SELECT d.case_id, d.due_at, (SELECT coalesce(sum(t.mass_g), 0)::bigint FROM journal.transit t
    JOIN journal.account a ON a.n = t.account_n WHERE a.key = 'transit:' || split_part(d.case_id, ':', 2))
FROM journal.desk d WHERE d.workflow = ANY (%(workflows)s) AND d.state = ANY (%(states)s) AND d.due_at < %(end)s
AND (%(sites)s::text[] IS NULL OR EXISTS (SELECT FROM journal.case_party p
     WHERE p.case_id = d.case_id AND p.party = ANY (%(sites)s))) ORDER BY d.case_id"""
_FILLED = "SELECT case_id, data FROM journal.step WHERE case_id = ANY (%(cases)s) ORDER BY case_id, no"
_ORGS = "SELECT id, org_id FROM public.registry_site WHERE id = ANY (%(named)s)"


def cases_overdue(window: Window) -> Iterator[Fact]:
    """Cases of the rule's workflows and states whose deadline is past, at the site that its ``subject`` field names."""
    rows = list(window.rows(_CASES, workflows=list(window.words("workflows")), states=list(window.words("states"))))
    filled: dict[str, dict[str, Any]] = defaultdict(dict)
    for case, data in window.rows(_FILLED, cases=[row[0] for row in rows]) if rows else ():
        filled[case].update(json.loads(data or "{}").get("set", {}))
    (subject,) = window.words("subject")
    orgs = dict(window.rows(_ORGS, named=sorted({str(form.get(subject)) for form in filled.values()})))
    for case, due_at, mass_g in rows:
        site = str(filled[case].get(subject) or "")
        if site in orgs and (window.sites is None or site in window.sites):
            days = (window.day - due_at.astimezone(CITY_TIME).date()).days
            streams = [str(line.get("stream")) for line in filled[case].get("wastes") or () if line.get("stream")]
            yield Fact(site, orgs[site], case, {"late_days": days, "mass_g": mass_g}, (("case", case),),
                       tuple(dict.fromkeys(streams)))  # fmt: skip


_SITES = """
SELECT x.id, x.org_id, x.in_operation_since, x.generation_cycle_months, x.eia_generation_g_per_year, x.class_override,
       EXISTS (SELECT FROM public.registry_facility f WHERE f.site_id = x.id AND f.kind = ANY (%(treating)s)
               AND (f.closed_on IS NULL OR f.closed_on > %(day)s)),
       EXISTS (SELECT FROM public.registry_permit p WHERE p.org_id = x.org_id AND p.kind = ANY (%(licences)s)
               AND (p.site_id IS NULL OR p.site_id = x.id) AND p.valid_from <= %(day)s
               AND (p.valid_to IS NULL OR p.valid_to >= %(day)s)
               AND (p.revoked_on IS NULL OR p.revoked_on > %(day)s))
FROM public.registry_site x WHERE (x.closed_on IS NULL OR x.closed_on > %(day)s) AND x.id = ANY (%(named)s)
ORDER BY x.id"""
_GENERATED = """
SELECT a.place, c.period, sum(c.mass_g)::bigint FROM journal.cube c
JOIN journal.account a ON a.n = c.from_n AND a.role = 'origin' JOIN journal.stream s ON s.n = c.stream_n AND s.hazardous
WHERE c.period >= %(first)s AND {at a.place} GROUP BY 1, 2"""
_HANDED_IN = """
SELECT place, period FROM journal.series WHERE metric = %(metric)s AND {at place}"""
RECORDED_YEARS = 5
LOOK_BACK = timedelta(days=120)


def papers_missing(window: Window) -> Iterator[Fact]:
    """Duties of the rule whose day is past without the paper, at sites where hazardous waste arose in the period.

    ``select`` names the duties and the metric that the accepted paper leaves in the series. A site whose class is
    unknown owes only what every class owes.
    """
    generated: dict[str, dict[str, int]] = defaultdict(dict)
    for site, period, mass_g in window.rows(_GENERATED, first=str(window.day.year - RECORDED_YEARS)):
        generated[site][period] = mass_g
    (metric,) = window.words("metric")
    handed_in = set(window.rows(_HANDED_IN, metric=metric))
    for site, org, facts in _facts(window, sorted(generated)):
        for due in _owed(window, facts, generated[site]):
            mass_g = _in(due.period, generated[site])
            if (site, due.period) not in handed_in and mass_g > 0:
                figures: Figures = {"late_days": (window.day - due.due_on).days, "generated_g": mass_g}
                yield Fact(site, org, f"{due.duty.id}/{due.period}", figures, (("account", f"origin:{site}"),), (),
                           {"paper_zh": due.duty.zh, "paper_en": due.duty.en, "of_zh": Period.parse(due.period).label(),
                            "of_en": Period.parse(due.period).label("en")})  # fmt: skip


def _facts(window: Window, named: list[str]) -> Iterator[tuple[str, str, SiteFacts]]:
    national = window.catalog.national
    treating = [kind.id for kind in national.items("facility_kinds") if kind.treats_hazardous]
    licences = [kind.id for kind in national.items("permit_kinds") if kind.licence]
    for row in window.rows(_SITES, named=named, treating=treating, licences=licences):
        site, org, since, cycle, assessed, override, own, licence = row
        yield site, org, SiteFacts(since, cycle, assessed, own, licence, override)


def _owed(window: Window, facts: SiteFacts, by_period: dict[str, int]) -> list[DueDuty]:
    by_year: dict[int, int] = defaultdict(int)
    for period, mass_g in by_period.items():
        by_year[int(period[:4])] += mass_g
    found = classify(facts, by_year, window.day, window.catalog).unit_class
    days = (window.day - LOOK_BACK, window.day - timedelta(days=1))
    wanted = set(window.words("duties"))
    if not isinstance(found, Unknown):
        return [due for due in duties(found, *days, window.catalog) if due.duty.id in wanted]
    every = [each.id for each in window.catalog.national.items("unit_classes", window.day)]
    return [
        due
        for due in duties(every[0], *days, window.catalog)
        if due.duty.id in wanted and set(every) <= set(due.duty.classes)
    ]


def _in(period: str, by_period: dict[str, int]) -> int:
    return sum(g for each, g in by_period.items() if _period(period).covers(_period(each)))


@lru_cache(maxsize=4096)
def _period(text: str) -> Period:
    return Period.parse(text)
