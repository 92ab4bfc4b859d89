"""One container: what it holds, where it stands, what may be done, and everything that happened to it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from wufei.reports.labels import size_of
from wufei.web.cases import shown as cases
from wufei.web.cases.documents import Documents
from wufei.web.cases.draw import case_or_404
from wufei.web.cases.things import Things
from wufei.web.containers.drawing import code_picture
from wufei.web.containers.shown import WORKFLOW, card
from wufei.web.journal.draw import database, naming_errors
from wufei.web.plan import plan_of
from wufei.web.policy import Policy, admits, journal_reader
from wufei.web.render import page
from wufei.workflow.kinds import kind_of_case


@journal_reader
@require_safe
@naming_errors
def container(request: HttpRequest, city: str, case_id: str) -> HttpResponse:
    """The container's page; no page for a case of another kind."""
    plan, connection = plan_of(city), database()
    found = case_or_404(connection, case_id)
    if found.workflow != WORKFLOW:
        raise Http404
    kind, things = kind_of_case(found), Things(plan, request.hat, connection)
    every = [(kind.form, step.data.get("set", {})) for step in found.steps]
    things.load(every, [step.acting_for for step in found.steps])
    told = card(things, connection, found)
    cells, _tables = cases.filled(things, kind, found)
    documents = Documents(connection, kind.form, found)
    context = {
        "one": told, "cells": cells, "turns": cases.timeline(things, kind, found, documents),
        "qr": code_picture(told["whole_code"]), "side_mm": size_of(found.values.get("volume_l")).side_mm,
        "signs": admits(Policy.SIGNER, "journal", "change", request.hat),
    }  # fmt: skip
    return page(request, "web/containers/container.html", context)
