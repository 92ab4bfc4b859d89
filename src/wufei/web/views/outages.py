"""Outages: what is down, the numbered blanks on which work goes on, and what is not yet entered."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from wufei.journal import new_id
from wufei.registry import directory
from wufei.registry.blank_number import read_blank_number
from wufei.reports.blanks import blanks_pdf
from wufei.terms import NamedError
from wufei.web.cases.things import Things
from wufei.web.clock import today
from wufei.web.journal.asked import Asked
from wufei.web.journal.draw import database, naming_errors, told
from wufei.web.journal.files import Sheet, file_response
from wufei.web.language import lang
from wufei.web.outages import banner, shown
from wufei.web.plan import Plan, plan_of
from wufei.web.policy import Policy, admits, journal_reader, journal_signer
from wufei.web.render import page
from wufei.workflow import desk, engine, outages
from wufei.workflow.facts import BLANK_WORKFLOW
from wufei.workflow.kinds import beginnings, kind_of
from wufei.workflow.outages import MOST_AT_ONCE

SIZE, MOST_EXPORTED = 50, 100_000
CAMERA = "camera=(self)"


@journal_reader
@require_safe
@naming_errors
def page_of_outages(request: HttpRequest, city: str) -> HttpResponse:
    """Outages, blanks not yet accounted for, and the form that issues more."""
    return _drawn(request, plan_of(city))


def _drawn(request: HttpRequest, plan: Plan, errors: list[dict[str, str]] | None = None) -> HttpResponse:
    connection, hat, question = database(), request.hat, Asked(request, plan)
    found = outages.outages(connection)
    wanted = shown.asked(hat, connection, outages.last_end(found))
    part = desk.latest(connection, wanted, cursor=question.cursor, size=SIZE) if wanted else None
    things = Things(plan, hat, connection)
    orgs = frozenset({hat.org} if hat.org else ())
    context = {
        "declares": bool(beginnings(kind_of(banner.WORKFLOW, today()), hat, orgs)),
        "signs": admits(Policy.SIGNER, "journal", "change", hat),
        "found": [banner.told(plan, one, linked=hat.sees_all) for one in found],
        "blanks": shown.blanks(things, plan, part.items, found) if part else [],
        "before": question.query(cursor=part.previous) if part and part.previous else "",
        "after": question.query(cursor=part.next) if part and part.next else "",
        "kinds": [(k.workflow.id, k.workflow.en if lang() == "en" else k.workflow.zh) for k in outages.paper_kinds()],
        "own": hat.org, "errors": errors or [], "most": MOST_AT_ONCE, "key": request.POST.get("key") or new_id(),
        "count": request.POST.get("count", "10"), "org": request.POST.get("org", ""),
        "printed": read_blank_number(str(request.GET.get("printed", ""))[:40]) or "",
        "all": reverse("cases", args=[plan.id]) + "?" + urlencode({"workflow": BLANK_WORKFLOW}),
    }  # fmt: skip
    return page(request, "web/outages/outages.html", context, status=422 if errors else 200)


@journal_reader
@require_safe
@naming_errors
def blanks_file(request: HttpRequest, city: str, suffix: str) -> HttpResponse:
    """Every blank that is not yet accounted for, as CSV or XLSX."""
    plan, connection, question = plan_of(city), database(), Asked(request, plan_of(city))
    found = outages.outages(connection)
    wanted = shown.asked(request.hat, connection, outages.last_end(found))
    columns = [
        ("number", _("Number of the blank")), ("org", _("Holder")), ("meant_for", _("Meant for")),
        ("issued", _("Issued at")), ("outage", _("Outage ended at")), ("drill", _("Drill")), ("due", _("Enter by")),
        ("late", _("Late")),
    ]  # fmt: skip
    things = Things(plan, request.hat, connection)
    made = _file_rows(things, plan, itertools.islice(desk.every(connection, wanted), MOST_EXPORTED) if wanted else
                      iter(()), found)  # fmt: skip
    return file_response(
        plan, Sheet("blanks", _("Blanks not yet entered"), columns, made), suffix, question.knowledge
    )  # fmt: skip


def _file_rows(things: Things, plan: Plan, rows: Iterator[Any], found: Any) -> Iterator[tuple[Any, ...]]:
    while batch := list(itertools.islice(rows, desk.ROWS_AT_A_TIME)):
        for one in shown.blanks(things, plan, batch, found):
            words = [_("yes") if told else "" for told in (one.drill, one.late)]
            yield (one.number, one.org, one.meant_for, one.issued, one.outage, words[0], one.due, words[1])


@journal_signer
@require_POST
@naming_errors
def issue(request: HttpRequest, city: str) -> HttpResponse:
    """Issue blanks to an organisation, and offer them for printing."""
    plan, sent, connection = plan_of(city), request.POST, database()
    text = sent.get("count", "")
    count = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
    if not 1 <= count <= MOST_AT_ONCE:
        words = {"text": _("Write a number from 1 to {most}.").format(most=MOST_AT_ONCE), "remedy": ""}
        return _drawn(request, plan, [words])
    org = request.hat.org or _org_of(sent.get("org", "")[:200])
    if not org:
        words = {"text": _("No organisation answers to that name or code alone."), "remedy": _("Write its whole name.")}
        return _drawn(request, plan, [words])
    try:
        made = outages.issue(
            connection, request.hat, org, sent.get("kind", "")[:80], count, timezone.now(), sent.get("key", "")[:60]
        )
    except NamedError as error:
        return _drawn(request, plan, [told(each) for each in engine.errors_of(error)])
    messages.success(request, _("Issued: {count} blanks.").format(count=len(made)))
    return redirect(reverse("outages", args=[plan.id]) + "?" + urlencode({"printed": made[0]}))


def _org_of(words: str) -> str | None:
    """The one organisation of that id, whole name or code."""
    connection, words = database(), words.strip()
    if not words:
        return None
    if words in directory.names(connection, [words]):
        return words
    found = directory.find(connection, "org", words)
    exact = [one for one in found if words in (one.zh, one.en, one.more)] or found
    return exact[0].id if len(exact) == 1 else None


@journal_reader
@require_safe
@naming_errors
def print_blanks(request: HttpRequest, city: str) -> HttpResponse:
    """The blanks at hand that were issued together with one, as PDF."""
    plan, connection = plan_of(city), database()
    number = read_blank_number(str(request.GET.get("number", ""))[:40])
    found = outages.of_batch(connection, number) if number else []
    kinds = {str(values["meant_for"]) for _number, values in found}
    if len(kinds) != 1:
        raise Http404
    names = directory.names(connection, {str(values["holder_org"]) for _number, values in found})
    pages = [
        (each, names[values["holder_org"]].zh if values["holder_org"] in names else "")
        for each, values in found
        if not values.get("entered_as")
    ]
    response = HttpResponse(blanks_pdf(kind_of(kinds.pop()), pages), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{plan.id}-blanks-{today().isoformat()}.pdf"'
    return response


@journal_signer
@require_safe
@naming_errors
def scan(request: HttpRequest, city: str) -> HttpResponse:
    """The page with the camera; with a number that is still to be entered, on to the form by which it is."""
    plan = plan_of(city)
    text = request.GET.get("code", "").strip()[:400].replace("\x00", "")
    errors = []
    if text:
        try:
            return _on(plan, *outages.look_up(database(), text, request.hat.org))
        except NamedError as error:
            errors.append(told(error) | {"case": str(error.values.get("case") or "")})
    context = {"text": text, "errors": errors}
    response = page(request, "web/outages/scan.html", context, status=422 if errors else 200)
    response["Permissions-Policy"] = CAMERA
    return response


def _on(plan: Plan, number: str, blank: Any) -> HttpResponseRedirect:
    kind = kind_of(str(blank.values.get("meant_for")), today())
    first = outages.paper_step(kind)
    asked = urlencode({"first": first.id if first else "", "f-paper_number": number})
    return redirect(reverse("case-begin", args=[plan.id, kind.workflow.id]) + "?" + asked)
