"""A city's home: the plan at a glance."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wufei.registry.access import Wearer
from wufei.reports.charts import bars
from wufei.reports.numbers import quantity
from wufei.terms import convert, same_dimension
from wufei.web.charts import bar_svg
from wufei.web.clock import today
from wufei.web.language import lang
from wufei.web.links import item_url, list_url, short
from wufei.web.lists.indicators import level_name
from wufei.web.plan import Plan, plan_of
from wufei.web.policy import signed_in
from wufei.web.render import page
from wufei.web.wording import WORDS, say

MONEY = "万元"
SHOWN_FINDINGS = 6


@signed_in
@require_safe
def city_home(request: HttpRequest, city: str) -> HttpResponse:
    """Counts, groups of indicators, tasks by year, money, findings and dates."""
    plan = plan_of(city)
    context = plan.kept(("home", lang()), lambda: _overview(plan))
    context = context | {"dates": _dates(plan, today()), "mine": _mine(plan, request.hat)}
    return page(request, "web/home.html", context)


def _overview(plan: Plan) -> dict[str, Any]:
    return {
        "counts": _counts(plan),
        "levels": _levels(plan),
        "years": list(range(plan.city.plan_period[0], plan.city.plan_period[1] + 1)),
        "grid": task_grid(plan),
        "money": money_by_year(plan),
        "fields": money_by_group(plan),
        "findings": plan.scope.findings[:SHOWN_FINDINGS],
        "findings_left": max(0, len(plan.scope.findings) - SHOWN_FINDINGS),
        "finding_rows": [_finding(plan, finding) for finding in plan.scope.findings[:SHOWN_FINDINGS]],
        "source": plan.find("sources", plan.source_id),
    }


def _counts(plan: Plan) -> list[tuple[str, Any, str, str]]:
    """Large numbers: (list, number, words, remark)."""
    indicators, projects = plan.items("indicators"), plan.items("projects")
    stars = sum(item.requirement_level == "mandatory" for item in indicators)
    sure = sum(item.confidence == "sure" for item in plan.items("corrections"))
    orgs = [org for org in plan.items("orgs") if org.org_kind != "group"]
    total = quantity(convert(total_money(plan), MONEY, "亿元"), "亿元", lang())
    return [
        ("indicators", len(indicators), _("indicators"), _("★ {count} mandatory").format(count=stars)),
        ("tasks", len(plan.items("tasks")), _("tasks"), _steps(plan)),
        ("projects", len(projects), _("key projects"), total),
        ("measures", len(plan.items("measures")), _("measures"), ""),
        ("commitments", len(plan.items("commitments")), _("commitments"), ""),
        ("orgs", len(orgs), _("organisations"), ""),
        ("corrections", len(plan.items("corrections")), _("corrections"), _("{count} sure").format(count=sure)),
        ("findings", len(plan.scope.findings), _("findings"), ""),
    ]


def _steps(plan: Plan) -> str:
    return _("{count} dated steps").format(count=sum(len(task.milestones) for task in plan.items("tasks")))


def _levels(plan: Plan) -> list[dict[str, Any]]:
    """The two levels of indicator groups with their counts."""
    groups: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for item in plan.items("indicators"):
        groups[item.level1][item.level2].append(item)
    return [_level(plan, name, inner) for name, inner in groups.items()]


def _level(plan: Plan, name: str, inner: dict[str, list[Any]]) -> dict[str, Any]:
    items = [item for group in inner.values() for item in group]
    return {
        "name": level_name(items[0], "level1", lang()),
        "href": list_url(plan, "indicators", level1=name),
        "count": len(items),
        "stars": _stars(items),
        "groups": [
            {
                "name": level_name(group[0], "level2", lang()),
                "href": list_url(plan, "indicators", level2=key),
                "count": len(group),
                "stars": _stars(group),
            }
            for key, group in inner.items()
        ],
    }


def _stars(items: list[Any]) -> int:
    return sum(item.requirement_level == "mandatory" for item in items)


def task_grid(plan: Plan) -> dict[str, Any]:
    """Tasks by field and year: how many have a step due in each year."""
    tasks = plan.items("tasks")
    years = sorted({step.year for task in tasks for step in task.milestones})
    rows = []
    for section in WORDS["section"]:
        mine = [task for task in tasks if task.section == section]
        if mine:
            cells = [(year, sum(any(s.year == year for s in t.milestones) for t in mine)) for year in years]
            rows.append({"key": section, "name": say("section", section), "count": len(mine), "cells": cells})
    top = max((count for row in rows for _year, count in row["cells"]), default=1) or 1
    for row in rows:
        row["cells"] = [(year, count, bar_svg(100 * count / top)) for year, count in row["cells"]]
    totals = [sum(any(s.year == year for s in t.milestones) for t in tasks) for year in years]
    return {"years": years, "rows": rows, "totals": totals, "count": len(tasks)}


def money_of(project: Any) -> Decimal:
    """A project's investment in 万元."""
    return convert(project.investment.value, project.investment.unit, MONEY)


