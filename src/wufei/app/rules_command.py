"""What `wufei rules run` prints, as text for people or as JSON."""

from __future__ import annotations

import contextlib
import json
import sys
from datetime import UTC, date, datetime
from typing import Any

from wufei import catalog
from wufei.app import findings
from wufei.app.console import say, warn
from wufei.app.findings import Raised
from wufei.app.opened import opened_database
from wufei.flows.findings.look import Finding, by_severity
from wufei.journal.moments import CITY_TIME
from wufei.terms import NamedError


class RulesFailed(NamedError):
    """Some rules could not be looked by."""

    code = "rules_failed"
    zh = "有 {count} 条规则未能运行：{rules}。"
    en = "{count} rules could not be run: {rules}."
    remedy_zh = "原因见上；其余规则已经运行。"
    remedy_en = "The reasons stand above; the other rules were run."


def run(day: date | None, names: tuple[str, ...], sites: tuple[str, ...] | None, *, dry: bool, as_json: bool) -> None:
    """Look by the rules and print every finding. Raises RuleUnknown, and RulesFailed when a rule could not be read."""
    now = datetime.now(UTC)
    day = day or now.astimezone(CITY_TIME).date()
    with contextlib.ExitStack() as stack:
        with contextlib.redirect_stdout(sys.stderr):
            connection = stack.enter_context(opened_database(catalog.load()))
        raised = findings.run(connection, catalog.current(), day, now, names=names, sites=sites, dry=dry)
    if as_json:
        print(json.dumps(_data(day, raised), ensure_ascii=False, indent=1))
    else:
        _print(day, raised)
    if raised.failed:
        raise RulesFailed(count=len(raised.failed), rules="、".join(name for name, _error in raised.failed))


def _data(day: date, raised: Raised) -> dict[str, Any]:
    return {
        "day": day.isoformat(),
        "counts": by_severity(raised.findings),
        "new": list(raised.new),
        "findings": [_finding(finding) for finding in raised.findings],
        "failed": {name: {"code": error.code, "zh": str(error)} for name, error in raised.failed},
    }


def _finding(finding: Finding) -> dict[str, Any]:
    fact = finding.fact
    figures = {name: None if value is None else f"{value}" for name, value in fact.figures.items()}
    return {
        "rule": finding.rule.id, "level": finding.level, "severity": finding.severity, "site": fact.site,
        "org": fact.org, "about": fact.about, "period": finding.period, "figures": figures,
        "rests_on": [list(pair) for pair in fact.rests_on], "why_zh": finding.why_zh, "why_en": finding.why_en,
        "todo_zh": finding.todo_zh, "todo_en": finding.todo_en,
    }  # fmt: skip


def _print(day: date, raised: Raised) -> None:
    counts = by_severity(raised.findings)
    say(
        f"{day}：严重 {counts['serious']}，警示 {counts['warning']}，提示 {counts['notice']}；新立案 {len(raised.new)}",
        "serious, warnings, notices; new cases",
    )
    for finding in raised.findings:
        print(f"[{finding.severity}] {finding.rule.id}/{finding.level}\n  {finding.why_zh}\n  {finding.why_en}")
    for name, error in raised.failed:
        warn(f"{name}：{error.render('zh')}", error.render("en"))
