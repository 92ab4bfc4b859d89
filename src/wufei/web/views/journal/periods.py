"""Reporting periods: what is closed, and the steps by which two persons close and reopen one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from wufei.intake.closing import TURNS, WORKFLOW, take_step
from wufei.journal.desk import Case, Cases, desk
from wufei.terms import NamedError, Period
from wufei.web.journal.asked import Asked
from wufei.web.journal.draw import database, draw, naming_errors, told
from wufei.web.journal.names import moment
from wufei.web.language import lang
from wufei.web.plan import plan_of
from wufei.web.policy import Policy, admits, journal_reader
from wufei.web.views.journal.posting import speaker
from wufei.web.wording import say

PREFIX = "period:"
STEPS = frozenset(step for turns in TURNS.values() for step, _state in turns)
_LAST_STEPS = """
SELECT x.case_id, r.actor FROM journal.step x JOIN journal.record r USING (seq)
JOIN journal.desk d ON d.case_id = x.case_id AND d.no = x.no WHERE x.workflow = %s"""


@journal_reader
@naming_errors
def periods(request: HttpRequest, city: str) -> HttpResponse:
    """Every period that was ever proposed to be closed; signers take the next step."""
    plan = plan_of(city)
    asked = Asked(request, plan)
    errors: list[dict[str, str]] = []
    if request.method == "POST":
        if not admits(Policy.SIGNER, "journal", "change", request.hat):
            raise PermissionDenied
        errors = _step(request)
        if not errors:
            messages.success(request, _("The step stands in the journal."))
            return redirect("periods", plan.id)
    found = desk(
        database(), Cases(workflow=WORKFLOW, prefix=PREFIX), as_known_on=asked.knowledge.at, cursor=asked.cursor
    )
    proposers = dict(database().execute(_LAST_STEPS, (WORKFLOW,)).fetchall())
    me = speaker(request).actor
    context = {
        "rows": [_row(case, proposers.get(case.case) == me) for case in found.items],
        "errors": errors,
        "given": request.POST,
        "before": asked.query(cursor=found.previous) if found.previous else "",
        "after": asked.query(cursor=found.next) if found.next else "",
    }
    return draw(request, "periods.html", context, asked, status=422 if errors else 200)


def _step(request: HttpRequest) -> list[dict[str, str]]:
    transition = request.POST.get("transition", "")
    if transition not in STEPS:
        transition = "propose_close"
    try:
        outcome = take_step(
            database(), request.POST.get("period", ""), transition, speaker(request), now=timezone.now(),
            note=request.POST.get("note", "").replace("\x00", "")[:2000],
        )  # fmt: skip
    except NamedError as error:
        return [told(error)]
    return [told(outcome.error)] if outcome.error else []


def _row(case: Case, mine: bool) -> dict[str, Any]:  # noqa: FBT001
    period = case.case.removeprefix(PREFIX)
    turns = [(step, say("transition", step)) for step, _state in TURNS.get(case.state, ())]
    return {
        "period": period,
        "label": Period.parse(period).label(lang()),
        "state": say("period_state", case.state),
        "closed": case.state in {"closed", "reopening_proposed"},
        "since": moment(case.changed_at),
        "turns": turns,
        "second": mine and case.state.endswith("proposed"),
    }
