"""Contradictions and gaps that a city's plan and published figures show, each found by one named function."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

from wufei.catalog import bulletin_findings
from wufei.catalog.finding import Finding
from wufei.catalog.scope import Scope
from wufei.terms import convert, same_dimension
from wufei.terms.amounts import amount_en, quantity

_ORDER = ("error", "warning", "note")


Check = Callable[["Scope"], Iterator[Finding]]


def find_all(scope: Scope) -> tuple[Finding, ...]:
    """Run every check on a city; most severe first, then by code and first item."""
    found = [finding for check in CHECKS for finding in check(scope)]
    return tuple(sorted(found, key=lambda f: (_ORDER.index(f.severity), f.code, f.items)))


def investment_sum_differs(scope: Scope) -> Iterator[Finding]:
    """The listed projects' investment does not add up to the indicator that counts money."""
    total = sum((convert(p.investment.value, p.investment.unit, "万元") for p in scope.projects), Decimal(0))
    for indicator in scope.indicators:
        target = indicator.target.value
        if target is None or indicator.unit is None or not same_dimension(indicator.unit, "万元"):
            continue
        listed = convert(total, "万元", indicator.unit)
        if listed == target:
            continue
        figures = {
            "listed": f"{total:,f} 万元 = {listed:f} {indicator.unit}",
            "target": f"{target:f} {indicator.unit}",
            "gap": f"{target - listed:f} {indicator.unit}",
        }
        yield Finding(
            "investment_sum_differs",
            "error",
            f"{len(scope.projects)} 个项目的投资合计 {total:,f} 万元（{listed:f} {indicator.unit}），"
            f"与指标 {indicator.no} 的目标 {target:f} {indicator.unit} 相差 {target - listed:f} {indicator.unit}。",
            f"The investment of the {len(scope.projects)} projects sums to {amount_en(listed, indicator.unit)}; "
            f"indicator {indicator.no} aims at {amount_en(target, indicator.unit)}: "
            f"{amount_en(target - listed, indicator.unit)} apart.",
            (("indicators", indicator.id),),
            indicator.cites,
            figures,
        )


def task_order_conflict(scope: Scope) -> Iterator[Finding]:
    """A task starts before the task that it depends on has any step, or ends before that one ends."""
    for task in scope.tasks:
        for dependency in task.depends_on:
            first = scope.get("tasks", dependency.task)
            if not task.milestones or not first.milestones:
                continue
            begins, ready = min(m.due for m in task.milestones), max(m.due for m in first.milestones)
            if begins < ready and task.schedule_kind == "staged" and first.schedule_kind == "staged":
                yield Finding(
                    "task_order_conflict",
                    "warning",
                    f"“{task.zh}”在 {begins.year} 年就要有结果，而它所依赖的“{first.zh}”到 {ready.year} 年才完成。",
                    f"“{task.en}” is due from {begins.year}, but “{first.en}”, on which it depends, "
                    f"ends only in {ready.year}.",
                    (("tasks", task.id), ("tasks", first.id)),
                    (*task.cites, *first.cites),
                )


def task_without_lead(scope: Scope) -> Iterator[Finding]:
    """A task for which nobody is accountable."""
    for task in scope.tasks:
        if not task.lead:
            yield Finding(
                "task_without_lead",
                "error",
                f"任务“{task.zh}”没有牵头单位。",
                f"The task “{task.en}” has no lead organisation.",
                (("tasks", task.id),),
                task.cites,
            )


def indicator_without_org(scope: Scope) -> Iterator[Finding]:
    """An indicator for which nobody answers."""
    for indicator in scope.indicators:
        if not indicator.responsible_orgs:
            yield Finding(
                "indicator_without_org",
                "error",
                f"指标 {indicator.no}“{indicator.zh}”没有责任单位。",
                f"Indicator {indicator.no} “{indicator.en}” has no responsible organisation.",
                (("indicators", indicator.id),),
                indicator.cites,
            )


def lead_differs(scope: Scope) -> Iterator[Finding]:
    """The main text and the task list name different leads for the same work.

    A warning where a correction records the conflict; otherwise a note, since the task list may split the work.
    """
    for measure in scope.measures:
        named = {member for org in measure.lead_orgs for member in (org, *scope.get("orgs", org).members)}
        for task in (scope.get("tasks", task_id) for task_id in measure.tasks):
            leads = tuple(lead.org for lead in task.lead)
            if not leads or named & set(leads):
                continue
            recorded = any(c.category == "conflict" for c in scope.corrections_of("tasks", task.id))
            said, listed = _names(scope, measure.lead_orgs, "zh"), _names(scope, leads, "zh")
            said_en, listed_en = _names(scope, measure.lead_orgs, "en"), _names(scope, leads, "en")
            yield Finding(
                "lead_differs",
                "warning" if recorded else "note",
                f"“{task.zh}”：正文“{measure.zh}”由{said}牵头，任务清单由{listed}牵头。",
                f"“{task.en}”: “{measure.en}” of the main text is led by {said_en}, the task list names {listed_en}.",
                (("tasks", task.id), ("measures", measure.id)),
                (*task.cites, *measure.cites),
            )


