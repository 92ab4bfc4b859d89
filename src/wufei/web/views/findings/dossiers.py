"""The dossier of a site: a page, a PDF, and a signed bundle that verifies offline."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from wufei.journal import signed_papers
from wufei.registry.access import visible
from wufei.registry.models import Site
from wufei.reports import dossier as made
from wufei.reports.dossier_files import files_of, pdf_of
from wufei.reports.dossier_sections import sections
from wufei.reports.export import file_name
from wufei.web.clock import today
from wufei.web.journal.draw import database, naming_errors
from wufei.web.language import lang
from wufei.web.plan import Plan, plan_of
from wufei.web.policy import journal_reader
from wufei.web.registry.lists import organisation_url, site_url
from wufei.web.render import page

ON_PAGE = 50


def _site(request: HttpRequest, site_id: str) -> Site:
    found: Site = get_object_or_404(visible(Site.objects.select_related("org"), request.hat), pk=site_id)
    return found


def _dossier(site: Site, plan: Plan) -> dict[str, Any]:
    return made.dossier(database(), site, datetime.now(UTC), plan.catalog)


@journal_reader
@require_safe
@naming_errors
def dossier(request: HttpRequest, city: str, site_id: str) -> HttpResponse:
    """Everything that is known of the site, section by section."""
    plan, site = plan_of(city), _site(request, site_id)
    told = _dossier(site, plan)
    context = {
        "site": site, "name": site.name(lang()), "href": site_url(plan, site.pk), "made_at": told["made_at"],
        "holder": (site.org.name(lang()), organisation_url(plan, site.org_id)),
        "sections": [(s, [tuple(zip(s.heads, row, strict=True)) for row in s.rows])
                     for s in sections(told, plan.catalog, lang(), manifests=ON_PAGE)],
    }  # fmt: skip
    return page(request, "web/findings/dossier.html", context)


@journal_reader
@require_safe
@naming_errors
def dossier_pdf(request: HttpRequest, city: str, site_id: str) -> HttpResponse:
    """The dossier as PDF."""
    plan, site = plan_of(city), _site(request, site_id)
    return _file(pdf_of(_dossier(site, plan), plan.catalog, lang()), "application/pdf", plan, site, "pdf")


@journal_reader
@require_safe
@naming_errors
def dossier_bundle(request: HttpRequest, city: str, site_id: str) -> HttpResponse:
    """A zip with the dossier as JSON and PDF, its manifests as CSV, the verifier, and a signed list of them."""
    plan, site = plan_of(city), _site(request, site_id)
    signer, keys = signed_papers.known_signer(database(), settings.SIGNING_KEY)
    told = _dossier(site, plan)
    contents = files_of(told, plan.catalog, lang()) | {"verify.py": signed_papers.handed_out().encode()}
    about = {"kind": made.FORMAT, "site": site.pk, "name": site.name_zh, "made_at": told["made_at"]}
    return _file(signed_papers.bundle(contents, about, signer, keys), "application/zip", plan, site, "zip")


def _file(body: bytes, content_type: str, plan: Plan, site: Site, suffix: str) -> HttpResponse:
    response = HttpResponse(body, content_type=content_type)
    name = file_name(f"{plan.id}-dossier-{site.pk}", today(), suffix)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
