"""The dossier of a site: a page, a PDF, and a signed bundle that verifies offline."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wufei.journal import signed_papers
from wufei.registry.access import visible
from wufei.registry.models import Site
from wufei.reports import dossier as made
from wufei.reports.dossier_sections import sections
from wufei.reports.export import file_name
from wufei.reports.typeset import pdf
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
        "sections": sections(told, plan.catalog, lang(), manifests=ON_PAGE),
    }  # fmt: skip
    return page(request, "web/findings/dossier.html", context)


@journal_reader
@require_safe
@naming_errors
def dossier_pdf(request: HttpRequest, city: str, site_id: str) -> HttpResponse:
    """The dossier as PDF."""
    plan, site = plan_of(city), _site(request, site_id)
    return _file(_pdf(_dossier(site, plan), site, plan), "application/pdf", plan, site, "pdf")


@journal_reader
@require_safe
@naming_errors
def dossier_bundle(request: HttpRequest, city: str, site_id: str) -> HttpResponse:
    """A zip with the dossier as JSON and PDF, its manifests as CSV, the verifier, and a signed list of them."""
    plan, site = plan_of(city), _site(request, site_id)
    signer, keys = signed_papers.known_signer(database(), settings.SIGNING_KEY)
    told = _dossier(site, plan)
    contents = {
        "dossier.json": json.dumps(told, ensure_ascii=False, indent=1).encode(),
        "dossier.pdf": _pdf(told, site, plan),
        "manifests.csv": _manifests(told),
        "verify.py": signed_papers.handed_out().encode(),
    }
    about = {"kind": made.FORMAT, "site": site.pk, "name": site.name_zh, "made_at": told["made_at"]}
    return _file(signed_papers.bundle(contents, about, signer, keys), "application/zip", plan, site, "zip")


def _pdf(told: dict[str, Any], site: Site, plan: Plan) -> bytes:
    laid = [
        {"title": s.title, "note": s.note, "heads": list(s.heads), "rows": [list(row) for row in s.rows]}
        for s in sections(told, plan.catalog, lang())
    ]
    title = " · ".join((_("Inspection dossier"), site.name(lang())))
    given = {"title": title, "subtitle": f"{site.org.name(lang())} · {told['made_at']}", "footer": title,
             "lang": "en" if lang() == "en" else "zh", "sections": laid}  # fmt: skip
    return pdf("paper", "paper.typ", {"paper.json": given})


_COLUMNS = ("case", "national_number", "state", "opened_at", "changed_at", "consignor", "from_site", "carrier",
            "vehicle", "consignee", "to_site")  # fmt: skip


def _manifests(told: dict[str, Any]) -> bytes:
    """One line for each waste of each manifest, masses in grams; nothing in it is a formula."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow([*_COLUMNS, "stream", "dispatched_g", "accepted_g"])
    for each in told["manifests"]:
        for waste in each["wastes"] or [{}]:
            cells = [
                *(each.get(name) for name in _COLUMNS),
                *(waste.get(n) for n in ("stream", "dispatched_g", "accepted_g")),
            ]
            rows.writerow([_plain(cell) for cell in cells])
    return ("\ufeff" + out.getvalue()).encode()


def _plain(cell: Any) -> str:
    text = "" if cell is None else str(cell)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def _file(body: bytes, content_type: str, plan: Plan, site: Site, suffix: str) -> HttpResponse:
    response = HttpResponse(body, content_type=content_type)
    name = file_name(f"{plan.id}-dossier-{site.pk}", today(), suffix)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
