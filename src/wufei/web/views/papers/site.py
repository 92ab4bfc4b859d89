"""The papers of a site: what is due, begin one filled beforehand, compare one with the register."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from wufei.catalog.workflows import Workflow
from wufei.registry.access import visible
from wufei.registry.models import Site
from wufei.terms import NamedError
from wufei.web.clock import today
from wufei.web.journal.draw import database, naming_errors
from wufei.web.language import lang
from wufei.web.papers import compared as comparing
from wufei.web.papers.site_papers import told
from wufei.web.plan import Plan, plan_of
from wufei.web.policy import journal_reader, journal_signer
from wufei.web.registry.lists import organisation_url, site_url
from wufei.web.render import page
from wufei.workflow import acting
from wufei.workflow.acting import Wish
from wufei.workflow.cases import case_id, read
from wufei.workflow.errors import CaseUnknown
from wufei.workflow.kinds import WorkflowUnknown, kind_of, kind_of_case


def _site(request: HttpRequest, site_id: str) -> Site:
    found: Site = get_object_or_404(visible(Site.objects.select_related("org"), request.hat), pk=site_id)
    return found


def _flow(workflow_id: str) -> Workflow:
    """A kind of case of which there is one for a site and a period; a page that does not exist for any other."""
    try:
        flow = kind_of(workflow_id, today()).workflow
    except WorkflowUnknown as error:
        raise Http404 from error
    if not flow.one_per:
        raise Http404
    return flow


def _frame(plan: Plan, site: Site) -> dict[str, Any]:
    return {
        "plan": plan,
        "site": site,
        "name": site.name(lang()),
        "href": site_url(plan, site.pk),
        "holder": (site.org.name(lang()), organisation_url(plan, site.org_id)),
    }


@journal_reader
@require_safe
@naming_errors
def papers(request: HttpRequest, city: str, site_id: str) -> HttpResponse:
    """What is due at the site and how far it is, the plan beside what happened, and the registers."""
    plan, site = plan_of(city), _site(request, site_id)
    context = _frame(plan, site) | told(plan, site, request.hat, database(), today())
    return page(request, "web/papers/site.html", context)


@journal_signer
@require_POST
def begin(request: HttpRequest, city: str, site_id: str) -> HttpResponse:
    """Begin a paper, filled by the system, and go to its case; one that was begun is opened."""
    plan, site = plan_of(city), _site(request, site_id)
    flow = _flow(str(request.POST.get("workflow", "")))
    period = str(request.POST.get("period", ""))[:20]
    if flow.prefill is None:
        raise Http404
    try:
        found = read(database(), case_id(flow, {"site": site.pk, "period": period})).id
    except CaseUnknown:
        try:
            wish = Wish(flow.prefill.at[0], {"site": site.pk, "period": period})
            found = acting.begin(database(), request.hat, flow.id, wish).case
        except NamedError as error:
            messages.error(request, f"{error.text(lang())} {error.remedy(lang())}")
            return redirect("papers", plan.id, site.pk)
        messages.success(request, _("Filled from the register and the registry: check it, then submit."))
    return redirect("case", plan.id, found)


@journal_reader
@require_safe
@naming_errors
def compared(request: HttpRequest, city: str, site_id: str, workflow_id: str, period: str) -> HttpResponse:
    """Each figure of a paper beside what the register says, with the way to its rows."""
    plan, site = plan_of(city), _site(request, site_id)
    flow = _flow(workflow_id)
    try:
        case = read(database(), case_id(flow, {"site": site.pk, "period": period}))
    except CaseUnknown as error:
        raise Http404 from error
    context = _frame(plan, site) | comparing.told(plan, site, kind_of_case(case), case)
    return page(request, "web/papers/compared.html", context)