def _names(scope: Scope, org_ids: tuple[str, ...], lang: str) -> str:
    names = [scope.get("orgs", org_id).name(lang) for org_id in org_ids]
    return ", ".join(names) if lang == "en" else "、".join(names)


def facility_without_project(scope: Scope) -> Iterator[Finding]:
    """A facility promised in the text that no project of the list builds."""
    for promise in scope.commitments:
        if promise.commitment_kind == "facility" and promise.project is None:
            yield Finding(
                "facility_without_project",
                "warning",
                f"正文承诺的“{promise.zh}”不在项目清单中。",
                f"“{promise.en}”, promised in the text, is not in the project list.",
                (("commitments", promise.id),),
                promise.cites,
            )


def system_without_owner(scope: Scope) -> Iterator[Finding]:
    """A supervision system that no indicator, task or project carries."""
    for system in scope.systems:
        if not (system.indicators or system.tasks or system.projects):
            yield Finding(
                "system_without_owner",
                "warning",
                f"方案要求的“{system.zh}”没有对应的指标、任务或项目。",
                f"“{system.en}”, which the plan asks for, has no indicator, task or project.",
                (("systems", system.id),),
                system.cites,
            )
    for promise in scope.commitments:
        if promise.commitment_kind == "system" and not (promise.project or promise.task or promise.indicator):
            yield Finding(
                "system_without_owner",
                "warning",
                f"正文承诺的“{promise.zh}”没有对应的任务或项目。",
                f"“{promise.en}”, promised in the text, has no task or project.",
                (("commitments", promise.id),),
                promise.cites,
            )


def commitment_differs_from_indicator(scope: Scope) -> Iterator[Finding]:
    """The running text promises another number than the indicator table."""
    for promise in scope.commitments:
        if promise.indicator is None or promise.value is None:
            continue
        target = scope.get("indicators", promise.indicator).target
        if target.value is not None and target.value != promise.value:
            indicator = scope.get("indicators", promise.indicator)
            yield Finding(
                "commitment_differs_from_indicator",
                "error",
                f"正文承诺 {promise.value:f} {promise.unit}，"
                f"指标 {indicator.no} 的目标是 {target.value:f} {indicator.unit}。",
                f"The text promises {quantity(promise.value, promise.unit, 'en')}; "
                f"indicator {indicator.no} aims at {quantity(target.value, indicator.unit, 'en')}.",
                (("commitments", promise.id), ("indicators", indicator.id)),
                (*promise.cites, *indicator.cites),
            )


def money_in_doubt(scope: Scope) -> Iterator[Finding]:
    """A project whose money a correction doubts, with its share of the whole."""
    total = sum((convert(p.investment.value, p.investment.unit, "万元") for p in scope.projects), Decimal(0))
    for project in scope.projects:
        doubts = [
            c
            for c in scope.corrections_of("projects", project.id)
            if c.confidence != "sure" and any(t.field == "investment" and t.id == project.id for t in c.every_target)
        ]
        if not doubts:
            continue
        value = convert(project.investment.value, project.investment.unit, "万元")
        share = (value / total * 100).quantize(Decimal("0.1"))
        yield Finding(
            "money_in_doubt",
            "error" if share >= 10 else "warning",
            f"项目 {project.no}“{project.zh}”的投资 {value:,f} 万元存疑，占清单合计的 {share}%；按原文保留，不作改动。",
            f"The investment of project {project.no} “{project.en}”, {amount_en(value, '万元')}, is in doubt; "
            f"it is {share} % of the list. Kept as printed.",
            (("projects", project.id), *(("corrections", c.id) for c in doubts)),
            (*project.cites, *(cite for c in doubts for cite in c.cites)),
            {"share": f"{share} %"},
        )


CHECKS: tuple[Check, ...] = (
    investment_sum_differs,
    task_order_conflict,
    task_without_lead,
    indicator_without_org,
    lead_differs,
    facility_without_project,
    system_without_owner,
    commitment_differs_from_indicator,
    money_in_doubt,
    *bulletin_findings.CHECKS,
)
