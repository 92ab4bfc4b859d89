"""Scan labels one after another: each shows its container, and all of them make a list to act on."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from psycopg import Connection

from wufei.registry.access import visible
from wufei.registry.models import Site
from wufei.terms import NamedError
from wufei.web.cases.things import Things
from wufei.web.containers.scanned import ContainerAtWrongSite, ContainerScannedTwice, look_up
from wufei.web.containers.shown import card
from wufei.web.journal.draw import database, naming_errors, told
from wufei.web.language import lang
from wufei.web.plan import plan_of
from wufei.web.policy import Policy, admits, journal_reader
from wufei.web.render import page
from wufei.workflow.cases import values_of

MOST_LISTED, MOST_SITES = 200, 200
CAMERA = "camera=(self)"


@journal_reader
@require_safe
@naming_errors
def scan(request: HttpRequest, city: str) -> HttpResponse:
    """The page with the camera; with a code, what was found and the list so far."""
    plan, connection, asked = plan_of(city), database(), request.GET
    things = Things(plan, request.hat, connection)
    text = asked.get("code", "").strip()[:400].replace("\x00", "")
    listed = _listed(asked.getlist("with"), asked.get("without", ""))
    found, errors = None, list[dict[str, str]]()
    sites = [(s.pk, s.name(lang())) for s in visible(Site.objects.all(), request.hat).order_by("name_zh")[:MOST_SITES]]
    here = next((pk for pk, _name in sites if pk == asked.get("at", request.hat.site or "")), "")
    if text:
        try:
            case = look_up(connection, plan, text)
        except NamedError as error:
            errors.append(told(error))
        else:
            found = card(things, connection, case)
            errors += [told(each) for each in _beside(found, listed, here, dict(sites))]
            listed = list(dict.fromkeys([*listed, found["lot"]]))[:MOST_LISTED]
    context = {
        "text": "" if found else text, "one": found, "errors": errors, "sites": sites, "here": here,
        "listed": _named(connection, listed), "signs": admits(Policy.SIGNER, "journal", "change", request.hat),
    }  # fmt: skip
    response = page(request, "web/containers/scan.html", context, status=422 if errors and not found else 200)
    response["Permissions-Policy"] = CAMERA
    return response


def _listed(lots: list[str], without: str) -> list[str]:
    kept = [lot[:36] for lot in lots[:MOST_LISTED] if lot.isascii() and lot.replace("-", "").isalnum()]
    return [lot for lot in dict.fromkeys(kept) if lot != without]


def _beside(found: dict[str, Any], listed: list[str], here: str, sites: dict[str, str]) -> list[NamedError]:
    """What is told beside a container that was found."""
    given = found["whole_code"]
    errors: list[NamedError] = []
    if found["lot"] in listed:
        errors.append(ContainerScannedTwice(place="code", given=given))
    if here and not found["on_road"] and found["site_id"] != here:
        errors.append(ContainerAtWrongSite(place="at", given=given, site=found["site"].text, here=sites[here]))
    return errors


def _named(connection: Connection[Any], lots: list[str]) -> list[tuple[str, str]]:
    """Lot and code of the containers scanned so far; those that cannot be seen are left out."""
    values = values_of(connection, [f"container:{lot}" for lot in lots])
    told_codes = [(lot, str(values[f"container:{lot}"].get("code") or "")) for lot in lots]
    return [(lot, code) for lot, code in told_codes if code]