def total_money(plan: Plan) -> Decimal:
    """The investment of all projects in 万元, as printed."""
    return sum((money_of(project) for project in plan.items("projects")), Decimal(0))


def money_by_year(plan: Plan) -> list[dict[str, Any]]:
    """Investment by deadline year with the number of projects, on one scale."""
    sums: dict[int, Decimal] = defaultdict(Decimal)
    counts: Counter[int] = Counter()
    for project in plan.items("projects"):
        sums[project.deadline_year] += money_of(project)
        counts[project.deadline_year] += 1
    rows = [
        (str(y), sums[y], quantity(sums[y], MONEY, lang()), list_url(plan, "projects", year=str(y)))
        for y in sorted(sums)
    ]
    return [{"bar": bar, "svg": bar_svg(bar.width), "count": counts[int(bar.label)]} for bar in bars(rows)]


def money_by_group(plan: Plan) -> list[dict[str, Any]]:
    """Investment by the group of the first indicator that each project serves, the largest first; none comes last."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    names: dict[str, str] = {"": _("No indicator but investment")}
    for project in plan.items("projects"):
        served = [
            found for i in project.indicators if (found := plan.find("indicators", i)) and not _counts_money(found)
        ]
        key = served[0].level2 if served else ""
        sums[key] += money_of(project)
        if served:
            names[key] = level_name(served[0], "level2", lang())
    ordered = sorted(sums, key=lambda key: (not key, -sums[key]))
    made = bars([(names[key], sums[key], quantity(sums[key], MONEY, lang()), "") for key in ordered])
    return [{"bar": bar, "svg": bar_svg(bar.width)} for bar in made]


def _counts_money(indicator: Any) -> bool:
    """Whether an indicator counts money itself: every project serves that one."""
    return indicator.unit is not None and same_dimension(indicator.unit, MONEY)


def _finding(plan: Plan, finding: Any) -> dict[str, Any]:
    links = [
        (short(kind, found) or found.name(lang()), item_url(plan, kind, item_id))
        for kind, item_id in finding.items
        if (found := plan.find(kind, item_id))
    ]
    return {
        "severity": finding.severity,
        "mark": say("severity", finding.severity),
        "text": finding.text(lang()),
        "links": links,
    }


def _dates(plan: Plan, day: date) -> dict[str, Any]:
    """Dates still ahead with what falls due; when none is left, the last ones."""
    due: Counter[date] = Counter(step.due for task in plan.items("tasks") for step in task.milestones)
    ends: Counter[date] = Counter(date(p.deadline_year, 12, 31) for p in plan.items("projects"))
    every = sorted({*due, *ends})
    ahead = [d for d in every if d >= day]
    rows = [{"day": d, "steps": due[d], "projects": ends[d], "past": d < day} for d in (ahead or every)]
    return {"rows": rows, "over": not ahead, "period_end": date(plan.city.plan_period[1], 12, 31)}


def _mine(plan: Plan, hat: Wearer) -> dict[str, Any] | None:
    """What the organisation of the hat in force owes."""
    org = plan.find("orgs", hat.org) if hat.org else None
    if org is None:
        return None
    owed = plan.scope.owed(org.id)
    return {"org": org, "name": org.name(lang()), "owed": owed, "href": item_url(plan, "orgs", org.id)}
