"""Print labels: of the containers ticked, or of all that the filters leave; progress, stop, and the PDF."""

from __future__ import annotations

from itertools import islice

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from wufei.reports import labels
from wufei.web.clock import today
from wufei.web.containers import printing
from wufei.web.containers.asked import Question
from wufei.web.containers.printing import Run
from wufei.web.containers.shown import WORKFLOW
from wufei.web.journal.draw import database, naming_errors
from wufei.web.plan import Plan, plan_of
from wufei.web.policy import journal_reader
from wufei.web.render import page
from wufei.workflow.cases import values_of
from wufei.workflow.values import MOST_LINES

MOST_PRINTED = 2_000
MANIFEST = "hazardous_waste_transfer"


@journal_reader
@require_POST
@naming_errors
def begin(request: HttpRequest, city: str) -> HttpResponse:
    """Begin to set the labels of the containers ticked; of all that the address asks for where ``all`` is pressed."""
    plan, connection = plan_of(city), database()
    if "manifest" in request.POST:
        return _to_a_manifest(request, plan)
    if "all" in request.POST:
        cases = [case.case for case in islice(Question(request, plan, connection).every(), MOST_PRINTED)]
    else:
        cases = [f"container:{lot[:36]}" for lot in request.POST.getlist("lot")[:MOST_PRINTED]]
    filled = values_of(connection, list(dict.fromkeys(cases)))
    made = labels.labels_of(connection, [values for values in filled.values() if values.get("lot")])
    if not made:
        messages.warning(request, _("Tick the containers whose labels you want."))
        return redirect("containers", plan.id)
    return redirect("labels", plan.id, printing.start(made, request.user.pk or 0).id)


def _to_a_manifest(request: HttpRequest, plan: Plan) -> HttpResponse:
    """The form of a new manifest with the containers ticked as its lines."""
    lots = [lot[:36] for lot in request.POST.getlist("lot")[:MOST_LINES]]
    if not lots:
        messages.warning(request, _("Tick the containers that the manifest takes along."))
        return redirect("containers", plan.id)
    asked = {"lot": lots} | ({"f-consignor_storage": request.POST["at"][:64]} if request.POST.get("at") else {})
    return redirect(reverse("case-begin", args=[plan.id, MANIFEST]) + "?" + urlencode(asked, doseq=True))


@journal_reader
def one(request: HttpRequest, city: str, upload: str) -> HttpResponse:
    """How far one's own print is; stop it."""
    plan, run = plan_of(city), _mine(request, upload)
    if request.method == "POST":
        printing.stop(run)
        return redirect("labels", plan.id, run.id)
    context = {"run": run, "share": 100 * run.done // max(run.total, 1), "workflow": WORKFLOW}
    return page(request, "web/containers/labels.html", context)


@journal_reader
@require_safe
def file(request: HttpRequest, city: str, upload: str) -> FileResponse:
    """The labels as one PDF, a page each."""
    run = _mine(request, upload)
    path = run.folder / printing.FILE
    if run.phase != "done" or not path.is_file():
        raise Http404
    name = f"{plan_of(city).id}-labels-{today().isoformat()}.pdf"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type="application/pdf")


def _mine(request: HttpRequest, upload: str) -> Run:
    run = printing.find(upload, request.user.pk or 0)
    if run is None:
        raise Http404
    return run
