"""One case on one page: where it stands, who must act by when, the form, every signature; and the same on paper."""

from __future__ import annotations

from typing import Any

import segno
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from wufei.journal import desk
from wufei.registry import attachments
from wufei.registry.acts import tell
from wufei.web.cases import shown
from wufei.web.cases.asked import name
from wufei.web.cases.diagram import diagram
from wufei.web.cases.documents import PICTURES, Documents
from wufei.web.cases.draw import case_or_404, draw
from wufei.web.cases.things import Things
from wufei.web.journal.draw import database, naming_errors
from wufei.web.journal.names import Names
from wufei.web.language import lang
from wufei.web.plan import plan_of
from wufei.web.policy import journal_reader
from wufei.web.views.people.uploads import sent
from wufei.workflow import acting, corrections, engine, in_stead
from wufei.workflow.kinds import kind_of_case


@journal_reader
@require_safe
@naming_errors
def case(request: HttpRequest, city: str, case_id: str) -> HttpResponse:
    """The case with the steps open to the hat."""
    return draw(request, "case.html", _told(request, city, case_id))


@journal_reader
@require_safe
@naming_errors
def print_case(request: HttpRequest, city: str, case_id: str) -> HttpResponse:
    """The case on A4, with a code that leads back to it."""
    address = request.build_absolute_uri(reverse("case", args=[city, case_id]))
    qr = segno.make(address, error="m").svg_data_uri(scale=3, border=2)
    return draw(request, "print.html", _told(request, city, case_id) | {"qr": qr, "address": address})


@journal_reader
@require_safe
@naming_errors
def case_file(request: HttpRequest, city: str, case_id: str, file_id: str) -> HttpResponse | FileResponse:
    """A file that stands with a step of the case, for whoever sees the case; pictures can be looked at."""
    plan_of(city)
    found = case_or_404(database(), case_id)
    file = Documents(database(), kind_of_case(found).form, found).files.get(file_id)
    if file is None:
        raise Http404
    content = attachments.open_kept(file.sha256)
    if "look" in request.GET and file.media_type in PICTURES:
        return sent(content, file.name, file.size_bytes, file.media_type)
    tell("download", request.hat, file.org, file.id)
    return sent(content, file.name, file.size_bytes)


def _told(request: HttpRequest, city: str, case_id: str) -> dict[str, Any]:
    plan, connection, hat = plan_of(city), database(), request.hat
    found = case_or_404(connection, case_id)
    kind = kind_of_case(found)
    standing = desk.case(connection, case_id)
    held = engine.held_by(connection, case_id)
    signers = in_stead.signers(connection, hat)
    things = Things(plan, hat, connection)
    every = [(kind.form, found.values), *((kind.form, step.data.get("set", {})) for step in found.steps)]
    holder = standing.holder if standing else None
    things.load(every, [holder, *in_stead.orgs_of(signers), *(step.acting_for for step in found.steps)])
    documents = Documents(connection, kind.form, found)
    things.files = {file.id: (file.name, reverse("case-file", args=[city, case_id, file.id]))
                    for file in documents.files.values()}  # fmt: skip
    cells, tables = shown.filled(things, kind, found)
    state = kind.workflow.state(found.state)
    openings = acting.openings(kind, found, hat, signers)
    return {
        "case": found, "kind": kind, "kind_name": name(kind), "number": shown.number_of(case_id),
        "state": shown.state_name(kind, found.state), "final": bool(state and state.final),
        "holder": shown.holder_name(things, kind, holder) if holder else "",
        "due": shown.due(standing.due_at) if standing else None,
        "opened": shown.moment(found.steps[0].happened_at), "cells": cells, "tables": tables,
        "openings": sorted((_opening(things, o) for o in openings), key=_rank),
        "may_correct": any(o.step.id == corrections.PROPOSE for o in openings),
        "turns": shown.timeline(things, kind, found, documents), "held": shown.on_the_road(things, held),
        "account": Names(plan).statement_url(f"transit:{case_id.rpartition(':')[2]}"),
        "diagram": diagram(kind.workflow, found.state, [step.state for step in found.steps], lang()),
    }  # fmt: skip


def _opening(things: Things, opening: acting.Opening) -> dict[str, Any]:
    step = opening.step
    named = things.org(opening.acting_for).text if opening.by_mandate else ""
    words = step.en if lang() == "en" else step.zh
    return {"id": step.id, "name": words, "for": named, "reason": step.reason, "aside": step.id in corrections.STEPS}


def _rank(opening: dict[str, Any]) -> tuple[bool, bool]:
    """What leads on first, then what asks for a reason, then corrections."""
    return opening["aside"], opening["reason"]
