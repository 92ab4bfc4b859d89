"""The alarm rules as people read them: when each finds something, by which article, how sure, and who is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wufei.catalog.alarm_rules import SEVERITIES, Amount, Rule, Test
from wufei.catalog.workflows import Limit
from wufei.flows.findings.look import figure_text
from wufei.web.findings.words import FIGURES
from wufei.web.journal.names import Named, Names
from wufei.web.language import lang
from wufei.web.plan import Plan, plan_of
from wufei.web.policy import journal_reader
from wufei.web.render import page
from wufei.web.views.findings.findings import MARKS
from wufei.web.wording import say


@journal_reader
@require_safe
def rules(request: HttpRequest, city: str) -> HttpResponse:
    """Every alarm rule with its thresholds, articles and confidence; the gravest first."""
    plan = plan_of(city)
    ordered = sorted(plan.catalog.national.items("rules"), key=lambda rule: (_gravest(rule), rule.id))
    return page(request, "web/findings/rules.html", {"rules": [_row(plan, rule) for rule in ordered]})


def _gravest(rule: Rule) -> int:
    return min(SEVERITIES.index(level.severity) for level in rule.levels)


def _row(plan: Plan, rule: Rule) -> dict[str, Any]:
    roles = (plan.catalog.national.find("roles", role) for role in rule.tells)
    return {
        "rule": rule, "name": rule.name(lang()), "confidence": say("confidence", rule.confidence),
        "levels": [
            {"mark": MARKS[level.severity], "severity": say("finding_severity", level.severity),
             "when": [_test(test) for test in level.when], "cites": _cites(plan, level.when)}
            for level in rule.levels
        ],
        "parameters": _cites(plan, rule.parameters.values()),
        "cites": [Names(plan).rule(str(cite)) for cite in rule.cites],
        "told": say("finding_told", rule.told), "limit": limit_words(rule.explain_within),
        "tells": [role.name(lang()) for role in roles if role is not None],
    }  # fmt: skip


def _test(test: Test) -> str:
    """A condition in words: *Share at least 80 %*."""
    figure = str(FIGURES.get(test.figure, test.figure))
    return f"{figure} {say('op', test.op)} {figure_text(test.figure, test.limit, lang())}"


def _cites(plan: Plan, amounts: Iterable[Amount]) -> list[Named]:
    """Where numbers stand that are not of the rule's own article, each once."""
    return [Names(plan).rule(cite) for cite in dict.fromkeys(_own_cites(amounts))]


def _own_cites(amounts: Iterable[Amount]) -> Iterator[str]:
    for amount in amounts:
        yield from map(str, amount.cites)


def limit_words(limit: Limit) -> str:
    """A length of time in words."""
    words = {
        "working_days": _("%(count)s working days"), "days": _("%(count)s days"), "hours": _("%(count)s hours"),
    }  # fmt: skip
    return words[limit.unit] % {"count": limit.value}
