"""Other ways to see tasks and projects: the timeline, money by year, projects by place."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from wufei.reports.numbers import quantity
from wufei.reports.state import TableState
from wufei.terms import convert
from wufei.web.kinds import KINDS
from wufei.web.language import lang
from wufei.web.links import item_url, short
from wufei.web.plan import Plan, plan_of
from wufei.web.policy import signed_in
from wufei.web.render import page
from wufei.web.views.city import MONEY, money_by_group, money_by_year, money_of, total_money
from wufei.web.views.lists import SIDE_VIEWS, prepared
from wufei.web.wording import WORDS, say


@signed_in
@require_safe
def timeline(request: HttpRequest, city: str) -> HttpResponse:
    """Tasks in lanes of years, by field; the same filters as the list."""
    plan = plan_of(city)
    rows = prepared(plan, "tasks")
    state = TableState.read(dict(request.GET.lists()))
    view = rows.view(state)
    years = _years(plan, state)
    tasks = [row.item for row in view.matched]
    context = {
        "kind": KINDS["tasks"],
        "view": view,
        "years": years,
        "lanes": {1: "one", 2: "two"}.get(len(years), ""),
        "sections": _sections(plan, tasks, years),
        "filters": [(f, rows.options(f, state)) for f in rows.table.filters],
        "side_views": _side("tasks", "timeline"),
        "query": state.query_string(page=1),
    }
    return page(request, "web/timeline.html", context)


def _side(kind: str, here: str) -> list[tuple[Any, str, bool]]:
    return [(label, name, name == here) for label, name, _first in SIDE_VIEWS[kind]]


def _years(plan: Plan, state: TableState) -> list[int]:
    every = sorted({step.year for task in plan.items("tasks") for step in task.milestones})
    chosen = {int(year) for year in state.chosen("year") if year.isdecimal()}
    return [year for year in every if year in chosen] or every


def _sections(plan: Plan, tasks: list[Any], years: list[int]) -> list[dict[str, Any]]:
    sections = []
    for section in WORDS["section"]:
        mine = [_lane_row(plan, task, years) for task in tasks if task.section == section]
        if mine:
            sections.append({"name": say("section", section), "tasks": mine})
    return sections


def _lane_row(plan: Plan, task: Any, years: list[int]) -> dict[str, Any]:
    """One task across the years: where it is under way, where a step falls due, and what is said."""
    steps = {step.year: step for step in task.milestones}
    first, last = min(steps, default=0), max(steps, default=0)
    if task.schedule_kind == "complete_by":
        first = min(years[0], last)
    lanes = []
    for year in years:
        running = first <= year <= last
        states = ("on" if running else "off", "due" if year in steps else "", "begin" if year == first else "")
        lanes.append({"year": year, "state": " ".join(states), "step": steps.get(year), "running": running})
    leads = [
        (plan.brief(org, lang()), item_url(plan, "orgs", org.id))
        for org in plan.orgs(dict.fromkeys(d.org for d in task.lead))
    ]
    return {
        "short": short("tasks", task),
        "name": task.name(lang()),
        "href": item_url(plan, "tasks", task.id),
        "kind": say("schedule_kind", task.schedule_kind),
        "leads": leads,
        "lanes": lanes,
        "waits": [short("tasks", plan.get("tasks", need.task)) for need in task.depends_on],
    }


@signed_in
@require_safe
def money(request: HttpRequest, city: str) -> HttpResponse:
    """Investment by deadline year, by group of indicators and by project."""
    plan = plan_of(city)
    context = plan.kept(("money", lang()), lambda: _money(plan))
    return page(request, "web/money.html", context | {"side_views": _side("projects", "money")})


def _money(plan: Plan) -> dict[str, Any]:
    total = total_money(plan)
    projects = sorted(plan.items("projects"), key=money_of, reverse=True)
    about = [
        f for f in plan.scope.findings if any(kind == "projects" for kind, _id in f.items) or "listed" in f.figures
    ]
    return {
        "kind": KINDS["projects"],
        "years": money_by_year(plan),
        "groups": money_by_group(plan),
        "total": quantity(total, MONEY, lang()),
        "total_large": quantity(convert(total, MONEY, "亿元"), "亿元", lang()),
        "projects": [_project_money(plan, project, total) for project in projects],
        "findings": [(f.severity, say("severity", f.severity), f.text(lang())) for f in about],
    }


def _project_money(plan: Plan, project: Any, total: Any) -> dict[str, Any]:
    doubts = [c for c in plan.scope.corrections_of("projects", project.id) if c.confidence != "sure"]
    money_doubts = [c for c in doubts if any(t.field == "investment" for t in c.every_target)]
    share = money_of(project) / total * 100 if total else None
    return {
        "short": short("projects", project),
        "name": project.name(lang()),
        "href": item_url(plan, "projects", project.id),
        "year": project.deadline_year,
        "text": quantity(project.investment.value, project.investment.unit, lang()),
        "share": quantity(round(share, 1) if share is not None else None, "%", lang()),
        "doubt": bool(money_doubts),
    }


@signed_in
@require_safe
def project_places(request: HttpRequest, city: str) -> HttpResponse:
    """Projects grouped by the division that they stand in, with the ids and codes that a map needs."""
    plan = plan_of(city)
    context = plan.kept(("project places", lang()), lambda: {"groups": _by_place(plan), "kind": KINDS["projects"]})
    return page(request, "web/project_places.html", context | {"side_views": _side("projects", "project-places")})


def _by_place(plan: Plan) -> list[dict[str, Any]]:
    groups = []
    for place in plan.items("places"):
        here = [p for p in plan.items("projects") if any(site.place == place.id for site in p.places)]
        if here:
            groups.append(_place_group(plan, place, here))
    nowhere = [p for p in plan.items("projects") if not any(site.place for site in p.places)]
    if nowhere:
        groups.append(_place_group(plan, None, nowhere))
    return groups


def _place_group(plan: Plan, place: Any, projects: list[Any]) -> dict[str, Any]:
    rows = []
    for project in projects:
        printed = [s.printed for s in project.places if place is None or s.place == place.id]
        rows.append(
            {
                "short": short("projects", project),
                "name": project.name(lang()),
                "href": item_url(plan, "projects", project.id),
                "id": project.id,
                "money": quantity(project.investment.value, project.investment.unit, lang()),
                "printed": "、".join(dict.fromkeys(printed)),
            }
        )
    return {
        "place": place,
        "name": place.name(lang()) if place else "",
        "href": item_url(plan, "places", place.id) if place else "",
        "level": say("level", place.level) if place else "",
        "rows": rows,
    }
