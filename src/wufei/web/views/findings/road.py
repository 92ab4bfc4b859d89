"""The check on the road: a plate, a number or a driver's code in, yes or no with reasons out; and the driver's code."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import segno
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wufei.journal.asking import ask
from wufei.journal.signed_papers import known_signer, road_statement
from wufei.journal.standalone_papers import ROAD, check_road
from wufei.journal.standalone_verifier import Failed
from wufei.reports import road
from wufei.web.journal.draw import database, naming_errors
from wufei.web.journal.names import Names, mass, moment
from wufei.web.language import lang
from wufei.web.plan import Plan, plan_of
from wufei.web.policy import journal_reader
from wufei.web.render import page
from wufei.workflow.errors import CaseUnknown

MOST_TEXT = 4000
CAMERA = "camera=(self)"
HOURS = 72  # a code is made for one trip; where a deadline is nearer it ends there


@journal_reader
@require_safe
@naming_errors
def check(request: HttpRequest, city: str) -> HttpResponse:
    """The field to ask in, and the answer."""
    plan, now = plan_of(city), datetime.now(UTC)
    text = str(request.GET.get("q", ""))[:MOST_TEXT].strip().replace("\x00", "")
    context: dict[str, Any] = {"text": text, "sought": bool(text), "loads": []}
    context |= {"field_app": f"{reverse('field')}#/scan"}
    if text.startswith(ROAD):
        _signer, keys = known_signer(database(), settings.SIGNING_KEY)
        try:
            told = check_road(text, [key["key_id"] for key in keys], now.timestamp())["told"]
            context |= {"code": _("The code is genuine and not over."), "code_holds": True}
            text = str(told["case"])
        except Failed as failed:
            why = failed.en if lang() == "en" else failed.zh
            context |= {"code": " ".join((_("The code does not hold."), why)), "code_holds": False}
            text = ""
    plate = "" if text.startswith("manifest:") or text.isdecimal() else road.plate_of(text)
    found = road.cases_of(database(), text) if text else []
    seen = _seen([each.case.id for each in found])
    for each in found:
        shown = _shown(plan, road.load_of(database(), each, now, plate))
        context["loads"].append(shown | {"seen": each.case.id in seen})
    context["covered"] = any(load["covered"] for load in context["loads"])
    response = page(request, "web/findings/road.html", context)
    response["Permissions-Policy"] = CAMERA
    return response


def _seen(cases: list[str]) -> set[str]:
    """Those of the cases whose page the hat may open; of the others the check tells what stands here, no more."""
    rows = ask(database(), "SELECT case_id FROM journal.desk WHERE case_id = ANY (%s)", (cases,)) if cases else ()
    return {case for (case,) in rows}


def _shown(plan: Plan, load: road.Load) -> dict[str, Any]:
    names = Names(plan)
    return {
        "load": load, "covered": load.covered, "number": load.national_number or load.case.partition(":")[2],
        "due": moment(load.due_at),
        "wastes": [f"{names.stream(s).code} {names.stream(s).text} {mass(g)}".strip() for s, g in load.wastes],
        "reasons": [(reason.holds, reason.en if lang() == "en" else reason.zh) for reason in load.reasons],
    }  # fmt: skip


@journal_reader
@require_safe
@naming_errors
def code(request: HttpRequest, city: str, case_id: str) -> HttpResponse:
    """The signed code of a load under way, for the driver's phone; none for a load that is not covered."""
    plan, now = plan_of(city), datetime.now(UTC)
    try:
        load = road.load_of(database(), road.case_of(database(), case_id), now)
    except CaseUnknown as error:
        raise Http404 from error
    context: dict[str, Any] = {"shown": _shown(plan, load)}
    if load.covered:
        signer, _keys = known_signer(database(), settings.SIGNING_KEY)
        until = min(filter(None, (load.due_at, now + timedelta(hours=HOURS))))
        text = road_statement(road.statement_of(load, road.codes(load, plan.catalog), until), signer)
        qr = segno.make(text, error="l", boost_error=False).svg_data_uri(scale=4, border=4)
        context |= {"qr": qr, "statement": text, "until": moment(until)}
    return page(request, "web/findings/road_code.html", context)
