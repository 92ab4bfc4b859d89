"""Findings: the list of what the rules found, and each with its reasons, figures and records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from psycopg import Connection

from wufei.catalog.alarm_rules import SEVERITIES, Rule
from wufei.journal import desk
from wufei.journal.asking import ask
from wufei.registry import directory
from wufei.reports import findings as reading
from wufei.reports.trips import case_ids
from wufei.web.cases import shown
from wufei.web.cases.documents import Documents
from wufei.web.cases.draw import case_or_404
from wufei.web.cases.things import Things
from wufei.web.findings.words import figures
from wufei.web.journal.asked import Asked, Field, places
from wufei.web.journal.draw import database, naming_errors
from wufei.web.journal.names import Names
from wufei.web.language import lang
from wufei.web.plan import Plan, plan_of
from wufei.web.policy import Policy, admits, journal_reader
from wufei.web.render import page
from wufei.web.wording import say
from wufei.workflow import acting, in_stead
from wufei.workflow.kinds import kind_of, kind_of_case

SIZE = 30
MARKS = {"serious": "error", "warning": "warning", "notice": "note"}
OPEN, EVERY = "open", "all"


@journal_reader
@require_safe
@naming_errors
def findings(request: HttpRequest, city: str) -> HttpResponse:
    """What the rules found and the hat may see, the newest first."""
    plan, connection = plan_of(city), database()
    question = Asked(request, plan)
    asked = _asked(question, plan)
    found = reading.page(connection, asked, cursor=question.cursor, size=SIZE)
    context = {
        "question": question,
        "rows": _rows(plan, connection, found.items),
        "counts": [(say("finding_severity", s), MARKS[s], n) for s in SEVERITIES
                   if (n := reading.counts(connection, asked).get(s, 0))] if found.items else [],
        "before": question.query(cursor=found.previous) if found.previous else "",
        "after": question.query(cursor=found.next) if found.next else "",
    }  # fmt: skip
    return page(request, "web/findings/list.html", context)


def _asked(question: Asked, plan: Plan) -> reading.Asked:
    rules = [(rule.id, rule.name(lang())) for rule in _rules(plan)]
    severities = [(s, say("finding_severity", s)) for s in SEVERITIES]
    states = [(s.id, s.en if lang() == "en" else s.zh) for s in kind_of(reading.WORKFLOW).workflow.states[1:]]
    view = [(OPEN, _("still open")), (EVERY, _("all, closed ones too"))]
    chosen = _choice(question, "view", gettext_lazy("Which"), view, OPEN)
    place = _choice(question, "place", gettext_lazy("Place"), places(plan))
    return reading.Asked(
        rule=_choice(question, "rule", gettext_lazy("Alarm rule"), rules),
        severity=_choice(question, "severity", gettext_lazy("How grave"), severities),
        state=_choice(question, "state", gettext_lazy("State"), states),
        site=question.text("site"),
        places=tuple(_below(plan, place)) if place else None,
        open_only=chosen != EVERY,
    )


def _choice(question: Asked, key: str, label: Any, options: Sequence[tuple[str, str]], default: str = "") -> str | None:
    value = str(question._given.get(key, ""))
    known = value if value in dict(options) else default
    question.fields.append(Field(key, label, "select", known, tuple(options), default))
    return known or None


def _below(plan: Plan, place: str) -> Iterator[str]:
    """A place and everything in it."""
    yield place
    for each in plan.items("places"):
        if each.parent == place:
            yield from _below(plan, each.id)


def _rules(plan: Plan) -> tuple[Rule, ...]:
    return tuple(plan.catalog.national.items("rules"))


def _rows(plan: Plan, connection: Connection[Any], rows: Sequence[reading.Row]) -> list[dict[str, Any]]:
    kind = kind_of(reading.WORKFLOW)
    names = directory.names(connection, {str(row.told.get(k)) for row in rows for k in ("site", "org")})
    return [_row(plan, kind, names, row) for row in rows]


def _row(plan: Plan, kind: Any, names: Mapping[str, directory.Entry], row: reading.Row) -> dict[str, Any]:
    told = row.told
    state = kind.workflow.state(row.state)
    return {
        "href": reverse("finding", args=[plan.id, row.case]),
        "rule": _rule_name(plan, str(told.get("rule"))),
        "severity": say("finding_severity", str(told.get("severity"))),
        "mark": MARKS.get(str(told.get("severity")), "note"),
        "why": told.get("why_en" if lang() == "en" else "why_zh", ""),
        "site": _name(names, told.get("site")), "org": _name(names, told.get("org")),
        "day": told.get("found_on", ""), "state": shown.state_name(kind, row.state),
        "final": bool(state and state.final), "due": shown.due(row.due_at),
    }  # fmt: skip


def _name(names: Mapping[str, directory.Entry], thing: Any) -> str:
    found = names.get(str(thing))
    return found.name(lang()) if found else str(thing or "")


def _rule_name(plan: Plan, rule_id: str) -> str:
    rule = plan.catalog.national.find("rules", rule_id)
    return str(rule.name(lang())) if rule else rule_id


@journal_reader
@require_safe
@naming_errors
def finding(request: HttpRequest, city: str, case_id: str) -> HttpResponse:
    """Why the rule found it, by which article, on which figures and records, what to do, and who acts next."""
    plan, connection = plan_of(city), database()
    found = case_or_404(connection, case_id)
    if found.workflow != reading.WORKFLOW:
        raise Http404
    told, kind, standing = found.values, kind_of_case(found), desk.case(connection, case_id)
    signers = in_stead.signers(connection, request.hat)
    things = Things(plan, request.hat, connection)
    things.load([(kind.form, told)], [standing.holder if standing else None])
    rule = plan.catalog.national.find("rules", str(told.get("rule")))
    severity, language = str(told.get("severity")), "en" if lang() == "en" else "zh"
    context = {
        "case": found, "told": told, "rule": rule, "rule_name": _rule_name(plan, str(told.get("rule"))),
        "severity": say("finding_severity", severity), "mark": MARKS.get(severity, ""),
        "why": told.get(f"why_{language}"), "todo": told.get(f"todo_{language}"),
        "site": _name(things._names, told.get("site")), "org": things.org(told.get("org")),
        "site_href": reverse("dossier", args=[plan.id, told.get("site")]),
        "state": shown.state_name(kind, found.state), "due": shown.due(standing.due_at) if standing else None,
        "holder": shown.holder_name(things, kind, standing.holder) if standing and standing.holder else "",
        "cites": [(Names(plan).rule(str(cite))) for cite in rule.cites] if rule else [],
        "numbers": figures(told.get("figures") or (), lang()),
        "rests_on": list(_records(plan, connection, told.get("rests_on") or ())),
        "openings": [(o.step.id, o.step.en if lang() == "en" else o.step.zh)
                     for o in acting.openings(kind, found, request.hat, signers)],
        "turns": shown.timeline(things, kind, found, Documents(connection, kind.form, found))[:-1],
        "signs": admits(Policy.SIGNER, "journal", "change", request.hat),
    }  # fmt: skip
    return page(request, "web/findings/finding.html", context)


def _records(plan: Plan, connection: Connection[Any], lines: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, str]]:
    """What a finding rests on, linked: manifests to their cases, accounts to their statements."""
    pairs = [(str(line.get("about")), str(line.get("ref"))) for line in lines]
    wanted = case_ids(plan.catalog, [ref for about, ref in pairs if about == "trip"])
    rows = ask(connection, "SELECT case_id FROM journal.desk WHERE case_id = ANY (%s)", (wanted,)) if wanted else ()
    cases = {case.partition(":")[2]: case for (case,) in rows}
    names = Names(plan)
    for about, ref in pairs:
        case = cases.get(ref) if about == "trip" else ref if about == "case" else None
        text, href = ref, ""
        if case is not None:
            text, href = shown.number_of(case), reverse("case", args=[plan.id, case])
        elif about in {"account", "trip"}:
            key = ref if about == "account" else f"transit:{ref}"
            account = names.account(key)
            text, href = f"{account.role} · {account.place} {account.detail}".strip(), account.href
        elif about == "series":
            metric = names.metric(ref)
            text, href = metric.text, metric.href
        yield {"about": say("finding_record", about), "text": text, "href": href}
