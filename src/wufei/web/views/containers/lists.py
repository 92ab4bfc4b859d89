"""The list of containers: by site, state and waste; ticked ones go to a manifest or to the printer."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wufei.web.cases.things import Things
from wufei.web.containers.asked import Question
from wufei.web.containers.shown import Row, rows
from wufei.web.journal.draw import database, naming_errors
from wufei.web.journal.files import Sheet, file_response
from wufei.web.plan import Plan, plan_of
from wufei.web.policy import Policy, admits, journal_reader
from wufei.web.render import page
from wufei.workflow import desk

SIZE, MOST_EXPORTED = 50, 100_000


@journal_reader
@require_safe
@naming_errors
def containers(request: HttpRequest, city: str) -> HttpResponse:
    """A page of containers, what moved last first."""
    plan = plan_of(city)
    question = Question(request, plan, database())
    found = question.page(SIZE)
    asked = question.asked
    context = {
        "question": asked, "rows": rows(Things(plan, request.hat, database()), found.items),
        "before": asked.query(cursor=found.previous) if found.previous else "",
        "after": asked.query(cursor=found.next) if found.next else "",
        "files": asked.query(), "signs": admits(Policy.SIGNER, "journal", "change", request.hat),
    }  # fmt: skip
    return page(request, "web/containers/list.html", context)


@journal_reader
@require_safe
@naming_errors
def containers_file(request: HttpRequest, city: str, suffix: str) -> HttpResponse:
    """Every container that the filters leave, as CSV or XLSX, streamed."""
    plan = plan_of(city)
    question = Question(request, plan, database())
    columns = [
        ("code", _("Container code")), ("waste", _("Waste")), ("kind", _("Kind of container")), ("volume", _("Volume")),
        ("mass", _("Mass (t)")), ("state", _("State")), ("site", _("Site")), ("storage", _("Storage facility")),
        ("produced_on", _("Generated on")), ("changed", _("Last moved")),
    ]  # fmt: skip
    made = _file_rows(plan, request, itertools.islice(question.every(), MOST_EXPORTED))
    return file_response(plan, Sheet("containers", _("Containers"), columns, made), suffix, question.asked.knowledge)


def _file_rows(plan: Plan, request: HttpRequest, found: Iterator[Any]) -> Iterator[tuple[Any, ...]]:
    things = Things(plan, request.hat, database())
    while batch := list(itertools.islice(found, desk.ROWS_AT_A_TIME)):
        yield from (_cells(row) for row in rows(things, batch))


def _cells(row: Row) -> tuple[Any, ...]:
    return (
        row.code, row.waste.text, row.kind, row.volume, row.mass_g, row.state, row.site.text, row.storage,
        row.produced_on, row.changed,
    )  # fmt: skip
