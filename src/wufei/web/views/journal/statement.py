"""The statement of an account, like a bank's, and its file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from wufei.journal.statement import Line, Statement
from wufei.journal.statement import statement as read
from wufei.journal.stocktake import ROLES
from wufei.web.clock import today
from wufei.web.journal.asked import Asked
from wufei.web.journal.draw import database, draw, naming_errors
from wufei.web.journal.files import Sheet, file_response
from wufei.web.journal.names import Names, mass, moment
from wufei.web.journal.rows import record_url
from wufei.web.plan import Plan, plan_of
from wufei.web.policy import journal_reader
from wufei.web.wording import say

SIZE = 50


@journal_reader
@require_safe
@naming_errors
def statement(request: HttpRequest, city: str) -> HttpResponse:
    """Opening, every movement with its running balance, closing; without an account, a form that asks for one."""
    plan = plan_of(city)
    asked = Asked(request, plan)
    account, stream, days = _asked(asked)
    if account is None:
        return draw(request, "statement.html", {"account": None}, asked)
    found = read(database(), account, stream, days, cursor=asked.cursor, size=SIZE, as_known_on=asked.knowledge.at)
    names = Names(plan, asked.knowledge.suffix)
    context = _context(names, found) | {
        "before": asked.query(cursor=found.previous) if found.previous else "",
        "after": asked.query(cursor=found.next) if found.next else "",
        "files": asked.query(),
        "years": [
            (year, asked.query(**{"from": f"{year}-01-01", "to": f"{year}-12-31"}))
            for year in range(today().year, today().year - 7, -1)
        ],
        "printed_on": today().isoformat(),
        "count": _count_url(plan, found),
    }
    return draw(request, "statement.html", context, asked)


def _count_url(plan: Plan, found: Statement) -> str:
    """Where the account can be counted; empty for one on which nothing can lie."""
    if found.account.partition(":")[0] not in ROLES:
        return ""
    return reverse("count", args=[plan.id], query={"account": found.account, "stream": found.stream or ""})


def _asked(asked: Asked) -> tuple[str | None, str | None, tuple[date, date]]:
    account = asked.text("account", _("Account"))
    streams = asked.stream()
    first = asked.day("from", _("From day"), date(today().year, 1, 1)) or today()
    last = asked.day("to", _("To day"), max(first, today())) or today()
    return account, streams[0] if streams else None, (min(first, last), max(first, last))


def _context(names: Names, found: Statement) -> dict[str, Any]:
    return {
        "account": names.account(found.account),
        "stream": names.stream(found.stream) if found.stream else None,
        "first": found.first_day.isoformat(),
        "last": found.last_day.isoformat(),
        "opening": mass(found.opening_g),
        "taken_in": mass(found.in_g),
        "given_out": mass(found.out_g),
        "closing": mass(found.closing_g),
        "negative": found.closing_g < 0,
        "lines": [_line(names, line) for line in found.lines],
    }


def _line(names: Names, line: Line) -> dict[str, Any]:
    return {
        "when": moment(line.happened_at),
        "href": record_url(names, line.record),
        "counter": names.account(line.counter_account),
        "stream": names.stream(line.stream),
        "basis": say("basis", line.basis),
        "in": mass(line.mass_g) if line.mass_g > 0 else "",
        "out": mass(-line.mass_g) if line.mass_g < 0 else "",
        "balance": mass(line.balance_g),
        "negative": line.balance_g < 0,
        "reversal": line.reversal,
        "note": line.note or "",
    }


@journal_reader
@require_safe
@naming_errors
def statement_file(request: HttpRequest, city: str, suffix: str) -> HttpResponse:
    """The whole statement as a file: opening, lines, closing."""
    plan = plan_of(city)
    asked = Asked(request, plan)
    account, stream, days = _asked(asked)
    heads = (
        ("happened_at", _("Happened at")),
        ("counter", _("Account on the other side")),
        ("stream", _("Waste stream")),
        ("basis", _("Basis")),
        ("in", _("In (t)")),
        ("out", _("Out (t)")),
        ("balance", _("Balance (t)")),
        ("record", _("Record")),
        ("note", _("Remark")),
    )
    rows = _file_rows(account or "", stream, days, asked)
    return file_response(plan, Sheet("statement", account or "", heads, rows), suffix, asked.knowledge)


def _file_rows(account: str, stream: str | None, days: tuple[date, date], asked: Asked) -> Iterator[tuple[Any, ...]]:
    cursor, first = None, True
    while first or cursor:
        found = read(database(), account, stream, days, cursor=cursor, size=5000, as_known_on=asked.knowledge.at)
        if first:
            yield (found.first_day, "", "", "", None, None, found.opening_g, "", _("Opening balance"))
        for line in found.lines:
            taken, given = max(line.mass_g, 0) or None, max(-line.mass_g, 0) or None
            side = (moment(line.happened_at), line.counter_account, line.stream, line.basis)
            yield (*side, taken, given, line.balance_g, line.record, line.note)
        cursor, first = found.next, False
    yield (found.last_day, "", "", "", found.in_g, found.out_g, found.closing_g, "", _("Closing balance"))
