"""The audit log for the auditor: filters, pages by cursor, files, and a way to the proof of each record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from wufei import catalog
from wufei.intake import audit as log
from wufei.journal import case_log
from wufei.journal.case_log import Taken
from wufei.journal.moments import start_of
from wufei.registry.access import force
from wufei.registry.acts import tell
from wufei.registry.models import AuditDetail
from wufei.reports.table import Cell, Column
from wufei.terms import NamedError
from wufei.web.journal.asked import day_of
from wufei.web.journal.draw import told
from wufei.web.journal.names import moment
from wufei.web.language import lang
from wufei.web.people.parts import may
from wufei.web.people.tables import file_of, listing
from wufei.web.plan import Plan, plan_of
from wufei.web.policy import hat_of, reader
from wufei.web.registry.words import kind_name
from wufei.web.render import page

FILE_ROWS = 50_000


def _columns(plan: Plan, whence: dict[Any, AuditDetail]) -> tuple[Column, ...]:
    def address(taken: Taken, _lang: str) -> Cell:
        found = whence.get(taken.record)
        return Cell(found.address if found else "", note=found.agent[:60] if found else "")

    def act(taken: Taken, _lang: str) -> Cell:
        found = catalog.current().national.find("acts", taken.transition)
        return Cell(kind_name("acts", taken.transition), mark="warning" if found and found.alarming else "")

    def when(taken: Taken, _lang: str) -> Cell:
        return Cell(moment(taken.known_at), href=reverse("record", args=[plan.id, taken.record]))

    return (
        Column("when", _("When"), when, head=True),
        Column("act", _("Act"), act, style="some"),
        Column("actor", _("Who"), lambda t, _l: Cell(t.actor, note=_through(t)), style="tight"),
        Column("role", _("Role"), lambda t, _l: Cell(kind_name("roles", (t.data or {}).get("role", "")))),
        Column("about", _("About"), lambda t, _l: Cell(t.case.removeprefix(log.case_of("")[:-1])), style="tight"),
        Column("reason", _("Reason"), lambda t, _l: Cell(t.note or ""), style="some"),
        Column("whence", _("Whence"), address, style="some"),
    )


def _through(taken: Taken) -> str:
    through = (taken.data or {}).get("through")
    return gettext("through the hat of {who}").format(who=through) if through else ""


def _asked(request: HttpRequest) -> case_log.Asked:
    """The filters of the address; what cannot be read counts as not given."""
    given = request.GET
    day_from, day_to = day_of(given.get("from", "")), day_of(given.get("to", ""))
    about = _word(given.get("about", ""), 200)
    return case_log.Asked(
        log.WORKFLOW,
        transition=_word(given.get("act", ""), 64) or None,
        actor=_word(given.get("actor", ""), 64) or None,
        case=log.case_of(about) if about else None,
        known_from=start_of(day_from) if day_from else None,
        known_to=start_of(day_to + timedelta(days=1)) if day_to else None,
    )


def _word(text: str, longest: int) -> str:
    """What was asked for, as the database can hold it."""
    return text.replace("\x00", "").strip()[:longest]


def _whence(steps: Any) -> dict[Any, AuditDetail]:
    with force.door():
        return AuditDetail.objects.in_bulk([taken.record for taken in steps])


@reader
@require_safe
def audit(request: HttpRequest, city: str) -> HttpResponse:
    """The log, newest first."""
    plan = _for_auditor(request, city)
    errors: list[dict[str, str]] = []
    try:
        found = case_log.steps(connection.connection, _asked(request), cursor=request.GET.get("cursor") or None)
    except NamedError as error:
        errors, found = [told(error)], case_log.Page(())
    listed = listing(_columns(plan, _whence(found.items)), found.items)
    kept = {key: request.GET.get(key, "") for key in ("act", "actor", "about", "from", "to")}
    query = urlencode({key: value for key, value in kept.items() if value})
    context = {
        "listed": listed, "wanted": kept, "errors": errors, "kept": query,
        "acts": [(act.id, act.name(lang())) for act in catalog.current().national.items("acts")],
        "after": f"?{query}&cursor={found.next}" if found.next else "",
        "before": f"?{query}&cursor={found.previous}" if found.previous else "",
    }  # fmt: skip
    return page(request, "web/security/audit.html", context, status=422 if errors else 200)


def _for_auditor(request: HttpRequest, city: str) -> Plan:
    if not may(request, "see_audit"):
        raise Http404
    return plan_of(city)


def _every(asked: case_log.Asked) -> Iterator[Taken]:
    cursor, left = None, FILE_ROWS
    while left > 0:
        found = case_log.steps(connection.connection, asked, cursor=cursor, size=min(left, 5000))
        yield from found.items
        cursor, left = found.next, left - len(found.items)
        if cursor is None:
            return


@reader
@require_safe
def audit_file(request: HttpRequest, city: str, suffix: str) -> HttpResponse:
    """The log as CSV or XLSX, its newest 50,000 acts; that it was taken is itself an act."""
    plan = _for_auditor(request, city)
    found = list(_every(_asked(request)))
    listed = listing(_columns(plan, _whence(found)), found)
    made = file_of(plan, "audit", gettext("Audit log"), listed, suffix)
    tell("export", hat_of(request), "audit")
    return made
