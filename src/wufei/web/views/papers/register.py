"""The waste register of a site: balance lines, the five tables, and their files."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, Literal, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from wufei.registry.access import visible
from wufei.registry.models import Site
from wufei.reports.register_balance import Line, balance_lines
from wufei.reports.waste_register import TABLES, Asked, Table, Total, every_row, rows, totals
from wufei.terms import Period
from wufei.terms.period import PeriodUnreadable
from wufei.web.clock import today
from wufei.web.journal import asked as address
from wufei.web.journal.draw import database, naming_errors
from wufei.web.journal.files import Sheet, file_response
from wufei.web.journal.names import Names, mass
from wufei.web.language import lang
from wufei.web.papers.register_rows import Filler, heads, shown
from wufei.web.plan import Plan, plan_of
from wufei.web.policy import journal_reader
from wufei.web.registry.lists import organisation_url, site_url
from wufei.web.render import page
from wufei.web.wording import say

SIZE = 50
BLOCK = 1_000


def _asked(request: HttpRequest, plan: Plan, site: str) -> tuple[address.Asked, Table, str, Period, Asked]:
    """What the address asks: table, grain, period; a period that cannot be read is refused by name."""
    question = address.Asked(request, plan)
    period = Period.parse(question.text("period", gettext_lazy("Reporting period"), f"{today():%Y-%m}") or "")
    if period.kind == "plan":
        raise PeriodUnreadable(text=str(period))
    table = question.word("table", gettext_lazy("Table"), "register_table", "generated") or "generated"
    grain = question.word("grain", gettext_lazy("Told"), "register_grain", "row") or "row"
    return question, TABLES[table], grain, period, Asked(site, (period.first, period.last), question.stream())


@journal_reader
@require_safe
@naming_errors
def register(request: HttpRequest, city: str, site_id: str) -> HttpResponse:
    """The register of a period: a balance line for each waste, then one of the five tables."""
    plan = plan_of(city)
    site = get_object_or_404(visible(Site.objects.select_related("org"), request.hat), pk=site_id)
    question, table, grain, period, asked = _asked(request, plan, site.pk)
    names = Names(plan)
    context: dict[str, Any] = {
        "plan": plan,
        "question": question,
        "site": site,
        "name": site.name(lang()),
        "href": site_url(plan, site.pk),
        "holder": (site.org.name(lang()), organisation_url(plan, site.org_id)),
        "table": table,
        "title": say("register_table", table.id),
        "period": period,
        "period_label": period.label(lang()),
        "tabs": [(say("register_table", t.id), question.query(table=t.id), t.id == table.id) for t in TABLES.values()],
        "grain": grain,
        "lines": [_line(names, line, question) for line in balance_lines(database(), asked)],
        "neighbours": _neighbours(period, question),
        "files": question.query(table=table.id, grain=grain),
        "printed_on": today().isoformat(),
    }
    context |= _rows(plan, question, table, asked) if grain == "row" else _sums(names, table, asked, grain)
    return page(request, "web/papers/register.html", context)


def _line(names: Names, line: Line, question: address.Asked) -> dict[str, Any]:
    masses = {name: mass(getattr(line, f"{name}_g")) for name in ("opening", "closing", *TABLES)}
    ways = {t: question.query(table=t, stream=line.stream) for t in TABLES}
    cells = [(say("register_table", t), masses[t], ways[t], line.rows.get(t, 0)) for t in TABLES]
    return {"stream": names.stream(line.stream), "opening": masses["opening"], "closing": masses["closing"],
            "cells": cells, "apart": mass(line.apart_g) if line.apart_g else ""}  # fmt: skip


def _neighbours(period: Period, question: address.Asked) -> list[tuple[str, str]]:
    """The year, the quarter and the month around the first day."""
    around = [Period.containing(period.first, kind) for kind in ("year", "quarter", "month")]
    return [(p.label(lang()), question.query(period=str(p))) for p in around if p != period]


def _rows(plan: Plan, question: address.Asked, table: Table, asked: Asked) -> dict[str, Any]:
    found = rows(database(), table, asked, cursor=question.cursor, size=SIZE)
    columns = tuple(head for head in heads(table) if head.on_page)

    def hrefs(row: dict[str, Any], key: str) -> str:
        return reverse("record", args=[plan.id, row["record"]]) if key == "batch" else ""

    filled = Filler(plan, asked.site).fill(found.items)
    return {
        "columns": columns,
        "rows": [shown(row, columns, hrefs) for row in filled],
        "before": question.query(cursor=found.previous) if found.previous else "",
        "after": question.query(cursor=found.next) if found.next else "",
    }


def _sums(names: Names, table: Table, asked: Asked, grain: str) -> dict[str, Any]:
    found = totals(database(), table, asked, cast(Literal["day", "month"], grain))
    return {
        "sums": [
            {"since": _bucket(total, grain), "stream": names.stream(total.stream), "mass": mass(total.mass_g)}
            | {"rows": total.rows, "below": total.mass_g < 0}
            for total in found
        ]
    }


def _bucket(total: Total, grain: str) -> str:
    return total.since.strftime("%Y-%m" if grain == "month" else "%Y-%m-%d")


@journal_reader
@require_safe
@naming_errors
def register_file(request: HttpRequest, city: str, site_id: str, suffix: str) -> HttpResponse:
    """One table of the register as CSV or XLSX, streamed, in the columns of annex B."""
    plan = plan_of(city)
    site = get_object_or_404(visible(Site.objects.all(), request.hat), pk=site_id)
    question, table, grain, period, asked = _asked(request, plan, site.pk)
    title = f"{say('register_table', table.id)} · {site.name(lang())} · {period.label(lang())}"
    if grain == "row":
        columns = [(head.key, head.label) for head in heads(table)]
        made: Iterator[tuple[Any, ...]] = _file_rows(plan, table, asked, [key for key, _label in columns])
    else:
        columns = [("since", _("Day or month")), ("name", _("Waste")), ("code", _("Waste code")),
                   ("mass", _("Mass (t)")), ("entries", _("Rows"))]  # fmt: skip
        made = _file_sums(plan, table, asked, grain)
    stem = f"register-{table.number.replace('.', '')}-{period}"
    return file_response(plan, Sheet(stem, title, columns, made), suffix, question.knowledge)


def _file_rows(plan: Plan, table: Table, asked: Asked, keys: list[str]) -> Iterator[tuple[Any, ...]]:
    filler, found = Filler(plan, asked.site), every_row(database(), table, asked)
    while block := list(islice(found, BLOCK)):
        for row in filler.fill(block):
            row["basis"] = say("basis", row["basis"])
            yield tuple(row[key] for key in keys)


def _file_sums(plan: Plan, table: Table, asked: Asked, grain: str) -> Iterator[tuple[Any, ...]]:
    for total in totals(database(), table, asked, cast(Literal["day", "month"], grain)):
        stream = plan.find("streams", total.stream)
        name, code = (stream.name(lang()), stream.code or "") if stream else (total.stream, "")
        yield (_bucket(total, grain), name, code, total.mass_g, total.rows)
